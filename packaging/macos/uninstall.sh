#!/bin/sh
# Removes LinkLog from a Mac; macOS has no such thing for packages:
#
#   sudo /Applications/LinkLog.app/Contents/Resources/uninstall.sh            history and settings stay
#   sudo /Applications/LinkLog.app/Contents/Resources/uninstall.sh --purge    nothing stays
set -eu
[ "$(id -u)" = 0 ] || {
	echo "uninstall.sh: needs root: sudo $0 $*" >&2
	exit 1
}
case ${1-} in
'' | --purge) ;;
*)
	echo "usage: sudo $0 [--purge]" >&2
	exit 2
	;;
esac
app=/Applications/LinkLog.app
pkill -x linklog-app || true
# shellcheck disable=SC2086 # one option or none
"$app/Contents/MacOS/linklog" service uninstall ${1-}
[ ! -L /usr/local/bin/linklog ] || rm -f /usr/local/bin/linklog

# What starts the app at login, of every user; and with --purge what the app keeps for him.
for home in /Users/*; do
	rm -f "$home/Library/LaunchAgents/io.github.linklog.LinkLog.plist"
	if [ "${1-}" = --purge ]; then
		# On most Macs the names differ only in case, which is one folder then.
		rm -rf "$home/Library/Application Support/LinkLog" "$home/Library/Application Support/linklog" "$home/Library/Caches/LinkLog"
	fi
done
rm -rf "$app" # this script, too, which the shell has read already
pkgutil --forget io.github.linklog.LinkLog >/dev/null || true
echo 'LinkLog is removed.'
exit 0
