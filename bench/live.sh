#!/usr/bin/env bash
# A live run with orders at a venue on this machine, each a process of its own: memory over time, latencies and garbage collections.
#   bench/live.sh SYMBOL SPEED DURATION [SAMPLES] [STRATEGY FLAGS …]
# DURATION is the venue's time; SAMPLES memory figures are printed (24 unless given). MM names another program than ./mm.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
symbol=${1:?SYMBOL SPEED DURATION} speed=${2:?SPEED} length=${3:?DURATION} samples=${4:-24}
shift $(($# > 4 ? 4 : $#))
read -ra mm <<<"${MM:-./mm}"
work=$(mktemp -d)
trap 'kill "$venue" 2>/dev/null; rm -rf "$work"' EXIT

"${mm[@]}" venue --symbols "$symbol" --speed "$speed" --repeat --port 0 --json >"$work/venue" &
venue=$!
until grep -q '"rest"' "$work/venue" 2>/dev/null; do sleep 0.2; done
endpoint=$(sed -n 's/.*"rest": *"\([^"]*\)".*/\1/p' "$work/venue")

"${mm[@]}" live --mode testnet --symbols "$symbol" --endpoint "$endpoint" --store "$work/store" --for "$length" --json "$@" >"$work/live" &
live=$!
echo "load at the start: $(cut -d' ' -f1-3 /proc/loadavg)"
while kill -0 "$live" 2>/dev/null; do
  sleep 1
  # The launcher becomes the program: one process, whatever it is called.
  pid=$(pgrep -P "$live" | head -n 1)
  rss=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/${pid:-$live}/status" 2>/dev/null)
  status=$(grep '"type":"status"' "$work/live" | tail -n 1)
  time=$(sed 's/.*"time":"\([^"]*\)".*/\1/' <<<"$status")
  collected=$(sed 's/.*"collections":\[\([0-9,]*\)\],"allocatedBytes":\([0-9]*\).*/\1 \2/' <<<"$status")
  [[ -n $rss && -n $time ]] && echo "$time $((rss / 1024)) ${collected//,/\/}" "$(cut -d' ' -f1 /proc/loadavg)" >>"$work/memory"
done
wait "$live"
echo "exit code $?"
echo "venue's time, MiB resident, collections of generation 0/1/2, bytes allocated, load"
awk -v n="$samples" '{ line[NR] = $0 } END { step = NR > n ? NR / n : 1; for (i = 1; i <= NR; i += step) print line[int(i)]; print line[NR] }' "$work/memory"
tail -n 1 "$work/live"
echo "load at the end: $(cut -d' ' -f1-3 /proc/loadavg)"
