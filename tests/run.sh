#!/usr/bin/env bash
# Every test, the quick ones first: TypeScript's units, everything native, types, the bindings in headless Chrome, and
# the built page and package through Playwright, also in Firefox and WebKit. Installs what they need. At the end it says
# how long each part took.
#
# The page and the package are tested as `npm start` builds them, without wasm-opt; or optimised, if that is newer than its
# sources: `./build.sh && tests/run.sh --gpus` before a release.
#
#   tests/run.sh          all of it; CHROME and CHROMEDRIVER choose a browser other than the one found
#   tests/run.sh --fast   the unit tests, TypeScript's and Rust's: no browser, nothing is built for WebAssembly
#   tests/run.sh --gpus   all of it, and before the browser whether it compiles with the GPUs' features
set -euo pipefail
cd "$(dirname "$0")/.."

fast=false
gpus=false
case ${1:-} in
  '') ;;
  --fast) fast=true ;;
  --gpus) gpus=true ;;
  *) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac

say() { printf '\033[1m%s\033[0m\n' "$*"; }

parts=()
part() { # name, command
  local began=$SECONDS
  say "$1"
  current="$1, which failed"
  began_current=$began
  "${@:2}"
  parts+=("$((SECONDS - began)) $1")
  current=
}

# What ran and how long, also where something failed. Nothing goes on behind the end.
finish() {
  local status=$? job
  for job in $(jobs -p); do kill -- "-$job" 2>/dev/null || true; done
  [ -z "${current:-}" ] || parts+=("$((SECONDS - began_current)) $current")
  say "Seconds"
  for job in "${parts[@]}"; do printf '%6d  %s\n' "${job%% *}" "${job#* }"; done
  printf '%6d  altogether\n' $SECONDS
  exit $status
}
trap finish EXIT

first_of() { # the path of the first command that exists
  for name in "$@"; do command -v "$name" && return 0; done
  return 1
}

# Runs a command beside what follows, in a process group of its own, so that `finish` can end all of it.
beside() { # log, command
  set -m
  "${@:2}" >"$1" 2>&1 &
  set +m
}

find_browser() {
  CHROME=${CHROME:-$(first_of chromium chromium-browser google-chrome-stable google-chrome)} &&
    CHROMEDRIVER=${CHROMEDRIVER:-$(first_of chromedriver)} &&
    export CHROME CHROMEDRIVER
}

# Firefox and WebKit, without which their tests are skipped, which they say; in CI they fail.
find_other_browsers() {
  command -v firefox-esr && command -v WebKitWebDriver && command -v Xvfb
} >/dev/null

# Runs beside what needs no browser.
begin_browsers() {
  local packages=()
  find_browser || packages+=(chromium chromium-driver)
  find_other_browsers || packages+=(firefox-esr webkit2gtk-driver xvfb)
  [ ${#packages[@]} != 0 ] || return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    find_browser && return 0
    echo "The tests need Chrome or Chromium and its ChromeDriver on the PATH: on Debian, sudo apt-get install ${packages[*]}" >&2
    exit 1
  fi
  say "Browsers are installed meanwhile: ${packages[*]}"
  beside target/browsers.log bash -c "apt-get update -qq && apt-get install -y -qq ${packages[*]}"
  browsers=$!
}

await_browsers() {
  if [ -n "${browsers:-}" ]; then
    wait "$browsers" || { cat target/browsers.log >&2; exit 1; }
  fi
  find_browser
}

# The native tests have none of the GPUs' features, and the page has WebGPU's code. Vulkan's has that of `wgpu` within; CUDA's
# needs NVIDIA's tools. Burn is compiled once more for it, which takes minutes: before a release, and where these devices change.
check_gpu_features() {
  cargo check --release --features cli,vulkan
}

mkdir -p target
$fast || begin_browsers
part "npm packages" ./build.sh --packages
part "Unit tests of the TypeScript" npm run --silent test:unit
if $fast; then
  part "Unit tests of the Rust" cargo test --release --features cli --lib --bins
  exit
fi

part "Compiling the native tests" cargo test --release --features cli --no-run
part "Native tests, the command line among them" cargo test --release --features cli -- --show-output
if $gpus; then part "Whether it compiles with the GPUs' features" check_gpu_features; fi
part "WebAssembly, package and page" ./build.sh --dev --if-changed
part "Types" npm run --silent types
export PATH="$PWD/target/tools/bin:$PATH"
part "Waiting for the browsers" await_browsers
part "Browser tests of the bindings: WebGPU and the CPU" \
  cargo test --release --target wasm32-unknown-unknown --features webgpu --test web -- --nocapture
part "The page and the package, in the browser" npx playwright test --config tests/e2e
