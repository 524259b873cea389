package router

import (
	"net/netip"
	"strings"

	"linklog/capture"
	"linklog/capture/syslog"
)

// dnsmasqDHCP reads what dnsmasq says of leases; with log-dhcp the number of the
// transaction stands in front:
//
//	DHCPACK(br-lan) 192.168.1.10 02:00:5e:10:00:22 tv-living
//	DHCPREPLY(br-lan) 2001:db8:1::10 00:01:00:01:2c:8e:… tv-living
//	SLAAC-CONFIRM(br-lan) 2001:db8:1::abcd tv-living
func (r *Reader) dnsmasqDHCP(s *capture.Sighting, message string) bool {
	what, rest := syslog.Word(message)
	numbered := isNumber(what)
	if numbered {
		what, rest = syslog.Word(rest)
	}
	what, _, ok := strings.Cut(what, "(")
	if !ok {
		return numbered // the options of a message, one a line
	}
	switch what {
	case "DHCPACK":
		addr, rest := syslog.Word(rest)
		mac, name := syslog.Word(rest)
		return r.lease(s, addr, mac, name)
	case "DHCPREPLY": // the number of a device (DUID) is not the hardware address of its interface
		addr, rest := syslog.Word(rest)
		_, name := syslog.Word(rest)
		return r.lease(s, addr, "", name)
	case "SLAAC-CONFIRM":
		addr, name := syslog.Word(rest)
		return r.lease(s, addr, "", name)
	case "DHCPDISCOVER", "DHCPOFFER", "DHCPREQUEST", "DHCPINFORM",
		"DHCPSOLICIT", "DHCPADVERTISE", "DHCPRENEW", "DHCPREBIND", "DHCPCONFIRM", "DHCPINFORMATION-REQUEST", "RTR-SOLICIT", "RTR-ADVERT":
		return true
	}
	return false
}

// dnsmasqDNS reads what dnsmasq, and Pi-hole's, say of questions and answers (log-queries):
//
//	query[A] www.example.com from 192.168.1.10
//	forwarded www.example.com to 198.51.100.53
//	reply www.example.com is <CNAME>
//	reply cdn.example.net is 203.0.113.9
//
// With log-queries=extra the number of the question and who asked stand in front of
// each: "42 192.168.1.10/53001 reply www.example.com is 203.0.113.9".
func (r *Reader) dnsmasqDNS(s *capture.Sighting, q *questions, message string) bool {
	verb, rest := syslog.Word(message)
	var client netip.Addr
	numbered := isNumber(verb)
	if numbered {
		var who string
		who, rest = syslog.Word(rest)
		addr, _, _ := strings.Cut(who, "/")
		client, _ = deviceAddress(addr)
		verb, rest = syslog.Word(rest)
	}
	name, rest := syslog.Word(rest)
	joint, value := syslog.Word(rest)
	switch {
	case strings.HasPrefix(verb, "query["):
		if asked, ok := r.domain(name); ok && joint == "from" {
			from, _ := deviceAddress(value)
			q.ask(asked, from)
		}
		return true
	case verb == "reply", verb == "cached", verb == "cached-stale", verb == "config", verb == "DHCP", strings.HasPrefix(verb, "/"):
		if joint != "is" {
			break
		}
		r.dnsmasqAnswer(s, q, name, value, client, verb == "reply")
		return true
	}
	q.last, q.run = question{}, answers{}
	switch verb {
	case "forwarded", "dnssec-query[DS]", "dnssec-query[DNSKEY]", "validation":
		return true
	case "gravity", "exactly", "regex", "special": // Pi-hole answers that there is no such name
		return strings.Contains(rest, " is ")
	}
	return numbered
}

func (r *Reader) dnsmasqAnswer(s *capture.Sighting, q *questions, name, value string, client netip.Addr, waited bool) {
	name, ok := r.domain(name)
	if !ok {
		q.last, q.run = question{}, answers{}
		return
	}
	asked := q.answer(name, client, waited)
	q.run.alias = value == "<CNAME>"
	addr, ok := deviceAddress(value)
	if !ok {
		return
	}
	s.Kind, s.Addr, s.Name, s.Client = capture.Answer, addr, asked.name, asked.client
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
