# Shared by tools/run, tools/test and .ci/run: what is needed, and how it is installed and built.
# For sh; the caller sets $root to the checkout.
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2154

# One row per need: who has it (tools/run, tools/test, .ci/run), how its presence is seen, and its
# packages. A comma joins packages of one need; "-" comes with the system or with another row;
# "source" means that no package of that distribution is known to us.
needs() {
	cat <<-TABLE
	run   compile:c         gcc,libc6-dev                     gcc                 gcc                gcc,musl-dev       gcc                 -
	run   cmd:cmake         cmake                             cmake               cmake              cmake              cmake               cmake
	run   cmd:ninja         ninja-build                       ninja-build         ninja              ninja-build        ninja               ninja
	run   cmd:pkg-config    pkg-config                        pkgconf-pkg-config  pkgconf            pkgconf            pkgconf-pkg-config  pkgconf
	run   pc:libpcap        libpcap-dev                       libpcap-devel       libpcap            libpcap-dev        libpcap-devel       libpcap
	run   pc:libsodium      libsodium-dev                     libsodium-devel     libsodium          libsodium-dev      libsodium-devel     libsodium
	run   pc:libcrypto      libssl-dev                        openssl-devel       openssl            openssl-dev        libopenssl-devel    openssl@3
	run   pc:jansson        libjansson-dev                    jansson-devel       jansson            jansson-dev        libjansson-devel    jansson
	run   pc:libarchive     libarchive-dev                    libarchive-devel    libarchive         libarchive-dev     libarchive-devel    libarchive
	run   pc:libxxhash      libxxhash-dev                     xxhash-devel        xxhash             xxhash-dev         xxhash-devel        xxhash
	test  pc:criterion      libcriterion-dev                  source              criterion          source             criterion-devel     criterion
	test  compile:c++       g++                               gcc-c++             gcc                g++                gcc-c++             -
	test  cmd:python3       python3                           python3             python             python3            python3             python
	test  py:jsonschema     python3-jsonschema                python3-jsonschema  python-jsonschema  py3-jsonschema     python3-jsonschema  source
	ci    cmd:clang         clang                             clang               clang              clang              clang               llvm
	ci    cmd:clang-format  clang-format                      clang-tools-extra   clang              clang-extra-tools  clang-tools         clang-format
	ci    cmd:clang-tidy    clang-tidy                        clang-tools-extra   clang              clang-extra-tools  clang-tools         llvm
	ci    cmd:llvm-cov      llvm                              llvm                llvm               llvm               llvm                llvm
	ci    cmd:shellcheck    shellcheck                        ShellCheck          shellcheck         shellcheck         ShellCheck          shellcheck
	lab   cmd:/usr/lib/ipsec/charon  strongswan-charon,libstrongswan-standard-plugins,libstrongswan-extra-plugins,libcharon-extra-plugins,libcharon-extauth-plugins  strongswan  strongswan  strongswan  strongswan  -
	lab   cmd:swanctl       strongswan-swanctl                -                   -                  -                  -                   -
	lab   cmd:pki           strongswan-pki                    -                   -                  -                  -                   -
	lab   cmd:nft           nftables                          nftables            nftables           nftables           nftables            -
	lab   cmd:conntrack     conntrack                         conntrack-tools     conntrack-tools    conntrack-tools    conntrack-tools     -
	lab   cmd:ip            iproute2                          iproute             iproute2           iproute2           iproute2            -
	lab   cmd:tcpdump       tcpdump                           tcpdump             tcpdump            tcpdump            tcpdump             -
	lab   cmd:ethtool       ethtool                           ethtool             ethtool            ethtool            ethtool             -
	lab   cmd:ping          iputils-ping                      iputils             iputils            iputils            iputils             -
	fuzz  link:fuzzer       libclang-rt-${clang_major:-14}-dev  compiler-rt       compiler-rt        compiler-rt        clang               -
	s390x cmd:s390x-linux-gnu-gcc  gcc-s390x-linux-gnu  source       source              source             source              source
	s390x cmd:qemu-s390x-static    qemu-user-static     source       source              source             source              source
	i386  cmd:i686-linux-gnu-gcc   gcc-i686-linux-gnu   source       source              source             source              source
	TABLE
}

say() {
	printf '%s\n' "$*" >&2
}

die() {
	say "$*"
	exit 1
}

# One builder at a time; the others wait. Where there is no flock they take their chance.
lock() {
	mkdir -p "$root/build"
	exec 9>"$root/build/lock"
	flock 9 2>/dev/null || :
}

# The distribution's interpreter first: it is the one that sees the distribution's modules.
python() {
	if [ -x /usr/bin/python3 ]; then /usr/bin/python3 "$@"; else python3 "$@"; fi
}

present() {
	case $1 in
	cmd:*) command -v "${1#cmd:}" ;;
	pc:*) pkg-config --exists "${1#pc:}" ;;
	py:*) python -c "import ${1#py:}" ;;
	compile:c) echo '#include <stdio.h>' | "${CC:-cc}" -E - ;;
	compile:c++) echo '#include <cstdio>' | "${CXX:-c++}" -x c++ -E - ;;
	link:fuzzer)
		echo 'int LLVMFuzzerTestOneInput(const char *d, long n) { return d && n < 0; }' |
			clang -x c -fsanitize=fuzzer,address,undefined -o /dev/null -
		;;
	esac >/dev/null 2>&1
}

# The rows that nothing satisfies, of the users named.
missing() {
	needs | while read -r who seen rest; do
		case " $* " in
		*" $who "*) present "$seen" || echo "$who $seen $rest" ;;
		esac
	done
}

# Column $1 of the rows $2, as words.
packages() {
	echo "$2" | awk -v c="$1" '{ gsub(",", " ", $c); if ($c != "-" && $c != "source" && !seen[$c]++)
		printf "%s%s", n++ ? " " : "", $c }'
}

# The exact line for a system that is not Debian's; the first package manager found decides.
explain_other_system() {
	while read -r manager column line; do
		command -v "$manager" >/dev/null 2>&1 || continue
		say "Please install what is missing and try again:"
		say "    $line $(packages "$column" "$1")"
		if echo "$1" | awk -v c="$column" '$c == "source" { n = 1 } END { exit !n }'; then
			say "and, from source: $(echo "$1" |
				awk -v c="$column" '$c == "source" { sub(/.*:/, "", $2); printf "%s ", $2 }')"
		fi
		exit 1
	done <<-'TABLE'
	dnf     4  sudo dnf install
	pacman  5  sudo pacman -S --needed
	apk     6  sudo apk add
	zypper  7  sudo zypper install
	brew    8  brew install
	TABLE
	say "Please install what is missing and try again:"
	echo "$1" | awk '{ printf "    %-22s (Debian: %s, Fedora: %s)\n", $2, $3, $4 }' >&2
	exit 1
}

# apt-get as root, directly or through sudo; output goes to the log.
apt() {
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" \
		>>"$root/build/install.log" 2>&1 </dev/null
}

have_lists() {
	for list in /var/lib/apt/lists/*_Packages*; do
		[ -e "$list" ] && return 0
	done
	return 1
}

# install_missing WHO...: nothing if all is there.
install_missing() {
	rows=$(missing "$@")
	[ -n "$rows" ] || return 0
	command -v apt-get >/dev/null 2>&1 || explain_other_system "$rows"
	wanted=$(packages 3 "$rows")
	by_hand="apt-get update && apt-get install --no-install-recommends $wanted"
	as_root=
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null 2>&1 ||
			die "Some packages are missing. As root, please run: $by_hand"
		as_root=sudo
	fi
	mkdir -p "$root/build"
	say "installing $wanted"
	: >"$root/build/install.log"
	have_lists || apt update || true
	# shellcheck disable=SC2086 # one word per package
	apt install -y --no-install-recommends $wanted ||
		{ apt update && apt install -y --no-install-recommends $wanted; } || {
		tail -n 20 "$root/build/install.log" | awk '!seen[$0]++' >&2
		die "Could not install them (all of it: $root/build/install.log). As root: $by_hand"
	}
	installed=yes
}

# The options of a kind of build, each kind in build/KIND.
options() {
	case $1 in
	release) echo -DCMAKE_BUILD_TYPE=Release -DIKESCOPE_TESTS=OFF ;;
	test) echo -DCMAKE_BUILD_TYPE=RelWithDebInfo ;;
	gcc) echo -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_COMPILER=gcc ;;
	clang) echo -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_COMPILER=clang ;;
	asan) echo -DCMAKE_BUILD_TYPE=RelWithDebInfo -DIKESCOPE_SANITIZE=ON ;;
	fuzz) echo "$(options clang)" -DIKESCOPE_FUZZ=ON -DIKESCOPE_SANITIZE=ON ;;
	coverage) echo "$(options clang)" -DIKESCOPE_COVERAGE=ON ;;
	*) die "no kind of build: $1 (there are release test gcc clang asan fuzz coverage)" ;;
	esac
}

# build KIND [CMAKE OPTION...]: configures where that was not done yet, or something was installed
# since, or there are options; then builds what changed. Quiet: what the tools say goes to a log.
build() {
	dir=$root/build/$1
	log=$dir.log
	# A folder that was copied here from elsewhere would build the sources it came from.
	if [ -e "$dir/CMakeCache.txt" ] &&
		! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$dir/CMakeCache.txt"; then
		rm -rf "$dir"
	fi
	mkdir -p "$dir"
	: >"$log"
	if [ ! -e "$dir/build.ninja" ] || [ -n "${installed-}" ] || [ $# -gt 1 ]; then
		rm -f "$dir/CMakeCache.txt"
		kind=$(options "$1") || return 1
		shift
		# shellcheck disable=SC2086 # one word per option
		cmake -S "$root" -B "$dir" -G Ninja $kind "$@" >>"$log" 2>&1 </dev/null || return 1
	fi
	said=
	{ ninja -C "$dir" 2>&1 </dev/null || echo 'ninja failed'; } | while IFS= read -r line; do
		printf '%s\n' "$line" >>"$log"
		case $line in
		*'Building C'*) [ -n "$said" ] || say "building (${dir##*/})" && said=yes ;;
		'ninja failed') exit 1 ;;
		esac
	done
}

build_failed() {
	tail -n 60 "$log" >&2
	die "The build failed; all of it: $log"
}
