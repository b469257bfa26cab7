#!/usr/bin/env bash
# What an idle node program costs: one node (the hub) that so many others dial, nobody says anything, and the processor time of the hub is read from
# /proc. Linux, with the program built before: dotnet build src/FloodActors.Host -c Release -m:1
#
#   bench/idle.sh [LINKS [SECONDS [SETTLE]]]     10 links, measured over 60 s, after 120 s for .NET to compile what it runs
#
# Prints a line for each thread name that ran or woke, and at the end the hub's share of one core. "ended" are threads that are no more, as .NET's
# compiler has them: it compiles a method again after some dozens of calls, so much of an idle node's code comes late; SETTLE is for that. FLOOD_DLL is
# another build of the program, FLOOD_ARGS are further arguments of every node (--config FILE), HUB_ARGS of the hub. WAIT=1 keeps the nodes until Enter
# is pressed, for a look with perf or strace. HUB_DLL is another program for the hub: an application with a flood costs what it costs, built with
#   dotnet build bench/IdleApplication -c Release [-p:FloodQuiet=true -o OUTPUT]
set -euo pipefail
links=${1:-10} seconds=${2:-60} settle=${3:-120}
program=(dotnet "${FLOOD_DLL:-$(dirname "$0")/../src/FloodActors.Host/bin/Release/net10.0/FloodActors.Host.dll}")
out=$(mktemp -d)
mkfifo "$out/stdin"
exec 3<>"$out/stdin" # A standard input on which nothing comes and which does not end, as in a terminal.
pids=()
# By their ids: other nodes may run on this machine.
trap 'kill "${pids[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$out"' EXIT

start() { # NAME ARGUMENTS...: its events go to the file of its name
  local name=$1; shift
  "${program[@]}" run --json --name "$name" --port 0 "$@" ${FLOOD_ARGS:-} <&3 >"$out/$name" 2>"$out/$name.err" &
  pids+=($!)
}

until_seen() { # FILE PATTERN COUNT
  for ((i = 0; i < 600; i++)); do
    (($(grep -c "$2" "$1" || true) >= $3)) && return
    sleep 0.1
  done
  echo "not $3 times '$2' within a minute:" >&2; cat "$1" "$1.err" >&2; exit 1
}

# Of each thread: id, name, ticks of processor time, switches to it after it waited.
threads() {
  local task name rest switches
  for task in /proc/"$hub"/task/*; do
    { IFS= read -r rest <"$task/stat"; switches=$(awk '/^voluntary/ { print $2 }' "$task/status"); } 2>/dev/null || continue # It ended just now.
    name=${rest#*(}; name=${name%)*}; rest=${rest##*) }
    # utime and stime: the 14th and 15th field of the line, the 12th and 13th behind the name.
    set -- $rest
    echo "${task##*/}|$name|$((${12} + ${13}))|$switches"
  done
}

# Of the process, with threads that have ended.
process() {
  local rest
  rest=$(<"/proc/$hub/stat") || { echo "the hub has ended:" >&2; tail "$out/hub" "$out/hub.err" >&2; exit 1; }
  set -- ${rest##*) }
  echo $((${12} + ${13}))
}

if [ -n "${HUB_DLL:-}" ]; then
  dotnet "$HUB_DLL" <&3 >"$out/hub" 2>"$out/hub.err" &
  pids+=($!)
else
  start hub ${HUB_ARGS:-}
fi
hub=${pids[0]}
until_seen "$out/hub" '"listening"' 1
address=$(sed -n 's/.*"address":"\([^"]*\)".*/\1/p' "$out/hub" | head -1)
for ((n = 1; n <= links; n++)); do start "node$n" --peer "$address"; done
until_seen "$out/hub" '"connected"' "$links"

sleep "$settle"
threads >"$out/before"; before=$(process)
sleep "$seconds"
after=$(process); threads >"$out/after"

awk -F'|' -v all="$((after - before))" -v s="$seconds" -v hz="$(getconf CLK_TCK)" '
  FNR == NR { ticks[$1] = $3; switches[$1] = $4; next }
  { n[$2]++; t[$2] += $3 - ticks[$1]; w[$2] += $4 - switches[$1] }
  END {
    for (name in n) all -= t[name]
    if (all > 0) { n["ended"] = 0; t["ended"] = all }
    for (name in n) if (w[name] || t[name]) printf "%6.2f%% of a core %7.1f wakes/s %3d threads  %s\n", 100 * t[name] / hz / s, w[name] / s, n[name], name | "sort -rn"
  }' "$out/before" "$out/after"
awk -v t="$((after - before))" -v s="$seconds" -v hz="$(getconf CLK_TCK)" -v n="$links" \
  'BEGIN { printf "a node with %d links, idle: %.2f%% of a core (%.0f ms in %d s)\n", n, 100 * t / hz / s, 1000 * t / hz, s }'
if [ -n "${WAIT:-}" ]; then echo "hub is process $hub; Enter ends all"; read -r _; fi
