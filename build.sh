#!/usr/bin/env bash
# Restores, builds and tests everything; the last line says `N passed, N failed, N skipped`.
#   ./build.sh         all tests, the long ones with reduced counts: within 15 minutes on two cores
#   ./build.sh quick   without the tests of category Slow (nested builds, browsers, servers)
#   ./build.sh soak    everything with full counts (MM_SOAK=1), tests of category Soak included
#   ./build.sh bench [small]   the benchmarks of bench/ (bench/README.md); small: a fiftieth of a day, a few minutes in all. The tests run each of
#                      them by itself, smaller still (tests/Tests/Bench)
# Exit code: 0 when every test passed; 1 when one failed, a test host broke or nothing ran; 2 when the build failed, a need
# is missing or the usage is wrong.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 2
. tools/needs.sh

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false MSBUILDDISABLENODEREUSE=1
export DOTNET_CLI_HOME=${DOTNET_CLI_HOME:-${HOME:-$PWD/artifacts}}
results=artifacts/test-results

main() {
  local mode=${1:-all}
  case $mode in
    all) run_tests 'Category!=Soak' 10m ;;
    quick) run_tests 'Category!=Soak&Category!=Slow' 10m ;;
    soak)
      export MM_SOAK=1
      # A day's opening is measured on the program as it is used, compiled ahead.
      ./mm --version >/dev/null && export MM_VIEWER_PROGRAM=$PWD/artifacts/mm/mm
      run_tests '' 12h
      ;;
    bench)
      shift
      case $* in '' | small) run_benchmarks "$@" ;; *) echo "usage: ./build.sh bench [small]" >&2; return 2 ;; esac
      ;;
    *)
      echo "usage: ./build.sh [quick | soak | bench [small]]" >&2
      return 2
      ;;
  esac
}

build() {
  need_dotnet build.sh || return 2
  step build
  dotnet build EventSourcedMM.sln -c Release -v quiet -p:NuGetAudit=false || return 2
}

# What the tests run beside .NET: Node.js for outside readers, Python for the second implementation of the model, PostgreSQL
# as a server of the tests' own, Chromium for the viewer's pages.
test_needs() {
  step needs
  need_node && need_python && need_postgresql >/dev/null && need_chromium >/dev/null || return 2
  local lock
  for lock in tests/*/package-lock.json tests/*/*/package-lock.json src/Web/Client/package-lock.json; do
    [[ -f $lock ]] || continue
    need_node_modules "$(dirname "$lock")" || return 2
  done
}

# run_tests FILTER HANG: a test that runs longer than HANG is named and ended.
run_tests() {
  local filter=$1 hang=$2 project name status broken=0
  build || return 2
  test_needs || return 2
  rm -rf "$results" && mkdir -p "$results"
  for project in tests/*/*.csproj; do
    name=$(basename "$project" .csproj)
    step "$name"
    dotnet test "$project" -c Release --no-build ${filter:+--filter "$filter"} \
      --logger "console;verbosity=minimal" --logger "trx;LogFileName=$name.trx" --results-directory "$results" \
      --blame-hang-timeout "$hang" --blame-hang-dump-type none
    status=$?
    count "$name" "$status" || broken=$((broken + 1))
  done
  # Each case of the stores' contract against each store that was run, for whoever wants to see it.
  python3 tools/store-figures.py suite "$results"/*.trx >"$results/stores-suite.md" 2>/dev/null || rm -f "$results/stores-suite.md"
  total "$broken"
}

passed=0 failed=0 skipped=0

# The counts of one project, from its trx. A host that broke counts as a failure even where no test of its did.
count() {
  local name=$1 status=$2 counters executed
  counters=$(grep -o '<Counters [^>]*>' "$results/$name.trx" 2>/dev/null | head -n 1)
  if [[ -z $counters ]]; then
    ((status == 0)) && return 0
    echo "$name: the test host ended with $status and left no results" >&2
    return 1
  fi
  executed=$(attribute executed)
  passed=$((passed + $(attribute passed)))
  failed=$((failed + executed - $(attribute passed)))
  skipped=$((skipped + $(attribute total) - executed))
  if ((status != 0 && executed == $(attribute passed))); then
    echo "$name: no test failed, yet the test host ended with $status" >&2
    return 1
  fi
}

attribute() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$counters"; }

total() {
  local broken=$1 verdict=0
  failed=$((failed + broken))
  ((failed > 0)) && verdict=1
  if ((passed + failed == 0)); then
    echo "no test ran" >&2
    verdict=1
  fi
  echo "took $((SECONDS / 60)) min $((SECONDS % 60)) s"
  echo "$passed passed, $failed failed, $skipped skipped"
  return $verdict
}

# A liquid day made of the BTCUSDT recording, or a fraction of one, as journal and as Parquet: made once, below FOLDER.
bench_day() {
  local at=$1 days=$2
  [[ -f $at/parquet/market/BTCUSDT/2024-08-08/tiled/manifest.json ]] && return 0
  rm -rf "$at" && mkdir -p "$at" || return 1
  step "a day of 862,408 diffs, times $days"
  ./mm import data/sample/binance-spot-btcusdt-2024-08-08/*.gz --symbol BTCUSDT --store "$at/source" >/dev/null || return 1
  dotnet run -c Release --project bench/Days -- "$at/source" "$at/day" "$days" || return 1
  ./mm archive --symbol BTCUSDT --store "$at/day" --date 2024-08-08 --recording tiled --level 3 --out "$at/parquet" >/dev/null
}

run_benchmarks() {
  local size=${1:-full} at=artifacts/bench days=1 rounds=5 archive
  [[ $size == small ]] && at=artifacts/bench-small days=0.02 rounds=1
  need_dotnet build.sh || return 2
  bench_day "$at" "$days" || return 1
  archive=$at/parquet/market/BTCUSDT/2024-08-08/tiled
  benchmark Stages "$at/day" "$rounds" "$archive" && benchmark Stages "$at/day" recovery || return 1
  if [[ $size == small ]]; then
    benchmark Parts small && benchmark Parquet 1 && benchmark Journal 20 50 || return 1
    need_postgresql >/dev/null && { benchmark Stores small || return 1; }
  else
    benchmark Parts && benchmark Parquet && benchmark Journal || return 1
    need_postgresql >/dev/null && { benchmark Stores || return 1; }
  fi
  benchmark Parquet columns "$archive/depth.parquet" "$archive/trades.parquet" || return 1
  step "bench/whole.py"
  need_python && bench/whole.py day --rounds "$rounds" "$at/day" "$archive" && bench/whole.py days "$at/day"
}

# Days has run before the others; Capture copies a recording for a venue of many symbols and measures nothing by itself.
benchmark() {
  step "bench/$1"
  dotnet run -c Release --project "bench/$1" -- "${@:2}"
}

step() { echo "== $1 (at $SECONDS s)"; }

main "$@"
