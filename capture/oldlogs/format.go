package oldlogs

import "strings"

// Format is a form of logs.
type Format uint8

// The formats. What is known of them is in the catalogue of messages; where a
// program's source was to be had, its comment says so.
const (
	// LinkLog is the default template of LinkLog, the original (Perl, 2014) and
	// this one: no year, names or addresses, services or ports. The lines of
	// system messages that this LinkLog writes are read as well.
	LinkLog Format = iota + 1

	// JSON is what format.AppendJSON writes, an event a line, or "journalctl -o json".
	JSON

	// CSV is what format.AppendCSV writes, with its header row or without.
	CSV

	// Linksysmon is the log of linksysmon (Wohlgemuth, 2002; its source): tab
	// separated, times with a number that counts within the second.
	Linksysmon

	// TrapLogger is the comma separated log of traplogger.
	TrapLogger

	// WallWatcher is the tab separated log of WallWatcher for Windows.
	WallWatcher

	// Snmptrapd is the log of Net-SNMP's and UCD-SNMP's snmptrapd, also of
	// several lines a trap (snmptrapd 5.9 was run to see).
	Snmptrapd

	// Syslog is a system log with lines of linksysd, snmptrapd, or any of the dialects
	// of package router in it.
	Syslog

	// DShield is the log that DShield's client for Linksys routers kept: tab separated,
	// with a zone.
	DShield

	// WindowsFirewall is pfirewall.log of Windows: columns that a line "#Fields:" names.
	WindowsFirewall

	// Pcap is a capture in the form of libpcap (draft-ietf-opsawg-pcap).
	Pcap

	// PcapNG is a capture in the newer form of Wireshark
	// (draft-ietf-opsawg-pcapng).
	PcapNG
)

// FormatInfo tells people about a format.
type FormatInfo struct {
	Format      Format
	Name        string // one word, as a flag takes it
	Description string // a few words in English
	Example     string // lines of it; empty for captures
}

// Formats lists all formats in the order in which to show them.
func Formats() []FormatInfo {
	return []FormatInfo{
		{LinkLog, "linklog", "LinkLog's own lines (default template)",
			"Sep 16 12:00:00 [ in, TCP] scan.example:51234 -> 192.168.1.10:http"},
		{JSON, "json", "LinkLog's JSON lines",
			`{"seq":7,"time":"2025-09-16T10:00:00Z","kind":"traffic","router":"192.168.1.1","direction":"in","protocol":"TCP",` +
				`"src_ip":"203.0.113.9","src_port":51234,"dst_ip":"192.168.1.10","dst_port":80}`},
		{CSV, "csv", "LinkLog's CSV",
			"seq,time,kind,router,direction,protocol,src_ip,src_host,src_port,src_service,dst_ip,dst_host,dst_port,dst_service,new,text,reason,raw,since,lost\n" +
				"7,2025-09-16T10:00:00Z,traffic,192.168.1.1,in,TCP,203.0.113.9,,51234,,192.168.1.10,,80,http,,,,,,"},
		{Linksysmon, "linksysmon", "linksysmon (tab separated)",
			"192.168.1.1\t2003-01-16\t23:29:58-0\tin\t203.0.113.9\t51234\t192.168.1.10\t80\n" +
				"192.168.1.1\t2003-01-16\t23:30:00-0\tsystem\tWAN IP = 203.0.113.7"},
		{TrapLogger, "traplogger", "traplogger (comma separated)",
			"2003-01-16 23:29:58,in,203.0.113.9,51234,192.168.1.10,80"},
		{WallWatcher, "wallwatcher", "WallWatcher (tab separated)",
			"2003/01/16\t23:29:58\tI\tTCP\t203.0.113.9\tscan.example\t51234\t192.168.1.10\t80"},
		{Snmptrapd, "snmptrapd", "snmptrapd of Net-SNMP and UCD-SNMP",
			"2003-01-16 23:29:58 192.168.1.1 [192.168.1.1] (via UDP: [192.168.1.1]:1025) TRAP, SNMP v1, community public\n" +
				"\tSNMPv2-SMI::enterprises.3955.1.1.0 Enterprise Specific Trap (1) Uptime: 0:00:00.10\n" +
				"\tSNMPv2-SMI::enterprises.3955.1.1.0 = STRING: \"@in TCP from 203.0.113.9:51234 to 192.168.1.10:80\"\n" +
				`192.168.1.1 2003-01-16 23:29:59 enterprises.3955.1.1.0 = "@in 203.0.113.9 51234 192.168.1.10 80."`},
		{Syslog, "syslog", "system logs: linksysd, ASUS, OpenWrt, DD-WRT, Tomato, UniFi, EdgeOS, pfSense, OPNsense, MikroTik, Zyxel, DrayTek, LANCOM, D-Link, Netgear, Cisco …",
			"Jan 16 23:29:58 host linksysd: [192.168.1.1] @in UDP from 203.0.113.9:51234 to 192.168.1.10:53\n" +
				"Jan 16 23:29:58 192.168.1.1 kernel: [42.1] ACCEPT IN=br0 OUT=vlan2 SRC=192.168.1.10 DST=198.51.100.53 LEN=60 PROTO=UDP SPT=53001 DPT=53 LEN=40\n" +
				"Jan 16 23:29:58 di604 Unrecognized attempt blocked from 203.0.113.147:1986 to 198.51.100.40 UDP:2463\n" +
				"Jan 16 23:29:58 smc Unrecognized access from 203.0.113.221:137 to UDP port 137\n" +
				"Jan 16 23:29:58 rt314 IP[Src=203.0.113.23   Dst=192.168.0.5 TCP spo=02248  dpo=00080]}S05>R01nN>R02nF\n" +
				"Jan 16 23:29:58 vigor Open port: 203.0.113.163:43465 -> 192.168.100.3:80 (TCP) Web"},
		{DShield, "dshield", "DShield's log of Linksys routers (tab separated)",
			"2001-12-28 10:11:12 -05:00\t0\t1\t203.0.113.9\t51234\t198.51.100.40\t80\tTCP"},
		{WindowsFirewall, "winfw", "Windows Firewall's pfirewall.log",
			"#Fields: date time action protocol src-ip dst-ip src-port dst-port size tcpflags tcpsyn tcpack tcpwin icmptype icmpcode info path\n" +
				"2026-03-09 14:35:22 ALLOW TCP 192.168.1.10 203.0.113.1 53249 443 0 - 0 0 0 - - - SEND"},
		{Pcap, "pcap", "captures of UDP ports 162 and 514 by tcpdump and the like", ""},
		{PcapNG, "pcapng", "captures of UDP ports 162 and 514 by Wireshark and the like", ""},
	}
}

// String gives the format's name, "empty" for 0.
func (f Format) String() string {
	for _, info := range Formats() {
		if info.Format == f {
			return info.Name
		}
	}
	return "empty"
}

// ParseFormat finds a format by its name, whatever the case.
func ParseFormat(name string) (Format, bool) {
	for _, info := range Formats() {
		if strings.EqualFold(info.Name, name) {
			return info.Format, true
		}
	}
	return 0, false
}
