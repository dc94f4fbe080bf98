#!/bin/sh
# docs/rules.md is what the tables of the program say, and a stale one is found.
# SPDX-License-Identifier: Apache-2.0
set -eu

"$IKESCOPE_SOURCE/tools/rules" --check

# A copy of the checkout's text with one word changed must be refused.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/docs" "$work/tools"
cp -R "$IKESCOPE_SOURCE/tools/rules" "$IKESCOPE_SOURCE/tools/rules.d" "$IKESCOPE_SOURCE/tools/lib.sh" "$work/tools/"
sed 's/possible/probable/' "$IKESCOPE_SOURCE/docs/rules.md" >"$work/docs/rules.md"
if "$work/tools/rules" --check 2>/dev/null; then
	echo "a stale docs/rules.md was accepted" >&2
	exit 1
fi
