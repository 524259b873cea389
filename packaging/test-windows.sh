#!/bin/bash
# Runs setup.exe as far as wine is a Windows: installs, uses, upgrades and removes LinkLog there.
#
#   packaging/test-windows.sh [command]      command: without the app, which takes minutes to build
#
# Wine has no firewall: testdata/netsh.c stands in for netsh.exe and writes down what it is asked. Wine's service manager knows
# the life of a service and little else. Prints a line for each promise; ends with 1 if one is broken, with 77 where this
# computer cannot try.
# shellcheck disable=SC2317 # functions that check and within call
set -u
cd "$(dirname "$0")/.." || exit 1
. packaging/testlib.sh

for tool in wine makensis x86_64-w64-mingw32-gcc; do
	command -v $tool >/dev/null || skip "$tool is missing (Debian: apt-get install wine wine64 nsis gcc-mingw-w64-x86-64)"
done
with_app=yes
if [ "${1-}" = command ]; then
	with_app=no
	export LINKLOG_NO_APP=1
fi
work=$(mktemp -d)
keeper='' screen=''
cleanup() {
	[ -z "$keeper" ] || kill "$keeper" 2>/dev/null
	server=$(command -v wineserver || echo /usr/lib/wine/wineserver64)
	"$server" --kill --wait 2>/dev/null # of this prefix only
	[ -z "$screen" ] || kill "$screen" 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

scripts/go -x service/install/testdata/wine/setup.sh "$work/wine" >"$work/log" 2>&1
case $? in
0) ;;
77) skip "$(cat "$work/log")" ;;
*) fail_now 'set up wine' "$work/log" ;;
esac
export WINEPREFIX=$work/wine/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d;netsh.exe=n'
c=$WINEPREFIX/drive_c
x86_64-w64-mingw32-gcc -municode -O1 -o "$c/windows/system32/netsh.exe" packaging/windows/testdata/netsh.c || fail_now 'build netsh.exe'

# Two versions, each with what lets programs in Go run under wine 8 (see setup.sh).
# A certificate of our own: signing is tried, too.
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=LinkLog test' -addext extendedKeyUsage=codeSigning \
	-keyout "$work/key.pem" -out "$work/cert.pem" >"$work/log" 2>&1 || fail_now 'make a certificate' "$work/log"
for version in 1.0.0 1.1.0; do
	signing=''
	if [ $version = 1.1.0 ] && command -v osslsigncode >/dev/null; then
		signing="LINKLOG_SIGN_CERT=$work/cert.pem LINKLOG_SIGN_KEY=$work/key.pem LINKLOG_SIGN_TIMESTAMP="
	fi
	# shellcheck disable=SC2086 # a list of words
	env $signing LINKLOG_VERSION=$version DIST="$work/$version" \
		GOFLAGS="${GOFLAGS-} -overlay=$work/wine/overlay.json" scripts/dist/build windows >"$work/log" 2>&1 || fail_now "build $version" "$work/log"
done
if command -v osslsigncode >/dev/null; then
	signed() { osslsigncode verify -CAfile "$work/cert.pem" -in "$1" | grep -q 'Succeeded\|Signature verification: ok'; }
	check 'setup.exe is signed' signed "$work/1.1.0/linklog-1.1.0-setup.exe"
	check 'linklog.exe is signed' signed "$work/1.1.0/stage/windows/linklog.exe"
fi
# The strings of the version resource are UTF-16.
has() { iconv -f UTF-16LE -t UTF-8 -c "$1" 2>/dev/null | grep -qaF "$2" || tail -c +2 "$1" | iconv -f UTF-16LE -t UTF-8 -c 2>/dev/null | grep -qaF "$2"; }
for exe in "$work"/1.0.0/stage/windows/*.exe "$work"/1.0.0/*.exe; do
	check "${exe##*/}: version resource" has "$exe" ProductVersion
	check "${exe##*/}: manifest" grep -qa longPathAware "$exe"
done
if [ $with_app = yes ]; then
	check 'linklog-app.exe is no console program' sh -c "x86_64-w64-mingw32-objdump -p $work/1.0.0/stage/windows/linklog-app.exe | grep -q 'Subsystem.*Windows GUI'"
fi

# --- a Windows that runs
if command -v Xvfb >/dev/null; then
	exec 3<>"$work/display"
	Xvfb -displayfd 3 -screen 0 1280x900x24 +extension GLX >/dev/null 2>&1 3>"$work/display" &
	screen=$!
	within 20 test -s "$work/display"
	DISPLAY=:$(cat "$work/display")
	export DISPLAY
	exec 3>&-
else
	unset DISPLAY
fi
# Its output goes to a file: the services that wine starts along the way would keep a pipe open.
win() {
	timeout 180 wine "$@" >"$work/out" 2>"$work/err" </dev/null
	code=$?
	tr -d '\r' <"$work/out"
	tr -d '\r' <"$work/err" >&2
	return $code
}
# Without a program that runs wine ends after some seconds, and its services with it.
sleep infinity | wine cmd >/dev/null 2>&1 &
keeper=$(jobs -p | tail -n 1)

port=$((20000 + $$ % 20000))
program="$c/Program Files/LinkLog"
exe='C:\Program Files\LinkLog\linklog.exe'
uninstall='HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\LinkLog'
run='HKCU\Software\Microsoft\Windows\CurrentVersion\Run'
setup() { win "$work/$1/linklog-$1-setup.exe" /S "${@:2}"; }
registry() { win reg query "$1" /v "$2" | grep -qF -- "$3" || { win reg query "$1"; return 1; }; }
# Wine connects the first client of a pipe to an instance that go-winio only holds to own the name; nobody ever answers him. On
# Windows an instance takes clients only once somebody waits for them.
running() { win sc query LinkLog | grep -q 'STATE .*RUNNING' && { timeout 5 wine "$exe" status >/dev/null 2>&1 </dev/null || true; }; }
no_service() { ! win sc query LinkLog; }
shown() { win "$exe" log --no-dns --limit 100000 >"$work/shown"; [ "$(wc -l <"$work/shown")" = "$1" ]; }
version_is() { win "$exe" version | grep "^linklog $1 "; }
starts() { registry 'HKLM\System\CurrentControlSet\Services\SNMPTRAP' Start "$1"; }
gone() { [ ! -e "$1" ] || { find "$1"; return 1; }; }

# Windows' own service, with another program in it; it starts with the computer.
win sc create SNMPTRAP binPath= 'C:\windows\system32\snmptrap.exe' start= auto >/dev/null
(cd "$c" && find . | grep -viE '^\./(users/[^/]*/temp|windows/temp|netsh)' | sort) >"$work/before"

check 'setup.exe /S' setup 1.0.0 "/PORT=$port"
check 'the service runs' within 20 running
check 'linklog version' version_is 1.0.0
check 'the service is told its port' registry 'HKLM\System\CurrentControlSet\Services\LinkLog' ImagePath "--port $port"
check 'the service runs where it was installed' registry 'HKLM\System\CurrentControlSet\Services\LinkLog' ImagePath "$exe"
check 'a firewall rule is asked for (netsh is ours)' grep -q "add rule .*name=LinkLog .*dir=in action=allow protocol=UDP localport=$port" "$c/netsh.log"
check 'in the list of programs, with its version' registry "$uninstall" DisplayVersion 1.0.0
check 'and its size' registry "$uninstall" EstimatedSize 0x
check 'Start menu' test -n "$(find "$c/ProgramData/Microsoft/Windows/Start Menu" -path '*LinkLog*' -name '*.lnk')"
check '"SNMP Trap" is left alone by /S' starts 0x2
if [ $with_app = yes ]; then
	check 'starts at login' registry "$run" LinkLog -- --hidden
fi
check 'a message is sent' win "$exe" send --to "127.0.0.1:$port" --count 3
check 'linklog log shows it' within 20 shown 3

# --- the app
if [ $with_app = yes ] && [ -n "${DISPLAY-}" ]; then
	command -v xdotool >/dev/null || skip 'xdotool is missing (Debian: apt-get install xdotool)'
	wine 'C:\Program Files\LinkLog\linklog-app.exe' >"$work/app" 2>&1 </dev/null &
	check 'the app shows its window' within 60 xdotool search --onlyvisible --name '^LinkLog$'
fi

# --- upgrade, with service and app running
check 'upgrade' setup 1.1.0 /STOPSNMPTRAP
check 'the service runs' within 20 running
check 'linklog version is the new one' version_is 1.1.0
check 'in the list of programs, too' registry "$uninstall" DisplayVersion 1.1.0
check 'on the port it had' registry 'HKLM\System\CurrentControlSet\Services\LinkLog' ImagePath "--port $port"
check 'the history is kept' within 20 shown 3
check '"SNMP Trap" no longer starts with the computer' starts 0x3
check 'nothing old is left beside it' sh -c "test -z \"\$(find '$program' -name '*.old')\""
if [ $with_app = yes ]; then
	check 'start at login is as it was' registry "$run" LinkLog -- --hidden
	win reg delete "$run" /v LinkLog /f >/dev/null
	check 'upgrade again' setup 1.1.0
	check 'not at login stays not at login' sh -c "! wine reg query '$run' /v LinkLog >/dev/null 2>&1"
	check '/AUTOSTART=1' setup 1.1.0 /AUTOSTART=1
	check 'at login again' registry "$run" LinkLog -- --hidden
fi

# --- uninstall; it works on from a copy of itself after it has come back
check 'uninstall' win 'C:\Program Files\LinkLog\uninstall.exe' /S
check 'it ends' within 60 gone "$program"
check 'no service' no_service
check 'no firewall rule (netsh is ours)' gone "$c/netsh.rule"
check '"SNMP Trap" starts with the computer again' starts 0x2
check 'not in the list of programs' sh -c "! wine reg query '$uninstall' >/dev/null 2>&1"
check 'no start at login' sh -c "! wine reg query '$run' /v LinkLog >/dev/null 2>&1"
left() {
	(cd "$c" && find . | grep -viE '^\./(users/[^/]*/temp|users/[^/]*/appdata/local/temp|windows/temp|netsh)' | sort) | comm -13 "$work/before" - | grep -viE "^\./(${1:-no such file})(/|\$)" >"$work/left"
	empty "$work/left"
}
check 'the history stays' test -n "$(find "$c/ProgramData/LinkLog" -name 'history-*.db')"
check "and what is the user's; nothing else does" within 20 left 'ProgramData/LinkLog|users/[^/]*/AppData/(Local|Roaming)/(LinkLog|fyne)'
check 'installed again' setup 1.1.0 "/PORT=$port"
check 'the service runs' within 20 running
check 'with its history' within 20 shown 3
check 'uninstall /PURGE' win 'C:\Program Files\LinkLog\uninstall.exe' /S /PURGE
check 'it ends' within 60 gone "$program"
check 'nothing is left' within 20 left
finish
