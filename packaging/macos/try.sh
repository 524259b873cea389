#!/bin/sh
# Installs a package on a Mac, uses it and removes it:  packaging/macos/try.sh LinkLog-VERSION.pkg
# For the release workflow and spare Macs: it ends with LinkLog purged.
set -eux

sudo installer -pkg "$1" -target /
linklog version
sudo linklog status
sudo lsof -nP -a -p 1 -iUDP:162 # launchd holds the ports
sudo lsof -nP -a -p 1 -iUDP:514
sudo lsof -nP -a -p 1 -iUDP:2055
linklog send --to 127.0.0.1 --count 3
end=$(($(date +%s) + 20))
until [ "$(sudo linklog log --no-dns | wc -l | tr -d ' ')" = 3 ]; do
	[ "$(date +%s)" -lt $end ]
	sleep 0.5
done
# What arrives while the service restarts waits in launchd's socket.
linklog send --to 127.0.0.1 --count 200 --rate 50 &
sudo linklog service restart
wait
end=$(($(date +%s) + 20))
until [ "$(sudo linklog log --no-dns --limit 1000 | wc -l | tr -d ' ')" = 203 ]; do
	[ "$(date +%s)" -lt $end ]
	sleep 0.5
done
/Applications/LinkLog.app/Contents/MacOS/linklog-app -version
sudo /Applications/LinkLog.app/Contents/Resources/uninstall.sh --purge --yes
test ! -e /Applications/LinkLog.app
test ! -e /usr/local/bin/linklog
