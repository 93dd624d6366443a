#!/bin/sh
# Two simulated straps, the collector and what a therapist watches, in one terminal; no hardware, no root. Ctrl-C ends it.
#   sh tools/simulate.sh BIN/imutrack
set -eu
imutrack=$1
folder=$(mktemp -d "${TMPDIR:-/tmp}/imutrack-simulate-XXXXXX")
export IMUTRACK_CONFIG="$folder/imutrack.toml" IMUTRACK_DATA_DIR="$folder/data"
patient=otter-maple-47
simulate='' collect=''

end() {
    trap - EXIT INT TERM
    [ -z "$collect" ] || { kill "$collect" 2>/dev/null && wait "$collect" || true; }
    [ -z "$simulate" ] || { kill "$simulate" 2>/dev/null && wait "$simulate" || true; }
    echo
    "$imutrack" report "$patient" --out "$folder/report.html" >/dev/null 2>&1 && echo "what was done: $folder/report.html" || true
    echo "captures, results and logs: $folder"
}
trap end EXIT INT TERM

"$imutrack" simulate --still 1 --settings-file "$IMUTRACK_CONFIG" --address-file "$folder/address" >"$folder/simulate.log" 2>&1 &
simulate=$!
until [ -s "$folder/address" ]; do
    kill -0 "$simulate" 2>/dev/null || { cat "$folder/simulate.log" >&2; exit 1; }
    sleep 0.2
done
DBUS_SYSTEM_BUS_ADDRESS=$(cat "$folder/address")
export DBUS_SYSTEM_BUS_ADDRESS
"$imutrack" patient add "$patient" >/dev/null
"$imutrack" collect >"$folder/collect.log" 2>&1 &
collect=$!
until [ -S "$IMUTRACK_DATA_DIR/collector.sock" ]; do
    kill -0 "$collect" 2>/dev/null || { cat "$folder/collect.log" >&2; exit 1; }
    sleep 0.2
done
sleep 2
echo "imutrack session start $patient --wear 1=left_shank --wear 2=lumbar"
"$imutrack" session start "$patient" --wear 1=left_shank --wear 2=lumbar
echo "imutrack task start --exercise heel_slide --side left --force"
"$imutrack" task start --exercise heel_slide --side left --force
echo "imutrack watch        (Ctrl-C ends everything)"
"$imutrack" watch || true
