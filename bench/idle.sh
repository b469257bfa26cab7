#!/usr/bin/env bash
# What an idle node costs: starts a node program with so many linked peers, lets it settle, and prints the CPU time that it takes, of one core, and by thread.
#   bench/idle.sh [links=10] [seconds=60] [settle=60]
set -euo pipefail
cd "$(dirname "$0")/.."
links=${1:-10} seconds=${2:-60} settle=${3:-60}
dll=src/FloodActors.Host/bin/Release/net10.0/FloodActors.Host.dll
[ -e "$dll" ] || dotnet build -c Release src/FloodActors.Host >/dev/null
out=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait 2>/dev/null; rm -rf "$out"' EXIT

dotnet "$dll" --json --name hub --port 0 </dev/null >"$out/hub" 2>/dev/null &
hub=$!
until grep -q '"listening"' "$out/hub"; do sleep 0.1; done
port=$(grep -m1 '"listening"' "$out/hub" | grep -o '[0-9]*"}' | tr -dc 0-9)
for i in $(seq "$links"); do dotnet "$dll" --json --name "n$i" --port 0 --peer "127.0.0.1:$port" </dev/null >/dev/null 2>&1 & done
until [ "$(grep -c '"connected"' "$out/hub")" -ge "$links" ]; do sleep 0.1; done
sleep "$settle"

# Ticks of user and kernel time: of the process, and of its threads by name. The name is in brackets and may hold spaces.
ticks() { sed -E 's/^[0-9]+ \((.*)\) /\1\t/' "$@" 2>/dev/null | awk -F'\t' '{ split($2, f, " "); sum[$1] += f[12] + f[13] } END { for (n in sum) print n "\t" sum[n] }'; }
look() { ticks /proc/$hub/task/*/stat >"$out/threads.$1"; ticks /proc/$hub/stat | sed 's/^.*\t/all threads\t/' >>"$out/threads.$1"; }
look 1
sleep "$seconds"
look 2
awk -F'\t' -v s="$seconds" -v hz="$(getconf CLK_TCK)" 'NR == FNR { was[$1] = $2; next } { d = ($2 - was[$1]) * 100 / hz / s; if (d > 0) printf "%6.2f%% of a core  %s\n", d, $1 }' "$out/threads.1" "$out/threads.2" | sort -rn
