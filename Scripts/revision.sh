#!/bin/sh
# Writes FOLDER/Revision.swift with the revision of CHECKOUT: revision.sh CHECKOUT FOLDER
# The file is touched only if it says something new, so that nothing is compiled again for it.
set -eu
revision=
# Not that of a repository which merely holds this folder.
if [ -e "$1/.git" ]; then
  revision=$(git -C "$1" describe --always --abbrev=12 --exclude='*' --dirty=+changes 2>/dev/null) || revision=
fi
new="/// What was built, as git names it.
let checkoutRevision = \"${revision:-unknown}\""
old=$(cat "$2/Revision.swift" 2>/dev/null) || old=
[ "$new" = "$old" ] || printf '%s\n' "$new" > "$2/Revision.swift"
