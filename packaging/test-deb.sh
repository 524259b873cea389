#!/bin/bash
# Installs the deb into a fresh Debian that runs its own systemd in a container, and sees whether it does what it promises:
#
#   packaging/test-deb.sh             (as root: systemd-nspawn and debootstrap need it)
#
# Prints a line for each promise and ends with 1 if one is broken, with 77 where this computer cannot try.
# shellcheck disable=SC2317 # functions that check and within call
set -u
cd "$(dirname "$0")/.." || exit 1
. packaging/testlib.sh

[ "$(id -u)" = 0 ] || skip 'needs root, to start a container'
for tool in debootstrap systemd-nspawn nsenter dpkg-deb; do
	command -v $tool >/dev/null || skip "$tool is missing (Debian: apt-get install debootstrap systemd-container)"
done
work=$(mktemp -d)
root=$work/root
nspawn=''
cleanup() {
	if [ -n "$nspawn" ]; then
		kill "$nspawn" 2>/dev/null
		for _ in $(seq 100); do kill -0 "$nspawn" 2>/dev/null || break; sleep 0.2; done
		kill -9 "$nspawn" 2>/dev/null
	fi
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# Two versions of the same program.
for version in 1.0.0 1.1.0; do
	LINKLOG_VERSION=$version LINKLOG_ARCHES=amd64 DIST=$work/$version scripts/dist/build service >"$work/log" 2>&1 || fail_now "build $version" "$work/log"
done
app=''
if [ "$(scripts/go env GOHOSTARCH)" = amd64 ]; then
	LINKLOG_VERSION=1.0.0 DIST=$work/1.0.0 scripts/dist/build app >"$work/log" 2>&1 || fail_now 'build linklog-app' "$work/log"
	app=$work/1.0.0/linklog-app_1.0.0_amd64.deb
fi

# --- what can be seen without installing
LINKLOG_VERSION=1.0.0 LINKLOG_ARCHES=amd64 DIST=$work/again scripts/dist/build service >"$work/log" 2>&1 || fail_now 'build 1.0.0 again' "$work/log"
for file in linklog_1.0.0_amd64.deb linklog-1.0.0-1.x86_64.rpm; do
	check "built again, $file has the same bytes" cmp "$work/1.0.0/$file" "$work/again/$file"
done
if command -v lintian >/dev/null; then
	# --fail-on: ours are to be clean; what Debian's own archive wants (an ITP bug) is not asked for.
	check 'lintian: no error, no warning' lintian --allow-root --fail-on error,warning "$work/1.0.0/linklog_1.0.0_amd64.deb"
	if [ -n "$app" ]; then check 'lintian of linklog-app' lintian --allow-root --fail-on error,warning "$app"; fi
fi
if command -v desktop-file-validate >/dev/null; then
	check 'desktop-file-validate' desktop-file-validate packaging/linux/*.desktop
fi
if [ -n "$app" ] && command -v appstreamcli >/dev/null; then
	dpkg-deb -x "$app" "$work/app"
	check 'appstreamcli validate' appstreamcli validate --no-net "$work"/app/usr/share/metainfo/*.xml
fi

# --- a fresh Debian
fresh_debian "$root"
: >"$root/etc/machine-id"
rm -f "$root/etc/resolv.conf"
mkdir "$root/packages"
cp "$work"/1.[01].0/linklog_*.deb "$root/packages/"
# shellcheck disable=SC2016 # Perl's
echo 'use IO::Socket::INET; my $s = IO::Socket::INET->new(Proto => "udp", LocalPort => shift) or die; sleep 600' >"$root/packages/hold.pl"

leader=''
in_debian() { nsenter --target="$leader" --all --wd=/ -- env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive SUDO_USER=anna "$@"; }
booted() {
	kill -0 "$nspawn" 2>/dev/null || { cat "$work/boot"; skip 'no container here'; }
	leader=$(cut -d ' ' -f 1 "/proc/$nspawn/task/$nspawn/children")
	[ -n "$leader" ] && case $(in_debian systemctl is-system-running 2>/dev/null) in running | degraded) ;; *) false ;; esac
}
# cgroup v2, as systems have it today: it shows the service who has its port.
boot_debian() {
	SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn --quiet --directory="$root" --private-network --register=no --keep-unit --console=pipe --boot systemd.unit=multi-user.target >"$work/boot" 2>&1 &
	nspawn=$!
	within 60 booted || { cat "$work/boot"; skip 'systemd does not come up in a container here'; }
}
# An earlier version, which knew nothing of flows.
earlier() {
	dpkg-deb -R "$work/1.0.0/linklog_1.0.0_amd64.deb" "$work/earlier" && rm "$work/earlier/usr/lib/systemd/system/linklog-flow.socket" &&
		sed -i '/linklog-flow.socket$/d' "$work/earlier/DEBIAN/md5sums" &&
		sed -i 's/ | linklog-flow.socket//; s/ linklog-flow.socket//' "$work/earlier/usr/lib/systemd/system/linklog.service" "$work"/earlier/DEBIAN/p* &&
		sed -i 's/^linklog service sockets.*//' "$work/earlier/DEBIAN/postinst" &&
		sed -i 's/^Version: .*/Version: 0.9.0/' "$work/earlier/DEBIAN/control" &&
		dpkg-deb --root-owner-group -Zgzip -b "$work/earlier" "$root/packages/linklog_0.9.0_amd64.deb"
}
earlier >"$work/log" 2>&1 || fail_now 'make an earlier version' "$work/log"
# Another program that has port 514 before LinkLog's sockets are opened.
cat >"$root/etc/systemd/system/early.service" <<-'END'
	[Unit]
	DefaultDependencies=no
	Before=linklog-syslog.socket
	[Service]
	ExecStart=/usr/bin/perl /packages/hold.pl 514
	ExecStartPost=/bin/sh -c 'for i in $(seq 100); do grep -q ":0202 " /proc/net/udp && exit; sleep 0.1; done; exit 1'
	[Install]
	WantedBy=sockets.target
END
boot_debian
nsenter --target="$leader" --net sh -c 'ip link add lan type veth peer name wan && ip address add 192.168.77.2/24 dev lan && ip link set lan up && ip link set wan up'
in_debian useradd --create-home --uid 1000 anna

# What there is: everything but the logs, caches and databases that any package changes.
files() { (cd "$root" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./run -o -path ./tmp -o -path ./var/log -o -path ./var/lib/dpkg -o -path ./var/cache -o -path ./packages -o -path ./var/tmp \) -prune -o -print | sort); }
log() { in_debian runuser -u anna -- linklog log --no-dns "$@"; }
count() { log --limit 100000 | wc -l; }
counts() { [ "$(count 2>/dev/null)" = "$1" ]; }
# tcp_port_held PORT: somebody waits for connections to it.
tcp_port_held() { grep -q "$(printf ':%04X 00000000:0000 0A ' "$1")" "/proc/$leader/net/tcp"; }
active() { [ "$(in_debian systemctl is-active linklog.service linklog-trap.socket linklog-syslog.socket linklog-flow.socket linklog-api.socket | tr '\n' ' ')" = 'active active active active active ' ]; }
inactive() { ! in_debian systemctl is-active --quiet linklog.service && ! in_debian systemctl is-active --quiet linklog-trap.socket; }
refused() { ! in_debian runuser -u nobody -- linklog log; }
version_is() { in_debian linklog version | grep "^linklog $1 "; }
still_disabled() { in_debian dpkg -i /packages/linklog_1.1.0_amd64.deb && ! in_debian systemctl is-enabled linklog.service; }
# (One that systemd still has in mind, but does not find any more, is none.)
no_unit() { ! in_debian systemctl list-units --all --no-legend --plain 'linklog*' | grep -v ' not-found '; }
main_pid() { in_debian systemctl show --value -p MainPID linklog.service; }
settings=$root/var/lib/private/linklog/linklog.toml
history_is_there() { [ -n "$(find "$root/var/lib/private/linklog" -name 'history-*.db' -size +0 2>/dev/null)" ]; }
# What dpkg says besides its own words.
says() { in_debian dpkg -i "/packages/$1" 2>&1 | grep -vE '^(\(Reading database|Selecting previously|Preparing to|Unpacking|Setting up|Created symlink)' >"$work/said"; }
says_one_line() {
	says "$1"
	cat "$work/said"
	[ "$(wc -l <"$work/said")" = 1 ] && grep -q '^linklog: a different program is using the UDP port' "$work/said"
}
hold_port() { in_debian systemd-run --quiet --unit=holder perl /packages/hold.pl "$1" && within 10 port_held "$1"; }
port_held() { grep -q "$(printf ':%04X ' "$1")" "/proc/$leader/net/udp"; }
# status_says TEXT: of linklog status, which must not be waited for.
status_says() { in_debian timeout 10 linklog status | grep -F "$1"; }
stays_up() { sleep 3 && [ "$(in_debian systemctl show --value -p NRestarts linklog.service)" = 0 ]; }
doctor_names() { in_debian timeout 20 linklog doctor | grep -F "$1"; }
gaps() { log --system --json --limit 100000 | grep -c '"kind":"gap"'; }
gaps_are() { [ "$(gaps)" = "$1" ]; }
refused_send() { ! in_debian linklog send --to 127.0.0.1 --count 3 --rate 10; }
purge_asks() {
	in_debian /usr/local/bin/linklog service uninstall --purge </dev/null >"$work/said" 2>&1
	[ $? = 2 ] && grep -F 'add --yes' "$work/said"
}
restart_says() { in_debian linklog service restart | grep "$1"; }
# A service that is not up yet has nothing to say.
nothing_is_wrong() { in_debian linklog status >"$work/said" && ! grep TROUBLE "$work/said"; }
folder_is_empty() { [ -z "$(in_debian find /var/lib/private/linklog -mindepth 1)" ]; }
files >"$work/before"

# --- install, while another program has the port
check 'another program has port 162' hold_port 162
check 'install says so in a line, and nothing else' says_one_line linklog_1.0.0_amd64.deb
check 'the service runs, and its status names who has the port' status_says 'in use by holder.service'
check 'doctor names the program' doctor_names 'perl (process '
check 'the history can be read' in_debian linklog hosts
check 'it does not start again and again' stays_up
in_debian systemctl stop holder
check 'the port is taken when it is free' within 30 status_says ', listening on UDP ports 162, 514 and 2055,'

check 'the service and its sockets run' within 30 active
check 'they start with the computer' in_debian systemctl is-enabled linklog.service linklog-trap.socket linklog-syslog.socket linklog-flow.socket linklog-api.socket
check 'the installing user is in the group linklog' sh -c "grep -q '^linklog:.*:anna$' $root/etc/group"
check 'the service has no rights' sh -c "grep -q 'CapBnd:.0000000000000000' /proc/$(pgrep -P "$leader" -x linklog | head -n 1)/status"
check 'a message is sent' in_debian linklog send --to 127.0.0.1 --count 1
check 'linklog log shows it, to the user' within 15 counts 1
check 'a stranger is refused' refused
check 'linklog version is that of the package' version_is 1.0.0
check 'man pages' in_debian test -s /usr/share/man/man1/linklog-service-install.1.gz
check 'completion for bash' bash -n "$root/usr/share/bash-completion/completions/linklog"

# --- downtime; the gap of the taken port is the first
check 'the time without the port is a gap' within 15 gaps_are 1
in_debian systemctl restart linklog.service
check 'a restart is none' gaps_are 1
in_debian systemctl stop linklog-trap.socket linklog-syslog.socket linklog-api.socket linklog.service
check 'a sender is refused while it is stopped' refused_send
in_debian systemctl start linklog.service
check 'the time it was stopped is a gap' within 15 gaps_are 2
in_debian systemctl reboot 2>/dev/null
for _ in $(seq 150); do kill -0 "$nspawn" 2>/dev/null || break; sleep 0.2; done
boot_debian
check 'it runs after a reboot' within 20 active
check 'the reboot is a gap' within 15 gaps_are 3

# --- the port of the settings
printf '[listen]\nport = 515\n' >"$settings"
in_debian systemctl restart linklog.service
check 'a port that systemd has to open is told' status_says 'sudo linklog service restart'
check 'restart says which port it is' restart_says 'listens on UDP ports 515, 514 and 2055\.$'
check 'and nothing is wrong' nothing_is_wrong
rm "$settings"
check 'back to 162' in_debian linklog service restart
check 'the service and its sockets run, still' active

# --- the port of system logs
in_debian systemctl stop linklog-trap.socket linklog-syslog.socket linklog-api.socket linklog.service
check 'another program has port 514' hold_port 514
check 'it is no reason not to start' in_debian linklog service start
check 'traps come in all the same' status_says ', listening on UDP ports 162 and 2055, NOT on port 514,'
check 'and status names who has the other port' status_says 'port 514: UDP port 514 is in use'
in_debian systemctl stop holder
check 'the port is taken when it is free' within 30 status_says ', listening on UDP ports 162, 514 and 2055,'
in_debian systemctl enable --quiet early.service
in_debian systemctl reboot 2>/dev/null
for _ in $(seq 150); do kill -0 "$nspawn" 2>/dev/null || break; sleep 0.2; done
boot_debian
check 'a program that has port 514 before LinkLog starts keeps no trap away' within 30 status_says ', listening on UDP ports 162 and 2055, NOT on port 514,'
check 'status names it' status_says 'in use by early.service'
in_debian systemctl disable --quiet --now early.service
rm "$root/etc/systemd/system/early.service"
check 'the port is taken when it is free' within 30 status_says ', listening on UDP ports 162, 514 and 2055,'
in_debian linklog send --to 127.0.0.1 --form asus --count 1
check 'a line of a system log comes in' within 15 counts 2
in_debian linklog send --to 127.0.0.1 --form ipfix --count 1
check 'a flow comes in' within 15 counts 3

# --- further ports
since=$(in_debian systemctl show --value -p ActiveEnterTimestampMonotonic linklog-syslog.socket)
check 'another program has port 601' hold_port 601
printf '[listen]\nports = [162, 514, 601, 602]\ntcp = true\n' >"$settings"
check 'a taken port keeps no other closed' restart_says 'UDP ports 162, 514 and 602'
check 'status names who has it' status_says 'port 601: UDP port 601 is in use'
check 'TCP is open' tcp_port_held 601
in_debian systemctl stop holder
check 'the port is taken when it is free' within 30 nothing_is_wrong
check 'port 514 stayed open' test "$(in_debian systemctl show --value -p ActiveEnterTimestampMonotonic linklog-syslog.socket)" = "$since"
gaps=$(gaps)

# --- upgrade, while messages come in
in_debian sh -c 'cat /usr/share/doc/linklog/examples/linklog.toml' >"$settings"
chown --reference="$root/var/lib/private/linklog" "$settings"
before=$(main_pid)
since=$(in_debian systemctl show --value -p ActiveEnterTimestampMonotonic linklog-trap.socket)
in_debian linklog send --to 127.0.0.1 --count 2000 --rate 400 >"$work/send" 2>&1 &
sender=$!
check 'upgrade to a higher version' in_debian dpkg -i /packages/linklog_1.1.0_amd64.deb
wait $sender
check 'sent meanwhile' test $? = 0
check 'another process runs' test "$(main_pid)" != "$before"
check 'the socket stayed open' test "$(in_debian systemctl show --value -p ActiveEnterTimestampMonotonic linklog-trap.socket)" = "$since"
check 'history is kept and not one message lost' within 30 counts 2003
check 'an upgrade is no gap' gaps_are "$gaps"
check 'settings are kept' cmp "$settings" service/settings/default.toml
check 'linklog version is the new one' version_is 1.1.0

# --- what the administrator decided
in_debian systemctl disable --now linklog.service linklog-trap.socket linklog-syslog.socket linklog-flow.socket linklog-api.socket >/dev/null 2>&1
check 'installing again leaves a disabled service disabled' still_disabled
check 'and stopped' inactive
in_debian systemctl enable --now linklog-trap.socket linklog-syslog.socket linklog-flow.socket linklog-api.socket linklog.service >/dev/null 2>&1
check 'enabled, it runs again' within 15 active

# --- remove, come back, purge
check 'remove' in_debian dpkg -r linklog
check 'nothing runs any more' inactive
check 'and nobody holds a port' sh -c "! grep -E ':(00A2|0202|0807|0259|025A) ' /proc/$leader/net/udp /proc/$leader/net/tcp"
check 'the history stays' history_is_there
check 'the settings stay' test -f "$settings"
files | comm -13 "$work/before" - | grep -vE '^\./var/lib/(private(/linklog(/.*)?)?|linklog)$|^\./var/lib/systemd/|^\./etc/systemd/system/(linklog.*|.*\.wants(/linklog.*)?)$|^\./etc/(group|gshadow)-$' >"$work/left"
check 'and nothing else does' empty "$work/left"
check 'installed again' in_debian dpkg -i /packages/linklog_1.1.0_amd64.deb
check 'it runs' within 15 active
check 'with its history' within 15 counts 2003
check 'removed again' in_debian dpkg -r linklog
check 'its folder is a mount' in_debian sh -ec 'mv /var/lib/private/linklog /root; mkdir /var/lib/private/linklog; mount -t tmpfs none /var/lib/private/linklog; cp -a /root/linklog/. /var/lib/private/linklog; rm -r /root/linklog'
check 'purge' in_debian dpkg -P linklog
check 'the mount is empty' folder_is_empty
in_debian sh -c 'umount /var/lib/private/linklog; rmdir /var/lib/private/linklog'
files | comm -13 "$work/before" - | grep -vE '^\./var/lib/private$|^\./etc/(group|gshadow|passwd|shadow|subuid|subgid)-$|^\./var/lib/systemd/(random-seed|timers|catalog.*|deb-systemd-helper-.*)$' >"$work/left"
check 'no file is left' empty "$work/left"
check 'no group is left' sh -c "! grep -q linklog $root/etc/group"
check 'no unit is left' no_unit

# --- upgrades of a version without flows
check 'an earlier version' in_debian dpkg -i /packages/linklog_0.9.0_amd64.deb
check 'upgrade it' in_debian dpkg -i /packages/linklog_1.1.0_amd64.deb
check 'flows are received, too' within 15 status_says ', listening on UDP ports 162, 514 and 2055,'
check 'the service and its sockets run' active
check 'they start with the computer' in_debian systemctl is-enabled linklog-flow.socket
check 'purge' in_debian dpkg -P linklog
check 'an earlier version' in_debian dpkg -i /packages/linklog_0.9.0_amd64.deb
printf '[listen]\nports = [162, 514]\n' >"$settings"
check 'with ports of the settings' in_debian linklog service restart
check 'upgrade it' in_debian dpkg -i /packages/linklog_1.1.0_amd64.deb
check 'the ports stay those of the settings' within 15 status_says ', listening on UDP ports 162 and 514,'
check 'and nothing is wrong' nothing_is_wrong
check 'nobody has the port of flows' sh -c "! grep -E ':0807 ' /proc/$leader/net/udp"
check 'purge' in_debian dpkg -P linklog
check 'an earlier version' in_debian dpkg -i /packages/linklog_0.9.0_amd64.deb
printf '[listen]\nports = [162, 2055]\n' >"$settings"
check 'with flows by the settings' in_debian linklog service restart
check 'upgrade it' in_debian dpkg -i /packages/linklog_1.1.0_amd64.deb
check 'the ports stay those of the settings' within 15 status_says ', listening on UDP ports 162 and 2055,'
check 'and nothing is wrong' nothing_is_wrong
check 'the port of flows has its own unit' in_debian systemctl is-active linklog-flow.socket
check 'purge' in_debian dpkg -P linklog
check 'an earlier version' in_debian dpkg -i /packages/linklog_0.9.0_amd64.deb
in_debian systemctl disable --now linklog.service linklog-trap.socket linklog-syslog.socket linklog-api.socket >/dev/null 2>&1
check 'upgrading leaves a disabled service disabled' still_disabled
check 'also its new socket' sh -c "! systemctl --root=$root is-enabled linklog-flow.socket"
check 'and stopped' inactive
check 'nobody has the port of flows' sh -c "! grep -E ':0807 ' /proc/$leader/net/udp"
check 'purge' in_debian dpkg -P linklog
files | comm -13 "$work/before" - | grep -vE '^\./var/lib/private$|^\./etc/(group|gshadow|passwd|shadow|subuid|subgid)-$|^\./var/lib/systemd/(random-seed|timers|catalog.*|deb-systemd-helper-.*)$' >"$work/left"
check 'no file is left' empty "$work/left"

# --- the command alone, as from the archive
mkdir "$root/root/linklog-1.1.0"
dpkg-deb --fsys-tarfile "$work/1.1.0/linklog_1.1.0_amd64.deb" | tar -xO ./usr/bin/linklog >"$root/root/linklog-1.1.0/linklog"
chmod +x "$root/root/linklog-1.1.0/linklog"
check './linklog service install' in_debian sh -c 'cd /root/linklog-1.1.0 && ./linklog service install'
check 'the service and its sockets run' active
check 'purge without a terminal wants --yes' purge_asks
check 'and removes nothing' active
check 'with it, it does' in_debian /usr/local/bin/linklog service uninstall --purge --yes
rm -r "$root/root/linklog-1.1.0"
files | comm -13 "$work/before" - | grep -vE '^\./var/lib/private$|^\./etc/(group|gshadow|passwd|shadow|subuid|subgid)-$|^\./var/lib/systemd/(random-seed|timers|catalog.*|deb-systemd-helper-.*)$|^\./etc/sysusers.d$' >"$work/left"
check 'no file is left of it' empty "$work/left"

# --- the app: what it depends on is there and is enough
if [ -n "$app" ]; then
	kill "$nspawn"
	wait "$nspawn" 2>/dev/null
	nspawn=''
	in_debian() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
	cp "$app" "$root/packages/"
	cp /etc/resolv.conf "$root/etc/"
	if in_debian apt-get update >"$work/log" 2>&1; then
		check 'linklog-app: apt finds all it depends on' in_debian apt-get install -y --no-install-recommends \
			"/packages/linklog_1.0.0_amd64.deb" "/packages/linklog-app_1.0.0_amd64.deb"
		check 'linklog-app starts that far' in_debian linklog-app -version
		check 'every library it is linked to is there' sh -c "! chroot $root ldd /usr/bin/linklog-app | grep 'not found'"
		for library in libX11 libXcursor libXrandr libXinerama libXi libXext libXrender libXxf86vm libX11-xcb libGL libEGL libxkbcommon libwayland-client libwayland-cursor libwayland-egl; do
			check "what it opens by name: $library" sh -c "chroot $root ldconfig -p | grep -q '$library\.so\.[0-9]'"
		done
		check 'linklog-app is removed' in_debian apt-get purge -y linklog-app
	else
		echo 'SKIP linklog-app: the package lists of Debian cannot be read (no network?)'
	fi
fi
finish
