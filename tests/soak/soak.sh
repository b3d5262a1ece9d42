#!/usr/bin/env bash
# The built page used for a long time in Chromium: drawing, lessons, photos, reloads, two tabs, offline and back. Prints what it holds
# in memory and on the disk as a table, and fails where that grows, where something is lost, or on any error. Not part of `npm test`.
#
#   npm run soak                    ten minutes
#   npm run soak -- --minutes 60    or as long as you say; CHROME chooses the browser
set -euo pipefail
cd "$(dirname "$0")/../.."

minutes=10
while [ $# -gt 0 ]; do
  case $1 in
    --minutes) minutes=${2:-}; shift 2 ;;
    *) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 2 ;;
  esac
done
[[ $minutes =~ ^[1-9][0-9]*$ ]] || { echo "soak.sh: --minutes takes a whole number, not '$minutes'" >&2; exit 2; }

./build.sh --dev --if-changed
SOAK_MINUTES=$minutes npx playwright test --config tests/soak
