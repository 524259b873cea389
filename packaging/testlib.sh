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

finish() {
	echo "$(basename "$0"): $passed passed, $failed failed"
	[ $failed = 0 ]
	exit
}
