#!/bin/sh
# Uses a LinkLog that has just been installed and runs under systemd, as root or with sudo:  packaging/linux/try.sh
# The release workflow calls it on each system the deb is for.
set -eux

systemctl is-active linklog.service linklog-trap.socket linklog-syslog.socket linklog-flow.socket linklog-api.socket
sudo linklog status
linklog send --to 127.0.0.1 --count 3
end=$(($(date +%s) + 20))
until [ "$(sudo linklog log --no-dns | wc -l)" = 3 ]; do
	[ "$(date +%s)" -lt $end ]
	sleep 0.5
done
sudo linklog doctor
