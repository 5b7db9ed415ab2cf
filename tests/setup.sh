#!/bin/sh
# setup.sh: what podline needs to be built, run, checked and measured, by its Debian and Fedora package.
#
#   setup.sh GROUP…          installs what is missing (Debian and its kin; elsewhere it names the packages and goes on)
#   setup.sh --need GROUP…   only names what is missing; status 1 where something is
#
# Groups: build, run, engine (left out where a Docker is there), check, bench.
# A row: group, how it is found, Debian's packages, Fedora's.
set -u

needs() {
	cat <<-\EOF
	build  cmd:cc               gcc,libc6-dev         gcc
	build  cmd:pkg-config       pkg-config            pkgconf-pkg-config
	build  lib:libcurl          libcurl4-openssl-dev  libcurl-devel
	build  lib:yaml-0.1         libyaml-dev           libyaml-devel
	build  lib:popt             libpopt-dev           popt-devel
	build  lib:libmicrohttpd    libmicrohttpd-dev     libmicrohttpd-devel
	build  lib:gnutls           libgnutls28-dev       gnutls-devel
	build  lib:sqlite3          libsqlite3-dev        sqlite-devel
	build  lib:zlib             zlib1g-dev            zlib-devel
	build  header:jq.h          libjq-dev             jq-devel
	engine cmd:podman           podman                podman
	engine cmd:runc             runc                  runc
	engine cmd:iptables         iptables              iptables-nft
	engine file:netavark        netavark              netavark
	engine file:aardvark-dns    aardvark-dns          aardvark-dns
	engine file:catatonit       catatonit             catatonit
	run    cmd:busybox          busybox-static        busybox
	run    cmd:curl             curl                  curl
	run    file:ca-certificates ca-certificates       ca-certificates
	check  cmd:jq               jq                    jq
	check  cmd:curl             curl                  curl
	check  cmd:python3          python3               python3
	check  cmd:mandoc           mandoc                mandoc
	check  cmd:ps               procps                procps-ng
	check  cmd:script           bsdutils              util-linux-script
	check  cmd:zsh              zsh                   zsh
	check  cmd:fish             fish                  fish
	check  cmd:shellcheck       shellcheck            ShellCheck
	check  cmd:ctags            universal-ctags       ctags
	check  cmd:openssl          openssl               openssl
	check  cmd:clang            clang                 clang
	check  lib:libclang_rt      libclang-rt-dev       compiler-rt
	bench  cmd:hyperfine        hyperfine             hyperfine
	bench  cmd:/usr/bin/time    time                  time
	bench  cmd:jq               jq                    jq
	bench  cmd:curl             curl                  curl
	EOF
}

# found HOW: cmd:PROGRAM, lib:PKGCONFIG-NAME, header:FILE, file:HELPER (one of the places where engines look).
found() {
	case $1 in
	cmd:*)
		command -v "${1#cmd:}" >/dev/null
		;;
	lib:libclang_rt)
		[ -d "$(clang -print-resource-dir 2>/dev/null)/lib" ] &&
			[ -n "$(find -L "$(clang -print-resource-dir)/lib" -name 'libclang_rt.fuzzer*' -print -quit)" ]
		;;
	lib:*)
		pkg-config --exists "${1#lib:}" 2>/dev/null
		;;
	header:*)
		echo "#include <${1#header:}>" | cc -E -x c - >/dev/null 2>&1
		;;
	file:ca-certificates)
		[ -e /etc/ssl/certs/ca-certificates.crt ] || [ -e /etc/pki/tls/certs/ca-bundle.crt ]
		;;
	file:*)
		for dir in /usr/libexec/podman /usr/lib/podman /usr/local/libexec/podman /usr/local/lib/podman /usr/bin; do
			[ -x "$dir/${1#file:}" ] && return
		done
		return 1
		;;
	esac
}

# The rows of the groups that are not there, as they stand.
missing() {
	needs | while read -r group how debian fedora; do
		case " $* " in *" $group "*) ;; *) continue ;; esac
		[ "$group" != engine ] || [ ! -S /var/run/docker.sock ] || continue
		found "$how" || echo "$group $how $debian $fedora"
	done
}

name_missing() {
	echo "$1" | while read -r group how debian fedora; do
		echo "missing for $group: ${how#*:} (Debian: $(echo "$debian" | tr , ' '); Fedora: $fedora)" >&2
	done
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		echo "setup: run this as root: $*" >&2
		return 1
	fi
}

install() {
	packages=$(echo "$1" | awk '{ gsub(",", "\n", $3); print $3 }' | sort -u)
	echo "setup: installing $(echo "$packages" | tr '\n' ' ')"
	as_root apt-get -q update >/dev/null &&
		as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends $packages \
			>"$log" 2>&1 && return
	tail -n 20 "$log" >&2
	return 1
}

only_tell=
if [ "${1-}" = --need ]; then
	only_tell=yes
	shift
fi
list=$(missing "$@")
[ -n "$list" ] || exit 0
if [ -n "$only_tell" ]; then
	name_missing "$list"
	exit 1
fi
if command -v apt-get >/dev/null; then
	log=$(mktemp) && trap 'rm -f "$log"' EXIT
	install "$list"
	list=$(missing "$@")
fi
[ -z "$list" ] || name_missing "$list"

# What is only checked or measured with may be missing: its tests say so and are skipped.
case " $(echo "$list" | cut -d ' ' -f 1 | tr '\n' ' ') " in
*' build '* | *' run '* | *' engine '*) exit 1 ;;
esac
