#!/usr/bin/env bash
# What the build and the tests need beyond this repository: one function a need. Sourced, or run with names:
#   tools/needs.sh node python
# Each function does nothing where the need is met; installs it with apt-get as root on Debian and its kin; otherwise says
# the one command that would, and fails. To add a need: write need_<name>, call it where it is used.

# need_dotnet [WHO]: the SDK of global.json. It is the one need that is never installed from here.
need_dotnet() {
  local who=${1:-build} found
  if ! command -v dotnet >/dev/null; then
    echo "$who: the .NET SDK is missing: install version 10.0 (https://dotnet.microsoft.com/download/dotnet/10.0) and see that 'dotnet' is on the PATH" >&2
    return 1
  fi
  found=$(dotnet --list-sdks 2>/dev/null | cut -d ' ' -f 1)
  if ! grep -q '^10\.0\.[1-9]' <<<"$found"; then
    echo "$who: the .NET SDK 10.0.100 or a later 10.0 is needed, found: ${found:-none}" | tr '\n' ' ' >&2
    echo "(https://dotnet.microsoft.com/download/dotnet/10.0)" >&2
    return 1
  fi
  if ! dotnet --list-runtimes 2>/dev/null | grep -q '^Microsoft\.AspNetCore\.App 10\.'; then
    echo "$who: the ASP.NET Core 10.0 runtime is missing; on Debian, Ubuntu and Fedora it is the package aspnetcore-runtime-10.0" >&2
    return 1
  fi
}

# need_node: Node.js 18 or later with npm; outside programs that read what we write (DuckDB) run on it.
need_node() {
  local version
  version=$(node --version 2>/dev/null)
  [[ ${version#v} =~ ^(1[89]|[2-9][0-9])\. ]] && command -v npm >/dev/null && return
  install_package nodejs npm || return 1
  version=$(node --version 2>/dev/null)
  [[ ${version#v} =~ ^(1[89]|[2-9][0-9])\. ]] && return
  echo "needs: Node.js 18 or later is needed, found ${version:-none}" >&2
  return 1
}

# need_node_modules DIR: the packages of DIR/package-lock.json, installed again only when the lock changed.
need_node_modules() {
  local folder=$1
  [[ -f $folder/node_modules/.package-lock.json && ! $folder/package-lock.json -nt $folder/node_modules/.package-lock.json ]] && return
  need_node || return 1
  echo "needs: npm ci in $folder…" >&2
  (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error) >&2 || return 1
  touch "$folder/node_modules/.package-lock.json"
}

# need_python: Python 3.9 or later, standard library only; the second implementation of docs/model.md is written in it.
need_python() {
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null && return
  install_package python3 || return 1
}

# need_postgresql: the server's own programs (initdb, postgres); tests start servers of their own in temporary folders.
# Their folder is printed, since Debian keeps it off the PATH.
need_postgresql() {
  postgresql_folder && return
  install_package postgresql || return 1
  postgresql_folder
}

postgresql_folder() {
  local initdb
  initdb=$(command -v initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -n 1)
  [[ -n $initdb ]] && dirname "$initdb"
}

# need_chromium: a browser for the tests of the viewer; its path is printed.
need_chromium() {
  chromium_path && return
  install_package chromium || return 1
  chromium_path
}

chromium_path() {
  command -v chromium || command -v chromium-browser || command -v google-chrome
}

install_package() {
  if ! command -v apt-get >/dev/null; then
    echo "needs: please install: $* (with your system's package manager)" >&2
    return 1
  fi
  if ((EUID != 0)); then
    echo "needs: please run: sudo apt-get install -y $*" >&2
    return 1
  fi
  echo "needs: installing $*…" >&2
  local log
  # The lists may be older than the archive: a second try with fresh ones.
  log=$(apt_install "$@" 2>&1 || { apt-get update && apt_install "$@"; } 2>&1) && return
  printf '%s\nneeds: installing %s failed, the log is above\n' "$log" "$*" >&2
  return 1
}

apt_install() { DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; }

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  for name in "$@"; do "need_$name" || exit 1; done
fi
