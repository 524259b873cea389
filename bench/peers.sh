#!/bin/sh
# Measures what a trap, a line of syslog or a flow costs LinkLog, and others who receive them:  bench/peers.sh [FLAG…], with flags of the program (-help lists them).
# Installs snmptrapd, perl and nfcapd where they are missing and apt can; rsyslog and syslog-ng exclude each other, and may be where scripts/setup
# unpacks them. Without them the others are measured, and that is said.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cache=${XDG_CACHE_HOME:-${HOME:-$root}/.cache}/linklog
PATH=$PATH:/usr/sbin:$cache/rsyslog/usr/sbin:$cache/syslog-ng-core/usr/sbin # where Debian has snmptrapd
export PATH

apt() { DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 "$@" </dev/null >/dev/null; }
for program in perl snmptrapd nfdump; do # as their packages are called; nfcapd is in nfdump's
	command -v $program >/dev/null && continue
	if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
		echo "peers: $program is not installed, and left out" >&2
		continue
	fi
	echo "peers: installing with apt-get: $program" >&2
	apt install --no-install-recommends $program || { apt update && apt install --no-install-recommends $program; } || echo "peers: that failed: $program is left out" >&2
done

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM
cd "$root"
export CGO_ENABLED=0
scripts/go build -trimpath -o "$tmp/" ./cmd/linklog ./bench/peers
"$tmp/peers" -linklog "$tmp/linklog" "$@"
