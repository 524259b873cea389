#!/bin/bash
# Looks into the rpm and runs its scripts in a fresh system:
#
#   packaging/test-rpm.sh             (as root: chroot and debootstrap need it)
#
# The system is a Debian without Debian's own tools for units, which is what the scripts meet on Fedora and SUSE; rpm from outside
# installs into it. No service is started there: that is what test-deb.sh does, with the same scripts and the same unit.
# Prints a line for each promise and ends with 1 if one is broken, with 77 where this computer cannot try.
# shellcheck disable=SC2317 # functions that check calls
set -u
cd "$(dirname "$0")/.." || exit 1
. packaging/testlib.sh

[ "$(id -u)" = 0 ] || skip 'needs root, to install into a folder'
for tool in rpm rpm2cpio cpio debootstrap; do
	command -v $tool >/dev/null || skip "$tool is missing (Debian: apt-get install rpm cpio debootstrap)"
done
work=$(mktemp -d)
root=$work/root
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

for version in 1.0.0 1.1.0; do
	LINKLOG_VERSION=$version LINKLOG_ARCHES=amd64 DIST=$work/$version scripts/dist/build service >"$work/log" 2>&1 || fail_now "build $version" "$work/log"
done
old=$work/1.0.0/linklog-1.0.0-1.x86_64.rpm new=$work/1.1.0/linklog-1.1.0-1.x86_64.rpm

# --- what can be seen without installing
query() { rpm -qp --qf "$2" "$1" 2>/dev/null; }
check 'its sums are right' rpm --checksig --nosignature "$old"
check 'name, version, licence' test "$(query "$old" '%{NAME} %{VERSION} %{ARCH} %{LICENSE}')" = 'linklog 1.0.0 x86_64 BSD-2-Clause'
rpm -qp --requires "$old" >"$work/requires" 2>/dev/null
check 'asks for nothing but the tools of its scripts' sh -c "! grep -vE '^(/usr/sbin/(groupadd|usermod)|/bin/sh|rpmlib\(.*)' $work/requires"
mkdir "$work/files"
check 'unpacks' sh -c "cd $work/files && rpm2cpio $old | cpio --quiet -idm --no-absolute-filenames"
check 'the program in it runs' sh -c "$work/files/usr/bin/linklog version | grep -q '^linklog 1.0.0 '"
deb_files() { dpkg-deb -c "$work/1.0.0/linklog_1.0.0_amd64.deb" | awk '$1 !~ /^d/ { print $6 }' | sort; }
rpm_files() { (cd "$work/files" && find . ! -type d | sort); }
if command -v dpkg-deb >/dev/null; then
	deb_files >"$work/deb.list"
	rpm_files >"$work/rpm.list"
	check 'has the files of the deb' diff "$work/deb.list" "$work/rpm.list"
fi
for script in PREIN PREUN POSTIN POSTUN; do
	query "$old" "%{$script}" >"$work/$script"
	check "script $script is one of a POSIX shell" dash -n "$work/$script"
done

# --- a fresh system
fresh_debian "$root"
rm -f "$root"/usr/bin/deb-systemd-*
chroot "$root" useradd --create-home --uid 1000 anna
rpm_in_root() { SUDO_USER=anna rpm --root "$root" --nodeps "$@"; }
enabled() { chroot "$root" systemctl is-enabled linklog.service linklog-trap.socket linklog-syslog.socket linklog-flow.socket linklog-api.socket; }
files() { (cd "$root" && find . -xdev \( -path ./proc -o -path ./dev -o -path ./run -o -path ./var/lib/rpm -o -path ./usr/lib/sysimage -o -path ./root/.rpmdb -o -path ./var/cache \) -prune -o -print | sort); }
files >"$work/before"

check 'install' rpm_in_root -i "$old"
check 'the units start with the computer' enabled
check 'the installing user is in the group linklog' grep -q '^linklog:.*:anna$' "$root/etc/group"
mkdir -p "$root/var/lib/private/linklog"
echo '# mine' >"$root/var/lib/private/linklog/linklog.toml"

# An earlier version had no unit for flows.
without_flows() { rm -f "$root/usr/lib/systemd/system/linklog-flow.socket" "$root/etc/systemd/system/sockets.target.wants/linklog-flow.socket"; }
without_flows
check 'upgrade of a version without flows' rpm_in_root -U "$new"
check 'its units start with the computer, and that for flows' enabled
check 'back' rpm_in_root -U --oldpackage "$old"

without_flows
chroot "$root" systemctl disable linklog-trap.socket >/dev/null 2>&1
chroot "$root" gpasswd -d anna linklog >/dev/null 2>&1
check 'upgrade' rpm_in_root -U "$new"
check 'the program is the new one' sh -c "chroot $root linklog version | grep -q '^linklog 1.1.0 '"
check 'what the administrator disabled stays disabled' sh -c "! chroot $root systemctl is-enabled linklog-trap.socket"
check 'also the socket that he could not know' sh -c "! chroot $root systemctl is-enabled linklog-flow.socket"
check 'and whom he took out of the group stays out' sh -c "grep -q '^linklog:[^:]*:[0-9]*:$' $root/etc/group"

check 'remove' rpm_in_root -e linklog
check 'no unit starts any more' sh -c "! find $root/etc/systemd -name 'linklog*' | grep ."
check 'history and settings stay' grep -q mine "$root/var/lib/private/linklog/linklog.toml"
# (Fedora's package filesystem has the folders for completions; a Debian without zsh and fish has not.)
files | comm -13 "$work/before" - | grep -vE '^\./usr/share/(fish(/vendor_completions\.d)?|zsh(/site-functions)?)$' | grep -vE '^\./var/lib/(private(/linklog(/.*)?)?)$|^\./etc/(group|gshadow)-$|^\./var/lib/systemd/' >"$work/left"
check 'nothing else does' empty "$work/left"
finish
