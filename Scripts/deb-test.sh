#!/bin/bash
# Tries a package in a Debian 12 that has nothing but what every Debian has, and no Swift:
#
#     Scripts/deb-test.sh seqae_VERSION_ARCHITECTURE.deb
#
# mmdebstrap makes that system, and removes it at the end; as root it is a folder, else in namespaces.
set -euo pipefail

# Runs in the new system, as root, in /.
inside() {
  local path seqae='setpriv --reuid=65534 --regid=65534 --clear-groups env -i LANG=C seqae'
  fail() {
    echo "deb-test: $1" >&2
    exit 1
  }
  expect() {  # expect NAME EXPECTED FOUND
    [ "$2" = "$3" ] || fail "$1: expected $2, found $3"
    echo "deb-test: $1" >&2
  }
  # What dpkg and the linker write beside a package's own files.
  files() {
    find / -xdev -not -path '/proc/*' -not -path '/sys/*' -not -path '/dev/*' \
      -not -path '/var/lib/dpkg/*' -not -path '/var/log/*' -not -path '/tmp/*' \
      -not -path '/var/cache/ldconfig/*' | LC_ALL=C sort
  }

  cd /
  [ -z "$(find / -xdev -iname '*libswift*')" ] || fail 'there is Swift in this system'
  export DEBIAN_FRONTEND=noninteractive
  dpkg --unpack /tmp/seqae.deb >/dev/null && apt-get install --yes --fix-broken >/dev/null
  dpkg --purge seqae >/dev/null
  files >/tmp/before

  dpkg --install /tmp/seqae.deb >/dev/null
  expect 'installed with its dependencies' 'install ok installed' \
    "$(dpkg-query -W -f '${Status}' seqae)"
  expect 'its files are as they were packed' '' "$(dpkg --verify seqae)"
  cd /var/tmp
  expect 'another user, another folder' '中国' "$($seqae denoise '中，，，，国')"
  expect 'standard input' 'hello world' "$(printf 'h.e.l.l.o  w,,orld\n' | $seqae denoise)"
  seq -f 'This is line %g of many.' 2000 >/var/tmp/corpus.txt
  expect 'what is held out is found' 2 \
    "$($seqae noise --quiet --data corpus.txt --limit 2 | wc -l)"
  rm corpus.txt
  expect 'the manual page' '.TH SEQAE 1' \
    "$(zcat /usr/share/man/man1/seqae.1.gz | head -n 1 | cut -c 1-11)"
  # What bash-completion sources when seqae is first completed.
  expect 'completion' 'denoise' "$(bash -c '. /usr/share/bash-completion/completions/seqae
    COMP_WORDS=(seqae deno) COMP_CWORD=1; _seqae; echo "${COMPREPLY[@]}"')"
  for path in zsh/vendor-completions/_seqae fish/vendor_completions.d/seqae.fish \
    doc/seqae/copyright doc/seqae/changelog.gz doc/seqae/NOTICE; do
    [ -s "/usr/share/$path" ] || fail "no /usr/share/$path"
  done

  dpkg --remove seqae >/dev/null 2>&1
  files >/tmp/after
  expect 'nothing is left' '' "$(comm -3 /tmp/before /tmp/after)"
}

if [ "${1:-}" = --inside ]; then
  inside
  exit 0
fi
package=$(realpath -- "$1")
command -v mmdebstrap >/dev/null || {
  echo 'deb-test needs mmdebstrap: apt-get install mmdebstrap' >&2
  exit 69
}
export SEQAE_PACKAGE=$package SEQAE_SCRIPT
SEQAE_SCRIPT=$(realpath -- "$0")
# shellcheck disable=SC2016 # the hooks expand these, and $1, the new system's folder
mmdebstrap --variant=minbase --format=null --quiet \
  --customize-hook='cp -- "$SEQAE_PACKAGE" "$1/tmp/seqae.deb"' \
  --customize-hook='cp -- "$SEQAE_SCRIPT" "$1/tmp/deb-test.sh"' \
  --customize-hook='chroot "$1" bash /tmp/deb-test.sh --inside' \
  bookworm
