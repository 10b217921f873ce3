#!/bin/bash
# Installs Debian packages whose marker files are missing:
#
#     install-packages.sh required|optional PACKAGE:FILE...
#
# Installs as root, or by sudo where it asks for no password. Where neither may be, it prints the
# line to run, and fails if the packages are required.
set -euo pipefail

need=$1
shift
missing=()
for entry in "$@"; do
  [ -e "${entry#*:}" ] || missing+=("${entry%%:*}")
done
[ ${#missing[@]} -gt 0 ] || exit 0

install=(apt-get install --yes --no-install-recommends "${missing[@]}")
if [ "$(id -u)" -eq 0 ]; then
  become=()
elif sudo -n true 2>/dev/null; then
  become=(sudo -n)
else
  become=(false)
fi

attempt() {
  export DEBIAN_FRONTEND=noninteractive
  # A fresh machine has no package lists, and lists that are there may be old.
  "${become[@]}" "${install[@]}" 2>/dev/null ||
    { "${become[@]}" apt-get update && "${become[@]}" "${install[@]}"; }
}

if [ "${become[*]}" != false ] && command -v apt-get >/dev/null && attempt >&2; then
  exit 0
fi
if command -v sudo >/dev/null; then
  line="sudo apt-get update && sudo ${install[*]}"
else
  line="as root: apt-get update && ${install[*]}"
fi
if [ "$need" = required ]; then
  echo "seqae needs ${missing[*]}. Run this line, then make again:" >&2
  echo "  $line" >&2
  exit 1
fi
echo "Going on without ${missing[*]}. To have them, run this line, then make again:" >&2
echo "  $line" >&2
