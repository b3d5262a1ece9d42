#!/usr/bin/env bash
# Builds the npm package into pkg/ and the page into dist/, and installs what that needs.
#
#   ./build.sh               all of it, optimised
#   ./build.sh --dev         without wasm-opt: 90 seconds less, a file twice the size
#   ./build.sh --if-changed  only what is older than its sources (what `npm start` runs)
#
# Tool versions: wasm-bindgen's in Cargo.toml, npm packages' (wasm-opt among them) in package-lock.json.
set -euo pipefail
cd "$(dirname "$0")"

mode=release
only_changed=false
for argument in "$@"; do
  case $argument in
    --dev) mode=dev ;;
    --if-changed) only_changed=true ;;
    *) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2 ;;
  esac
done

target=wasm32-unknown-unknown
wasm=pkg/pix2pix_web_bg.wasm
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

# The command line of exactly the version that Cargo.toml names; its output must fit the crate's.
wasm_bindgen_version() {
  sed -n 's/^wasm-bindgen = "=\(.*\)"$/\1/p' Cargo.toml
}

install_rust_tools() {
  need cargo "install Rust with rustup, https://rustup.rs"
  if ! [ -d "$(rustc --print sysroot)/lib/rustlib/$target" ]; then
    need rustup "the $target target is missing, and rustup adds it; https://rustup.rs"
    say "Adding Rust's $target target"
    rustup target add $target
  fi
  local version; version=$(wasm_bindgen_version)
  # Ours comes first, so that another version on the PATH does not get in the way.
  export PATH="$PWD/target/tools/bin:$PATH"
  if [ "$(wasm-bindgen --version 2>/dev/null)" != "wasm-bindgen $version" ]; then
    say "Installing wasm-bindgen $version (about 2 minutes, once)"
    # Without --locked: one version of its lock file can't be had any more.
    cargo install wasm-bindgen-cli --version "=$version" --root target/tools --quiet
  fi
}

build_wasm() {
  local sources=(src Cargo.toml Cargo.lock .cargo build.sh)
  if $only_changed && [ "$(cat $stamp 2>/dev/null)" = $mode ] && ! outdated $stamp "${sources[@]}"; then return 0; fi
  if [ -d target/$target/release/deps ]; then
    say "Compiling Rust to WebAssembly (seconds to a minute)"
  else
    say "Compiling Rust to WebAssembly (about 5 minutes on two cores, the first time)"
  fi
  cargo build --release --target $target --lib
  wasm-bindgen --target web --out-dir pkg target/$target/release/pix2pix_web.wasm
  if [ $mode = release ]; then
    say "Optimising the WebAssembly (about 2 minutes)"
    # -O2 runs 7 % faster than -Os, is 4 % larger, and the same size with brotli. Features are named one by
    # one, not with -all: Chromium refuses some of what that lets through.
    npx wasm-opt -O2 --enable-simd --enable-bulk-memory --enable-nontrapping-float-to-int \
      --enable-sign-ext --enable-mutable-globals --enable-reference-types --enable-multivalue \
      "$wasm" -o "$wasm"
  fi
  echo $mode >$stamp
}

build_package() {
  if $only_changed && ! outdated pkg/client.js www/package rolldown.config.ts $stamp; then return 0; fi
  say "Building the npm package"
  npx rolldown -c rolldown.config.ts
  npx tsc -p tsconfig.package.json
  sizes
}

sizes() {
  node --input-type=module -e '
    import { readFileSync } from "node:fs";
    import { brotliCompressSync, gzipSync, constants } from "node:zlib";
    const raw = readFileSync(process.argv[1]);
    const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
    const mb = (bytes) => (bytes.length / 1e6).toFixed(2) + " MB";
    console.log(`WebAssembly: ${mb(raw)}, gzip ${mb(gzipSync(raw, { level: 9 }))}, brotli ${mb(brotliCompressSync(raw, { params }))}`);
  ' $wasm
}

build_page() {
  if $only_changed && ! outdated dist/index.html www pkg/client.js vite.config.ts package-lock.json; then return 0; fi
  say "Building the page"
  npx vite build --logLevel warn
}

started=$SECONDS
install_npm_packages
install_rust_tools
build_wasm
build_package
build_page
say "Built in $((SECONDS - started)) s"
