package router

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"linklog/capture"
	"linklog/capture/syslog"
)

// mikrotikNames reads what RouterOS says of leases and, with the topic dns, of questions
// and answers; its topics may stand in front:
//
//	dhcp,info defconf assigned 192.168.88.10 for 02:00:5E:10:00:22 tv-living
//	dns query from 192.168.88.10: #22433118 www.example.com. A
//	dns done query: #22433118 www.example.com 203.0.113.9
func (r *Reader) mikrotikNames(s *capture.Sighting, router netip.Addr, at time.Time, message string) bool {
	word, rest := syslog.Word(message)
	if strings.HasPrefix(word, "dhcp,") || strings.HasPrefix(word, "dns,") {
		word, rest = syslog.Word(rest)
	}
	if word == "dns" {
		return r.mikrotikDNS(s, r.asked.of(router, at), rest)
	}
	what, rest := syslog.Word(rest)
	if what != "assigned" {
		return false
	}
	addr, rest := syslog.Word(rest)
	joint, rest := syslog.Word(rest)
	mac, name := syslog.Word(rest)
	return (joint == "for" || joint == "to") && r.lease(s, addr, mac, name)
}

func (r *Reader) mikrotikDNS(s *capture.Sighting, q *questions, message string) bool {
	before, rest, ok := strings.Cut(message, ": #")
	if !ok {
		return false
	}
	number, rest := syslog.Word(rest)
	n, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		return false
	}
	name, rest := syslog.Word(rest)
	name, ok = r.domain(name)
	if from, found := strings.CutPrefix(before, "query from "); found {
		if client, found := deviceAddress(from); found && ok {
			q.byNumber[n] = question{name: name, client: client}
		}
		return true
	}
	if before != "done query" {
		return before == "local query"
	}
	value, _ := syslog.Word(rest)
	addr, found := deviceAddress(value)
	if !ok || !found {
		return true
	}
	asked, known := q.byNumber[n]
	if !known {
		if asked, known = q.oldByNumber[n]; !known {
			asked = question{name: name}
		}
	}
	s.Kind, s.Addr, s.Name, s.Client = capture.Answer, addr, asked.name, asked.client
	return true
}

// RouterOS reports whether a message is one of RouterOS, which may have no time: it begins with its
// topics and how serious it is, as "system,info,account", or tells of a question to DNS.
func RouterOS(message string) bool {
	word, rest := syslog.Word(message)
	if word == "dns" {
		return strings.Contains(rest, ": #")
	}
	serious, parts := false, 0
	for part := range strings.SplitSeq(word, ",") {
		if parts++; part == "" || len(part) > 16 || strings.Trim(part, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
		switch part {
		case "info", "warning", "error", "critical", "debug", "packet", "raw":
			serious = true
		}
	}
	return serious && parts > 1 && rest != ""
}
