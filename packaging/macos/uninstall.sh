#!/bin/sh
# Removes LinkLog from a Mac; macOS has no such thing for packages:
#
#   sudo /Applications/LinkLog.app/Contents/Resources/uninstall.sh            history and settings stay
#   sudo /Applications/LinkLog.app/Contents/Resources/uninstall.sh --purge    nothing stays; it asks, unless --yes follows
set -eu
[ "$(id -u)" = 0 ] || {
	echo "uninstall.sh: needs root: sudo $0 $*" >&2
	exit 1
}
case $* in
'' | --purge | '--purge --yes') ;;
*)
	echo "usage: sudo $0 [--purge [--yes]]" >&2
	exit 2
	;;
esac
app=/Applications/LinkLog.app
"$app/Contents/MacOS/linklog" service uninstall "$@"
pkill -x linklog-app || true
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
