#!/usr/bin/env bash
# Every test: native, in headless Chrome through wasm-bindgen-test, types, and the built page through Playwright.
# Installs what they need. CHROME and CHROMEDRIVER choose a browser other than the one found.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\033[1m%s\033[0m\n' "$*"; }

first_of() { # the path of the first command that exists
  for name in "$@"; do command -v "$name" && return 0; done
  return 1
}

find_browser() {
  CHROME=${CHROME:-$(first_of chromium chromium-browser google-chrome-stable google-chrome)} &&
    CHROMEDRIVER=${CHROMEDRIVER:-$(first_of chromedriver)}
}

if ! find_browser; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "Installing Chromium and ChromeDriver"
    apt-get update -qq
    apt-get install -y -qq chromium chromium-driver >/dev/null
    find_browser
  else
    echo "The tests need Chrome or Chromium and its ChromeDriver on the PATH: on Debian, sudo apt-get install chromium chromium-driver" >&2
    exit 1
  fi
fi
export CHROME CHROMEDRIVER

./build.sh --if-changed
export PATH="$PWD/target/tools/bin:$PATH"

say "Native tests, the command line among them"
cargo test --release --features cli -- --show-output

say "Browser tests of the bindings: WebGPU and the CPU, in $CHROME"
cargo test --release --target wasm32-unknown-unknown --test web -- --nocapture

say "Types"
npm run --silent types

say "The page and the package, in $CHROME"
npx playwright test --config tests/e2e
