#!/bin/sh
# Installs into a prefix and into a DESTDIR, moves the prefix, and builds C and C++ programs against
# it with pkg-config; every public header must stand alone in both languages.
# SPDX-License-Identifier: Apache-2.0
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
example=$IKESCOPE_SOURCE/tests/api/consumer.c
case $(basename "$CC") in
*clang*) cxx=clang++ ;;
*) cxx=g++ ;;
esac
command -v "$cxx" >/dev/null || cxx=c++

fail() {
	echo "$*" >&2
	exit 1
}

cmake --install "$IKESCOPE_BUILD" --prefix "$work/first" >"$work/log" || fail "$(cat "$work/log")"
DESTDIR=$work/stage cmake --install "$IKESCOPE_BUILD" >"$work/log" || fail "$(cat "$work/log")"
staged=$(find "$work/stage" -name ikescope.pc)
[ -n "$staged" ] || fail "no ikescope.pc under DESTDIR"
mv "$work/first" "$work/prefix"

pc=$(find "$work/prefix" -name ikescope.pc)
for file in bin/ikescope include/ikescope/ikescope.h; do
	[ -e "$work/prefix/$file" ] || fail "$file is not installed"
done
[ -e "$(dirname "$pc")/../libikescope.a" ] || fail "libikescope.a is not installed"
[ "$("$work/prefix/bin/ikescope" --version | tr -cd '0-9.\n')" != "" ] ||
	fail "the installed program does not say its version"

# compile LANGUAGE-COMPILER LANGUAGE STANDARD PKG-CONFIG-PATH PKG-CONFIG-OPTION...
compile() {
	compiler=$1 language=$2 standard=$3
	PKG_CONFIG_PATH=$4
	export PKG_CONFIG_PATH
	shift 4
	flags=$(pkg-config "$@" --cflags --libs ikescope)
	# shellcheck disable=SC2086 # flags are words
	"$compiler" -x "$language" -std="$standard" -Wall -Wextra -pedantic -Werror "$example" \
		-x none -o "$work/consumer" $flags || fail "$language with pkg-config $*: does not build"
	[ "$("$work/consumer")" = "$(pkg-config --modversion ikescope)" ] ||
		fail "$language with pkg-config $*: wrong version"
}
for static in --static --print-errors; do
	compile "$CC" c c11 "$(dirname "$pc")" "$static"
	compile "$cxx" c++ c++11 "$(dirname "$pc")" "$static"
done
compile "$CC" c c11 "$(dirname "$staged")" --static

for header in "$work"/prefix/include/ikescope/*.h; do
	include="-I$work/prefix/include -pedantic -Wall -Wextra -Werror -fsyntax-only"
	line="#include <ikescope/$(basename "$header")>"
	# shellcheck disable=SC2086
	echo "$line" | "$CC" -x c -std=c11 $include - || fail "$header does not stand alone in C"
	# shellcheck disable=SC2086
	echo "$line" | "$cxx" -x c++ -std=c++11 $include - || fail "$header does not stand alone in C++"
done
