#!/usr/bin/env bash
# The slow half of ./mm, sourced by it with $root, $app and $official set: publishes src/Cli into a folder of its own under
# artifacts/mm-builds and points artifacts/mm at it in one step, so that nobody ever sees half a build.

build_mm() {
  local why="first use" base
  [[ -e $app/mm ]] && why="sources changed"
  base=$(cd "$root" && pwd -P) || return 1
  # shellcheck source=tools/needs.sh
  . "$root/tools/needs.sh"
  need_dotnet mm || return 1
  if ! mkdir -p "$base/artifacts/mm-builds" 2>/dev/null; then
    echo "mm: cannot write to $base/artifacts: the first use builds there" >&2
    return 1
  fi

  lock_mm "$base" || return 1
  local status=0
  if ! is_fresh; then
    echo "building mm ($why)…" >&2
    publish_mm "$base" || status=1
  fi
  unlock_mm "$base"
  return $status
}

# One build at a time: the second waits and then finds the first one's work done. With flock the lock dies with its
# process; without it (macOS) a lock whose owner is gone is taken over.
lock_mm() {
  local lock=$1/artifacts/mm-builds/.lock owner
  if command -v flock >/dev/null; then
    exec 9>"$lock" || return 1
    flock -n 9 || { echo "waiting for another build of mm…" >&2; flock 9; }
    return
  fi
  until mkdir "$lock.d" 2>/dev/null; do
    owner=$(cat "$lock.d/pid" 2>/dev/null)
    if [[ -n $owner ]] && ! kill -0 "$owner" 2>/dev/null; then rm -rf "$lock.d"; else sleep 0.2; fi
  done
  echo $$ >"$lock.d/pid"
}

unlock_mm() {
  if command -v flock >/dev/null; then exec 9>&-; else rm -rf "$1/artifacts/mm-builds/.lock.d"; fi
}

publish_mm() {
  local base=$1 build log status
  build=$base/artifacts/mm-builds/$(date +%s).$$
  log=$base/artifacts/mm-build.log
  rm -rf "$base"/artifacts/mm-builds/.new.*
  local new=$base/artifacts/mm-builds/.new.$$
  mkdir -p "$new"
  # Written before the compiler reads anything: a source changed meanwhile is newer than this.
  echo "official=$official" >"$base/artifacts/mm-builds/.stamp.$$"

  # Machine code ahead of time makes the start faster, and for this machine's own instructions a day takes a twentieth less
  # (bench/results/stages.md); without the compiler package, or where it does not know the machine, mm works all the same.
  local ahead
  for ahead in "-p:PublishReadyToRun=true -p:PublishReadyToRunCrossgen2ExtraArgs=--instruction-set:native" -p:PublishReadyToRun=true ""; do
    # shellcheck disable=SC2086
    run_publish "$base" "$new" $ahead >"$log" 2>&1 9>&-
    status=$?
    ((status != 0)) && grep -qiE 'crossgen|NETSDK1094|error NU[0-9]+' "$log" || break
    rm -rf "$new" && mkdir -p "$new"
  done
  if ((status != 0)) || [[ ! -x $new/mm ]]; then
    cat "$log" >&2
    echo "mm: the build failed; the log above is also in ${log#"$base"/} of $base" >&2
    rm -rf "$new" "$base/artifacts/mm-builds/.stamp.$$"
    return 1
  fi

  dotnet --list-runtimes 2>/dev/null | sed -n 's|^Microsoft\.NETCore\.App 10\..*\[\(.*\)/shared/Microsoft\.NETCore\.App\]$|\1|p' | tail -n 1 >"$new/.dotnet-root"
  mv "$base/artifacts/mm-builds/.stamp.$$" "$new/.stamp"
  mv "$new" "$build"
  [[ -L $base/artifacts/mm ]] || rm -rf "$base/artifacts/mm"
  local link=$base/artifacts/mm-builds/.link.$$
  ln -sfn "mm-builds/${build##*/}" "$link"
  mv -Tf "$link" "$base/artifacts/mm" 2>/dev/null || mv -fh "$link" "$base/artifacts/mm"
  remove_old_builds "$base" "$build"
}

# From the repository: global.json is looked for in the current directory. Its own ArtifactsPath: a test run or an editor
# that builds the solution at the same time shares no file with it.
run_publish() {
  local base=$1 new=$2
  shift 2
  [[ -n $official ]] && set -- "$@" -p:OfficialStores=true
  (
    cd "$base" || exit 1
    export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false DOTNET_SKIP_WORKLOAD_INTEGRITY_CHECK=1
    export DOTNET_CLI_HOME=${DOTNET_CLI_HOME:-${HOME:-$base/artifacts}}
    dotnet publish src/Cli -c Release -r "$(runtime_identifier)" --self-contained false -o "$new" -v minimal -nodeReuse:false \
      -p:ArtifactsPath="$base/artifacts/mm-work" -p:NuGetAudit=false "$@" </dev/null
  )
}

runtime_identifier() {
  local system=linux machine=x64
  case $(uname -s) in Darwin) system=osx ;; esac
  [[ $system == linux ]] && compgen -G '/lib/ld-musl-*' >/dev/null && system=linux-musl
  case $(uname -m) in aarch64 | arm64) machine=arm64 ;; armv7l) machine=arm ;; esac
  echo "$system-$machine"
}

# A command that runs for days loads its assemblies when it first needs them: its build stays until it ends.
remove_old_builds() {
  local base=$1 current=$2 old running=
  running=$(readlink /proc/[0-9]*/exe 2>/dev/null)
  for old in "$base"/artifacts/mm-builds/[0-9]*; do
    [[ $old == "$current" ]] && continue
    if [[ -d /proc/self ]]; then
      case $running in *"$old/"*) continue ;; esac
    elif [[ -n $(find "$old" -maxdepth 0 -mtime -14) ]]; then
      continue
    fi
    rm -rf "$old"
  done
}
