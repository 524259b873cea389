package view

import (
	"fmt"
	"net/netip"
	"sort"
	"time"

	"linklog/capture"
)

// list is a Source whose rows are added and dropped at both ends.
type list struct {
	events []capture.Event
	base   int64 // the id of the first
	every  int64 // distance of ids; 0: 1
	away   int   // rows that are not here, from the first
}

func (l *list) step() int64    { return max(l.every, 1) }
func (l *list) Len() int       { return len(l.events) }
func (l *list) ID(i int) int64 { return l.base + int64(i)*l.step() }
func (l *list) Find(id int64) int {
	return sort.Search(len(l.events), func(i int) bool { return l.ID(i) >= id })
}
func (l *list) Event(i int, ev *capture.Event) bool {
	if i < l.away {
		*ev = capture.Event{}
		return false
	}
	*ev = l.events[i]
	return true
}

func (l *list) add(events ...capture.Event) { l.events = append(l.events, events...) }

func (l *list) drop(n int) {
	l.events = l.events[n:]
	l.base += int64(n) * l.step()
}

func (l *list) prepend(events ...capture.Event) {
	l.events = append(append([]capture.Event(nil), events...), l.events...)
	l.base -= int64(len(events)) * l.step()
}

type services struct{}

func (services) Name(port uint16, proto capture.Protocol) string {
	return map[uint16]string{443: "https", 80: "http", 123: "ntp", 53: "domain", 22: "ssh", 3389: "ms-wbt-server", 8883: "secure-mqtt"}[port]
}

func ip(s string) netip.Addr { return netip.MustParseAddr(s) }

var start = time.Date(2024, 11, 23, 20, 14, 3, 0, time.UTC)

// evening makes n events like those of an evening in a household.
func evening(n int) []capture.Event {
	home := []capture.Endpoint{
		{Addr: ip("192.168.1.12"), Name: "NAS"}, {Addr: ip("192.168.1.33")}, {Addr: ip("192.168.1.10"), Name: "Anna's laptop"},
		{Addr: ip("192.168.1.21"), Name: "Ben's phone"}, {Addr: ip("192.168.1.15"), Name: "Living-room TV"}, {Addr: ip("192.168.1.40"), Name: "Doorbell"},
	}
	far := []capture.Endpoint{
		{Addr: ip("34.120.195.249"), Name: "ingest.sentry.io", Port: 8883}, {Addr: ip("17.253.57.203"), Name: "time.apple.com", Port: 123},
		{Addr: ip("185.199.108.153"), Name: "cdn-185-199-108-153.github.com", Port: 443}, {Addr: ip("52.216.8.27"), Name: "s3-1.amazonaws.com", Port: 443},
		{Addr: ip("104.18.32.7"), Port: 443}, {Addr: ip("198.51.100.53"), Name: "dns.example", Port: 53}, {Addr: ip("93.184.215.14"), Name: "example.com", Port: 80},
		{Addr: ip("2001:db8:85a3::8a2e:370:7334"), Name: "edge.example.net", Port: 443},
	}
	scan := capture.Endpoint{Addr: ip("203.0.113.77"), Name: "scan-07.research.example"}
	events := make([]capture.Event, n)
	for i := range events {
		ev := &events[i]
		*ev = capture.Event{Seq: uint64(i + 1), Time: start.Add(time.Duration(i) * 1500 * time.Millisecond), Router: ip("192.168.1.1"), Kind: capture.Traffic, Dir: capture.Out, Proto: capture.TCP}
		ev.Src, ev.Dst = home[i*7%len(home)], far[i*5%len(far)]
		ev.Src.Port = uint16(31582 + i*7919%30000)
		if p := ev.Dst.Port; p == 123 || p == 53 {
			ev.Proto = capture.UDP
		}
		switch i % 25 {
		case 9, 10, 21:
			ev.Dir, ev.Src, ev.Dst = capture.In, scan, home[0]
			ev.Src.Port, ev.Dst.Port = uint16(48358+i), []uint16{22, 3389}[i%2]
			ev.New = i == 9
		case 17:
			ev.New = i < 50
		case 13:
			*ev = capture.Event{Seq: ev.Seq, Time: ev.Time, Router: ev.Router, Kind: capture.System, Text: "System started, firmware 2.00.17"}
		case 14:
			*ev = capture.Event{Seq: ev.Seq, Time: ev.Time, Router: ev.Router, Kind: capture.WAN, Text: "WAN IP = 203.0.113.7", Dst: capture.Endpoint{Addr: ip("203.0.113.7")}}
		case 15:
			*ev = capture.Event{Seq: ev.Seq, Time: ev.Time, Router: ev.Router, Kind: capture.Other, Reason: capture.BadTraffic, Text: "@in TCP from"}
		case 16:
			*ev = capture.Event{Seq: ev.Seq, Time: ev.Time, Kind: capture.Gap, Since: ev.Time.Add(-time.Minute), Lost: 23, Text: "The service was not running from 20:13 to 20:14."}
		}
	}
	return events
}

func named(n int) capture.Event {
	ev := evening(1)[0]
	ev.Src.Name = fmt.Sprint("host-", n)
	return ev
}
