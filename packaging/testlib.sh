# shellcheck shell=sh
# What the tests of the packages share. A test sources it, calls check for each promise and finish at the end.

failed=0 passed=0

# check WHAT COMMAND…: runs it, prints PASS or FAIL, and what the command said if it failed.
check() {
	what=$1
	shift
	if said=$("$@" 2>&1); then
		echo "PASS $what"
		passed=$((passed + 1))
	else
		echo "FAIL $what: $*"
		echo "$said" | tail -n 20 | sed 's/^/     /'
		failed=$((failed + 1))
	fi
}

# within SECONDS COMMAND…: tries until it succeeds.
within() {
	end=$(($(date +%s) + $1))
	shift
	until "$@"; do
		[ "$(date +%s)" -lt $end ] || return 1
		sleep 0.2
	done
}

empty() {
	[ ! -s "$1" ] || {
		cat "$1"
		return 1
	}
}

skip() {
	echo "SKIP $(basename "$0"): $1"
	exit 77
}

# fail_now WHAT [LOG]: nothing further makes sense.
fail_now() {
	echo "FAIL $1"
	[ $# -lt 2 ] || tail -n 30 "$2"
	exit 1
}

# fresh_debian FOLDER: a Debian that has just been installed, with systemd. It is fetched once (debootstrap, as root) and kept in
# $XDG_CACHE_HOME/linklog, 70 MB packed. LINKLOG_SUITE and LINKLOG_MIRROR: another release, from elsewhere.
fresh_debian() {
	suite=${LINKLOG_SUITE:-bookworm}
	cache=${XDG_CACHE_HOME:-$HOME/.cache}/linklog/debian-$suite-2.tar.gz
	mkdir -p "$1" "${cache%/*}"
	if [ -f "$cache" ]; then
		tar -C "$1" -xzf "$cache" || fail_now "unpack $cache"
		return
	fi
	echo "fetching Debian $suite"
	debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus "$suite" "$1" "${LINKLOG_MIRROR:-http://deb.debian.org/debian}" >"$1.log" 2>&1 || {
		tail -n 5 "$1.log"
		skip 'debootstrap did not work (no network?)'
	}
	rm -f "$1"/var/cache/apt/archives/*.deb
	tar -C "$1" -czf "$cache.new" . && mv "$cache.new" "$cache"
}

finish() {
	echo "$(basename "$0"): $passed passed, $failed failed"
	[ $failed = 0 ]
	exit
}
