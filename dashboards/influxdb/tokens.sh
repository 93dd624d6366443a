#!/bin/sh
# Runs once, when InfluxDB is set up: makes the bucket of the curves, a token that may only read, and one that may only
# write. They are left in a volume that only InfluxDB and Grafana see; Grafana, which is another user, can read its own.
set -eu
umask 077
influx bucket create --name imutrack/trace --retention 90d > /dev/null
bucket() { influx bucket list --name "$1" --hide-headers | cut -f 1; }
results=$(bucket imutrack)
curves=$(bucket imutrack/trace)
token() { grep -o '"token": *"[^"]*"' | cut -d '"' -f 4; }
influx auth create --json --description "Grafana" --read-bucket "$results" --read-bucket "$curves" \
    | token > /run/imutrack/read_token
chmod 644 /run/imutrack/read_token
influx auth create --json --description "imutrack" --write-bucket "$results" --write-bucket "$curves" \
    | token > /run/imutrack/write_token
test -s /run/imutrack/read_token && test -s /run/imutrack/write_token
