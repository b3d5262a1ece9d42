#!/usr/bin/env bash
# Builds the npm package into pkg/ and the page into dist/, and installs what that needs.
#
#   ./build.sh               all of it, optimised
#   ./build.sh --dev         without wasm-opt: five minutes less, a file twice the size; an optimised one is taken too
#   ./build.sh --if-changed  only what is older than its sources
#   ./build.sh --packages    installs the npm packages, and builds nothing
#
# `npm start` runs it with --dev --if-changed. Tool versions: wasm-bindgen's in Cargo.toml, npm packages' (wasm-opt among
# them) in package-lock.json.
set -euo pipefail
cd "$(dirname "$0")"

mode=release
only_changed=false
packages_only=false
for argument in "$@"; do
  case $argument in
    --dev) mode=dev ;;
    --if-changed) only_changed=true ;;
    --packages) packages_only=true ;;
    *) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 2 ;;
  esac
done

target=wasm32-unknown-unknown
# Apart from the others: the variable that `with_threads` sets is one that build scripts of shared crates look at, so what
# was built without it would be built anew, and after that the other way round.
threads_folder=target/threads
# The engine of the CPU, the same with threads, for pages that are cross-origin isolated, both once more for browsers that have
# relaxed SIMD, and that of WebGPU, which is three times as large and fetched only where there is an adapter.
engines=(cpu cpu-relaxed threads threads-relaxed webgpu)
stamp=pkg/.built # holds the mode of the build that pkg/ came from

say() { printf '\033[1m%s\033[0m\n' "$*"; }

need() { # command, how to get it
  command -v "$1" >/dev/null || { echo "build.sh needs $1: $2" >&2; exit 1; }
}

# Whether a file is missing or older than anything in the places that follow.
outdated() {
  local file=$1; shift
  [ ! -e "$file" ] || [ -n "$(find "$@" -newer "$file" -type f -print -quit)" ]
}

install_npm_packages() {
  need npm "install Node 20.19 or newer"
  outdated node_modules/.package-lock.json package-lock.json || return 0
  say "Installing npm packages (about half a minute)"
  npm ci --no-audit --no-fund
  touch node_modules/.package-lock.json
}

install_rust_target() {
  need cargo "install Rust with rustup, https://rustup.rs"
  if ! [ -d "$(rustc --print sysroot)/lib/rustlib/$target" ]; then
    need rustup "the $target target is missing, and rustup adds it; https://rustup.rs"
    say "Adding Rust's $target target"
    rustup target add $target
  fi
  if ! [ -d "$(rustc --print sysroot)/lib/rustlib/src/rust/library" ]; then
    need rustup "the sources of Rust's standard library are missing, and rustup adds them; https://rustup.rs"
    say "Adding the sources of Rust's standard library, for threads"
    rustup component add rust-src
  fi
}

# The command line of exactly the version that Cargo.toml names; its output must fit the crate's.
wasm_bindgen_version() {
  sed -n 's/^wasm-bindgen = "=\(.*\)"$/\1/p' Cargo.toml
}

# Runs a command beside what follows, in a process group of its own, which ends with this script; await_all waits for it.
running=()
beside() { # command
  set -m
  "$@" &
  running+=($!)
  set +m
  trap 'kill -- "${running[@]/#/-}" 2>/dev/null || true' EXIT
}

await_all() {
  local process
  for process in ${running[@]+"${running[@]}"}; do wait "$process"; done
  running=()
  trap - EXIT
}

# Compiles the command line of wasm-bindgen beside the crate.
install_wasm_bindgen() {
  local version; version=$(wasm_bindgen_version)
  # Ours comes first, so that another version on the PATH does not get in the way.
  export PATH="$PWD/target/tools/bin:$PATH"
  if [ "$(wasm-bindgen --version 2>/dev/null)" = "wasm-bindgen $version" ]; then return 0; fi
  say "Installing wasm-bindgen $version (about 2 minutes, once, beside the next step)"
  # It runs for seconds, so what it costs to compile counts. Without --locked: one version of its lock file can't be
  # had any more.
  beside env CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off \
    cargo install wasm-bindgen-cli --version "=$version" --root target/tools --quiet
}

# Whether what pkg/ came from is as it should be. An optimised build serves for development too.
is_built() {
  local built; built=$(cat $stamp 2>/dev/null) || return 1
  if [ "$built" != $mode ] && [ "$built" != release ]; then return 1; fi
  ! outdated $stamp src Cargo.toml Cargo.lock .cargo build.sh
}

# Threads share their memory, for which the standard library must be compiled with atomics. That is not stable yet, and so
# asked of the stable compiler by the variable that its own build uses.
with_threads() { # command
  local flags=(
    -C target-feature=+simd128,+atomics,+bulk-memory
    # The memory comes from JavaScript, and grows to 4 GiB; the exports are what wasm-bindgen starts a thread with.
    -C link-arg=--shared-memory -C link-arg=--import-memory -C link-arg=--max-memory=4294967296
    -C link-arg=--export=__heap_base -C link-arg=--export=__wasm_init_tls -C link-arg=--export=__tls_size
    -C link-arg=--export=__tls_align -C link-arg=--export=__tls_base
  )
  RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="${flags[*]}" "$@"
}

# Compiles engines one after the other, which share a folder, into target/engines.
compile() { # engines
  local engine folder features
  mkdir -p target/engines
  for engine in "$@"; do
    folder=target
    case $engine in
      cpu) features= ;;
      cpu-relaxed) features=relaxed-simd ;;
      threads) features=threads ;;
      threads-relaxed) features=threads,relaxed-simd ;;
      webgpu) features=webgpu ;;
    esac
    case $engine in
      threads*)
        folder=$threads_folder
        with_threads cargo build --release --target $target --lib --features $features -Z build-std=std,panic_abort --target-dir $folder ;;
      *) cargo build --release --target $target --lib --features "$features" ;;
    esac
    cp $folder/$target/release/pix2pix_web.wasm target/engines/$engine.wasm
  done
}

# Writes an engine's WebAssembly and its bindings into pkg/.
bind() { # engine
  local engine=$1 wasm=target/engines/$1.wasm
  case $engine in
    *-relaxed)
      # It runs behind the bindings of the engine without relaxed SIMD, in the same worker.
      local plain=${engine%-relaxed} apart=target/relaxed
      wasm-bindgen --target web --out-dir $apart --out-name "$plain" "$wasm"
      cmp "$apart/$plain.js" "pkg/$plain.js" || { echo "build.sh: the bindings of $engine are not those of $plain" >&2; exit 1; }
      mv "$apart/${plain}_bg.wasm" "pkg/${engine}_bg.wasm" ;;
    *) wasm-bindgen --target web --out-dir pkg --out-name "$engine" "$wasm" ;;
  esac
}

build_wasm() {
  if $only_changed && is_built; then return 0; fi
  if [ -d target/$target/release/deps ]; then
    say "Compiling Rust to WebAssembly (seconds to a minute)"
  else
    say "Compiling Rust to WebAssembly (13 minutes on two cores, the first time)"
  fi
  local engine shared relaxed
  # Beside each other, in folders of their own.
  beside compile threads threads-relaxed
  compile cpu cpu-relaxed webgpu
  await_all
  for engine in "${engines[@]}"; do bind "$engine"; done
  if [ $mode = release ]; then
    say "Optimising the WebAssembly (6 minutes)"
    # -O2 runs 7 % faster than -Os, is 4 % larger, and the same size with brotli. Features are named one by
    # one, not with -all: Chromium refuses some of what that lets through.
    for engine in "${engines[@]}"; do
      case $engine in threads*) shared=--enable-threads ;; *) shared= ;; esac
      case $engine in *-relaxed) relaxed=--enable-relaxed-simd ;; *) relaxed= ;; esac
      npx wasm-opt -O2 $shared $relaxed --enable-simd --enable-bulk-memory --enable-nontrapping-float-to-int \
        --enable-sign-ext --enable-mutable-globals --enable-reference-types --enable-multivalue \
        "pkg/${engine}_bg.wasm" -o "pkg/${engine}_bg.wasm"
    done
  fi
  echo $mode >$stamp
}

# What versions before this one were made of would be packed too. The files of wasm-bindgen stay.
remove_old_scripts() {
  local file
  for file in pkg/*.js pkg/*.d.ts; do
    case ${file#pkg/} in
      cpu.* | threads.* | webgpu.* | *_bg.*) ;;
      *) rm -f "$file" ;;
    esac
  done
}

build_package() {
  if $only_changed && ! outdated pkg/client.js www/package rolldown.config.ts rollup.config.js tsconfig.package.json $stamp; then return 0; fi
  say "Building the npm package"
  remove_old_scripts
  npx rolldown -c rolldown.config.ts
  npx tsc -p tsconfig.package.json
  npx rollup -c --silent
  if [ $mode = release ]; then sizes; fi
}

sizes() {
  node --input-type=module -e '
    import { readFileSync } from "node:fs";
    import { brotliCompressSync, gzipSync } from "node:zlib";
    const mb = (bytes) => (bytes.length / 1e6).toFixed(2) + " MB";
    for (const engine of process.argv.slice(1)) {
      const raw = readFileSync(`pkg/${engine}_bg.wasm`);
      console.log(`${engine}: ${mb(raw)}, gzip ${mb(gzipSync(raw, { level: 9 }))}, brotli ${mb(brotliCompressSync(raw))}`);
    }
  ' "${engines[@]}"
}

build_page() {
  if $only_changed && ! outdated dist/index.html www $stamp vite.config.ts rolldown.config.ts package.json package-lock.json; then return 0; fi
  say "Building the page"
  npx vite build --logLevel warn
}

started=$SECONDS
install_npm_packages
if $packages_only; then exit 0; fi
install_rust_target
install_wasm_bindgen
build_wasm
await_all
build_package
build_page
say "Built in $((SECONDS - started)) s"
