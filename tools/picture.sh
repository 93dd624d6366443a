#!/bin/sh
# Makes the README's picture: the report of the demo's synthetic patient, in headless Chromium (Debian: chromium).
set -eu
imutrack=$1
picture=$2
command -v chromium >/dev/null || { echo "make: no chromium: apt-get install chromium" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$imutrack" demo --out "$work/demo" >/dev/null
chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --hide-scrollbars \
    --user-data-dir="$work/profile" --window-size=900,1640 --screenshot="$picture" "file://$work/demo/report.html" >/dev/null 2>&1 || {
    echo "make: chromium could not take the picture" >&2
    exit 1
}
echo "wrote $picture"
