#!/bin/bash
# Makes a Debian package of a program and prints its path:
#
#     Scripts/deb.sh PROGRAM FOLDER
#
# The version is the program's. DEBFULLNAME and DEBEMAIL say who makes the package; SOURCE_DATE_EPOCH
# fixes its dates.
set -euo pipefail
umask 022

program=$(realpath -- "$1")
mkdir -p -- "$2"
folder=$(realpath -- "$2")
cd "$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)"

version=$("$program" --version | sed -n 's/^seqae //p')
architecture=$(dpkg --print-architecture)
maintainer="${DEBFULLNAME:-The seqae authors} <${DEBEMAIL:-nobody@seqae.invalid}>"
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null ||
  stat -c %Y CHANGELOG.md)}

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
root=$work/root
mkdir -p "$root/DEBIAN" "$work/debian"
DESTDIR=$root PREFIX=/usr ZSH_FOLDER=share/zsh/vendor-completions Scripts/install.sh "$program"
# dpkg keeps its own list, and Debian its own copies of licences.
rm "$root/usr/share/seqae/installed.txt"
documents=$root/usr/share/doc/seqae
rm "$documents"/{LICENSE,LICENSE-Unicode,CHANGELOG.md}

# In Debian's form: the licence of the Unicode data, and what CHANGELOG.md lists first.
{
  cat Scripts/deb/copyright
  echo 'License: Unicode'
  sed -n '/^Copyright .* Unicode, Inc/,$p' Tests/Fixtures/text/README.md |
    sed -e 's/^$/./' -e 's/^/ /'
} >"$documents/copyright"
{
  printf 'seqae (%s) unstable; urgency=medium\n\n' "$version"
  awk '/^## / { if (++sections > 1) exit; next }
    /^- / { if (item) print item; item = "* " substr($0, 3); next }
    /^  [^ ]/ { item = item " " substr($0, 3); next }
    END { if (item) print item }' CHANGELOG.md |
    sed -E 's/\[([^]]*)\]\([^)]*\)/\1/g' | fold -s -w 74 | sed -e 's/ *$//' -e '/^\*/!s/^/  /' -e 's/^/  /'
  printf '\n -- %s  %s\n' "$maintainer" "$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")"
} | gzip -9 -n >"$documents/changelog.gz"

# The packages of the libraries that the program is linked with.
echo 'Source: seqae' >"$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps -O -e"$root/usr/bin/seqae" | sed -n 's/^shlibs:Depends=//p')

(cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum >DEBIAN/md5sums)
cat >"$root/DEBIAN/control" <<CONTROL
Package: seqae
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du --summarize --apparent-size --block-size=1024 "$root/usr" | cut -f 1)
Depends: $depends
Suggests: libpq5
Section: text
Priority: optional
Description: sequence autoencoders that repair text, and train the models that do
 Repairs noisy Chinese and English text: stray marks, spaces, emoji, invisible
 characters and doubled letters are taken out, and what stays is copied byte
 for byte. The model is part of the package; nothing else is needed at run
 time.
 .
 Trains models of one's own, makes noise of many kinds, turns text into tokens
 of Hugging Face's tokenizer.json and back, and measures each of these.
CONTROL
find "$root" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
package=$folder/seqae_${version}_$architecture.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$package" >&2
echo "$package"
