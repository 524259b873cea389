package router

import (
	"strings"

	"linklog/capture/syslog"
)

// unbound knows what unbound logs of each question (log-queries, log-replies,
// log-local-actions): who asked for what, but not what the answer was, so that nobody
// learns a name from it.
//
//	[3310:0] info: 192.168.1.10 www.example.com. A IN
//	[3310:0] info: 192.168.1.10 www.example.com. A IN NOERROR 0.012 0 60
//	[3310:0] info: ads.example. always_nxdomain 192.168.1.10@32771 ads.example. A IN
func unbound(message string) bool {
	_, rest, ok := strings.Cut(message, "info: ")
	if !ok {
		return false
	}
	client, rest := syslog.Word(rest)
	if strings.HasSuffix(client, ".") {
		_, rest = syslog.Word(rest)
		client, rest = syslog.Word(rest)
		client, _, _ = strings.Cut(client, "@")
	}
	name, rest := syslog.Word(rest)
	_, rest = syslog.Word(rest)
	class, _ := syslog.Word(rest)
	_, ok = deviceAddress(client)
	return ok && strings.HasSuffix(name, ".") && class == "IN"
}
