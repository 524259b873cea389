#!/bin/bash
# Makes a data folder as an earlier build leaves it after a mixed feed and a kill -9, and what that build
# showed of it:
#
#   LINKLOG=path/of/that/build ./make.sh 2026-11.tar.gz
#
# 2026-11 is of commit 3459e43, with 150 events a segment in place of five million, so that there are several.
# Needs curl, jq and dnsmasq; sends to the loopback only.
set -eu
: "${LINKLOG:?which build?}"
out=$(realpath "$1")
work=$(mktemp -d)
data=$work/data shown=$work/shown
port=19162
pid='' dns=''
mkdir -m 700 "$data" "$shown"
trap 'kill $pid $dns 2>/dev/null || true; rm -rf "$work"' EXIT

cat >"$work/hosts" <<-END
	198.51.100.7 late.example
	203.0.113.9 ingest.example
	192.168.1.13 nas.lan
	192.168.1.14 printer.lan
END
dnsmasq --no-daemon --port=15353 --listen-address=127.0.0.1 --bind-interfaces --no-resolv --no-hosts --addn-hosts="$work/hosts" --log-facility=/dev/null 2>/dev/null &
dns=$!
cat >"$data/linklog.toml" <<-END
	# the settings of a house
	[listen]
	port = $port
	address = "127.0.0.1"
	[sources]
	rate = 50
	burst = 150
	[names]
	resolver = "127.0.0.1:15353"
	[hosts]
	learning = "1s"
	ignore = ["port:ntp"]
	[history]
	days = 3650
END
export LINKLOG_SOCKET=$work/socket

start() {
	"$LINKLOG" service run --data-dir "$data" 2>>"$work/log" &
	pid=$!
	for _ in $(seq 100); do
		"$LINKLOG" status >/dev/null 2>&1 && return
		sleep 0.1
	done
	cat "$work/log"
	exit 1
}
send() { "$LINKLOG" send --to 127.0.0.1:$port "$@" 2>/dev/null; }
ask() { curl -fsS --unix-socket "$LINKLOG_SOCKET" "http://linklog$@"; }

start
sleep 1.5 # over is what is learned
forms=$("$LINKLOG" send --list | awk '/^[a-z]/ { print $1 }' | paste -sd,)
send --form "$forms" --count 100 --rate 40
send --snmp 2c --form "$forms" --count 60 --rate 40 --seed 2
send --snmp inform --form new,new-named,icmp --count 9 --rate 40 --seed 3
send --rate 40 '@in TCP from 198.51.100.7:51234 to 192.168.1.10:80' '@out UDP from 192.168.1.13:53001 to dns.example(198.51.100.53):53.' \
	'@out TCP from 192.168.1.14:4000 to 203.0.113.9:8883' '@out UDP from 192.168.1.13:123 to 198.51.100.99:123' 'WAN IP = 198.51.100.178' 'an unknown text: größe'
printf 'this is no SNMP' >/dev/udp/127.0.0.1/$port
printf '0\202\001' >/dev/udp/127.0.0.1/$port
sleep 2
"$LINKLOG" devices name 192.168.1.13 'NAS in the cellar'
"$LINKLOG" devices name 192.168.1.14 Printer
"$LINKLOG" hosts label 203.0.113.9 "The cameras' maker"
"$LINKLOG" hosts ignore '*.example'
send --count 40 --rate 40 --seed 5
"$LINKLOG" hosts seen
kill $pid
wait $pid || true
sleep 2
start                                # a gap: it was not running
send --count 400 --rate 0 --seed 6   # a gap: a source sent too much
sleep 2.5
cat >"$work/1.log" <<-END
	Sep 16 12:00:00 [ in, TCP] 203.0.113.77:4455 -> 192.168.1.10:https
	Sep 16 12:00:01 [out, UDP] nas.lan:5353 -> dns.example:domain
END
cat >"$work/2.log" <<-END
	<4>Mar  3 08:15:00 gw kernel: ACCEPT IN=br0 OUT=vlan2 SRC=192.168.1.10 DST=198.51.100.53 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=1 DF PROTO=UDP SPT=53001 DPT=53 LEN=40
	<4>Mar  3 08:15:02 gw kernel: DROP IN=vlan2 OUT= SRC=203.0.113.5 DST=198.51.100.1 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=1 DF PROTO=TCP SPT=4001 DPT=23 SEQ=1 ACK=0 WINDOW=1 RES=0x00 SYN URGP=0
END
"$LINKLOG" import --router 192.168.1.1 --zone UTC "$work/1.log" "$work/2.log"
ask /v1/alerts/cursor/my-script -X PUT -d "{\"alert\":$(ask '/v1/alerts?limit=1000' | jq '[.alerts[].id] | sort | .[1]')}"
ask /v1/mute -X PUT -d '{"until":"2027-01-01T00:00:00Z"}'
send --count 30 --rate 40 --seed 7
sleep 2

# What it shows. A later start adds a gap behind the last event.
last=$(ask /v1/hello | jq .last)
before="before=$((last + 1))"
until="until=$(date -u +%Y-%m-%dT%H:%M:%SZ)"
number=0
show() {
	number=$((number + 1))
	ask "$1" >"$shown/$number"
	echo "$number $1" >>"$shown/requests"
}
for request in "/v1/events?limit=0&order=oldest&$before" '/v1/events?limit=0&order=oldest&from=imported' "/v1/events?limit=0&order=oldest&from=all&$until" \
	"/v1/events?limit=0&order=newest&$before&filter=dst:203.*%20dir:out" "/v1/events?limit=0&order=newest&$before&filter=host:cdn*.example" \
	"/v1/events?limit=0&order=newest&$before&filter=text:ready" "/v1/events?limit=0&order=newest&$before&filter=new:yes" \
	'/v1/hosts?limit=0&order=address' '/v1/hosts?limit=0&order=address&new=true' /v1/devices '/v1/alerts?limit=1000' /v1/ignore \
	/v1/alerts/cursor/my-script "/v1/groups?by=remote&$before" "/v1/groups?by=reason,kind&$before" "/v1/groups?by=direction,dest_port&$before" \
	"/v1/count?filter=dir:in&$before" /v1/names/198.51.100.7 /v1/settings; do
	show "$request"
done
kill -9 $pid # as it lies, with what was not moved from the spool and the logs of SQLite
wait $pid 2>/dev/null || true
tar -czf "$out" --owner=0 --group=0 -C "$work" data shown
