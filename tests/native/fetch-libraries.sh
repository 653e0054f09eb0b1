#!/usr/bin/env bash
# Gets the sources of well-known libraries, which libraries.test.ts compiles and loads: zlib, Lua and double-conversion as
# Debian packages them, SQLite's single file from the npm package that carries it. Usage: fetch-libraries.sh [FOLDER]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-$here/../../.cache/c-libraries}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Where apt checks and unpacks as a user of its own.
chmod 755 "$work"

# Fetches Debian sources with the machine's own mirrors, but leaves its settings alone: packages are often all they name.
debian() {
  local lists="$work/lists" parts="$work/parts" options
  mkdir -p "$lists/partial" "$parts"
  for file in /etc/apt/sources.list.d/*.sources; do
    if [[ -e "$file" ]]; then sed 's/^Types:.*/Types: deb-src/' "$file" >"$parts/${file##*/}"; fi
  done
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    if [[ -e "$file" ]]; then sed -n 's/^deb /deb-src /p' "$file" >"$parts/${file##*/}"; fi
  done
  options=(-q -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$parts"
    -o Dir::State::lists="$lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
    -o APT::Sandbox::User=root)
  apt-get "${options[@]}" update
  (cd "$work" && apt-get "${options[@]}" source --download-only "$@")
}

# Unpacks the original sources of a package, without the folder that they are in.
unpack() {
  mkdir -p "$work/$1"
  tar xf "$work/$1"_*.orig.tar.* -C "$work/$1" --strip-components=1
}

# Puts the files of a library in its place at once, so that a library is there as a whole or not at all.
place() {
  local name=$1 from=$2
  rm -rf "${folder:?}/$name"
  mv "$from" "$folder/$name"
  echo "$folder/$name"
}

if [[ ! -d "$folder/zlib" || ! -d "$folder/lua" || ! -d "$folder/double-conversion" ]]; then
  debian zlib lua5.4 double-conversion
  unpack zlib
  place zlib "$work/zlib"
  unpack lua5.4
  place lua "$work/lua5.4/src"
  unpack double-conversion
  place double-conversion "$work/double-conversion/double-conversion"
fi
if [[ ! -d "$folder/sqlite" ]]; then
  (cd "$work" && npm pack --silent better-sqlite3@12.11.1 >/dev/null && tar xf better-sqlite3-*.tgz package/deps/sqlite3)
  place sqlite "$work/package/deps/sqlite3"
fi
