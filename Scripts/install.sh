#!/bin/bash
# Installs a program and what belongs to it, or removes what was installed:
#
#     PREFIX=/usr/local DESTDIR= Scripts/install.sh PROGRAM
#     PREFIX=/usr/local DESTDIR= Scripts/install.sh --uninstall
#
# DESTDIR is a folder in which PREFIX is made, for packages. ZSH_FOLDER is where zsh finds completions,
# below PREFIX. What was installed, and the folders that were made for it, stand in
# share/seqae/installed.txt.
set -euo pipefail
# What is installed is for everyone, whoever installs it.
umask 022

checkout=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
prefix=${PREFIX:-/usr/local}
list=share/seqae/installed.txt
zsh_folder=${ZSH_FOLDER:-share/zsh/site-functions}

refuse() {
  echo "install.sh: $1" >&2
  exit "$2"
}

[[ $prefix == /* ]] || refuse "PREFIX: expected a path from the root, found $prefix" 64
root=$(realpath -m -- "${DESTDIR:-}$prefix")

# Removes what the list names, last things first: folders come before what is in them.
uninstall() {
  local path
  tac -- "$root/$list" | while IFS= read -r path; do
    case $path in
      */) rmdir --ignore-fail-on-non-empty -- "$root/$path" ;;
      *) rm -f -- "$root/$path" ;;
    esac
  done
}

# Makes a folder below the prefix and those above it, and takes down which.
make_folder() {
  [ ! -d "$root/$1" ] || return 0
  [[ $1 != */* ]] || make_folder "${1%/*}"
  mkdir -- "$root/$1"
  listed+=("$1/")
}

# Installs a file: put MODE FILE PATH
put() {
  make_folder "${3%/*}"
  install -m "$1" -- "$2" "$root/$3"
  listed+=("$3")
}

if [ "${1:-}" = --uninstall ]; then
  [ -e "$root/$list" ] || refuse "nothing to remove: no $root/$list" 66
  uninstall
  exit 0
fi
[ $# -eq 1 ] || refuse "expected one program, or --uninstall" 64
program=$(realpath -- "$1")
cd "$checkout"

# Both are made by the program, so that they are true of it.
listed=()
made=$(mktemp -d)
finish() {
  rm -rf -- "$made"
  # Also of what failed half way, so that it can be removed.
  [ ${#listed[@]} -eq 0 ] || printf '%s\n' "${listed[@]}" >"$root/$list"
}
trap finish EXIT
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(stat -c %Y CHANGELOG.md)} "$program" manual |
  gzip -9 -n >"$made/manual"
for shell in bash zsh fish; do "$program" completions "$shell" >"$made/$shell"; done
sed -n '/^Copyright .* Unicode, Inc/,$p' Tests/Fixtures/text/README.md >"$made/LICENSE-Unicode"

# What another version installed may have other names.
[ ! -e "$root/$list" ] || uninstall
mkdir -p -- "$root"
make_folder "${list%/*}"
# The list comes first in itself, so that it is removed last.
listed+=("$list")
put 755 "$program" bin/seqae
while IFS= read -r file; do put 644 "$file" "share/seqae/$file"; done < <(find Models -type f | sort)
put 644 Scripts/splits.json share/seqae/Scripts/splits.json
put 644 "$made/manual" share/man/man1/seqae.1.gz
put 644 "$made/bash" share/bash-completion/completions/seqae
put 644 "$made/zsh" "$zsh_folder/_seqae"
put 644 "$made/fish" share/fish/vendor_completions.d/seqae.fish
for file in LICENSE NOTICE CHANGELOG.md; do put 644 "$file" "share/doc/seqae/$file"; done
put 644 "$made/LICENSE-Unicode" share/doc/seqae/LICENSE-Unicode
