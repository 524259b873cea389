#!/bin/sh
# Makes a wine prefix in which programs written in Go run:  testdata/wine/setup.sh FOLDER
#
#   FOLDER/prefix        WINEPREFIX for wine
#   FOLDER/overlay.json  for go build -overlay, where the program listens on UDP
#
# Ends with 77 and says why where wine or the C compiler for Windows is missing
# (Debian: apt-get install wine wine64 gcc-mingw-w64-x86-64).
set -eu
dir=$1
for tool in wine x86_64-w64-mingw32-gcc; do
	command -v $tool >/dev/null 2>&1 || { echo "$tool is not installed" >&2; exit 77; }
done
mkdir -p "$dir"

# Wine 8 lacks bcryptprimitives.dll, from which Go takes its random numbers.
cat >"$dir/random.c" <<'C'
__declspec(dllimport) unsigned char __stdcall SystemFunction036(void *, unsigned long);
__declspec(dllexport) int ProcessPrng(unsigned char *p, unsigned long long n) { return SystemFunction036(p, (unsigned long)n); }
C
x86_64-w64-mingw32-gcc -shared -o "$dir/bcryptprimitives.dll" "$dir/random.c" -ladvapi32

# No windows, no .NET and browser to install.
export WINEPREFIX="$dir/prefix" WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d'
unset DISPLAY WAYLAND_DISPLAY
wine wineboot --init >"$dir/wineboot.log" 2>&1 </dev/null || { cat "$dir/wineboot.log" >&2; exit 1; }
# Wine 8 gives itself out for Windows 7, which neither Go nor LinkLog's setup takes.
wine winecfg -v win10 >>"$dir/wineboot.log" 2>&1 </dev/null || { cat "$dir/wineboot.log" >&2; exit 1; }
system="$WINEPREFIX/drive_c/windows/system32"
test -e "$system/bcryptprimitives.dll" || cp "$dir/bcryptprimitives.dll" "$system/"

# The server goes on for some seconds, and a program that starts just then meets two service managers.
server=$(command -v wineserver || echo /usr/lib/wine/wineserver64)
"$server" --wait

# What wine 8 does not know and Go takes for an error: SIO_UDP_NETRESET (then Go gives a UDP socket up), and removing a
# file by its handle the new way (STATUS_NOT_IMPLEMENTED). The copies of Go's files do not ask, or do it the old way.
src=$(go env GOROOT)/src
awk '/windows\.SIO_UDP_NETRESET/ { sub(/err = .*/, "_ = windows.SIO_UDP_NETRESET; err = nil") } { print }' \
	"$src/net/fd_windows.go" >"$dir/fd_windows.go"
awk '{ sub(/case STATUS_INVALID_INFO_CLASS,/, "case NTStatus(0xC0000002), STATUS_INVALID_INFO_CLASS,"); print }' \
	"$src/internal/syscall/windows/at_windows.go" >"$dir/at_windows.go"
cat >"$dir/overlay.json" <<JSON
{"Replace": {
	"$src/net/fd_windows.go": "$dir/fd_windows.go",
	"$src/internal/syscall/windows/at_windows.go": "$dir/at_windows.go"
}}
JSON
