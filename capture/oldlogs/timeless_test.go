package oldlogs

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/capturetest"
)

// Leases without a time, among lines that have one, are leases of the time of the line before.
func TestTimelessLease(t *testing.T) {
	at := time.Date(2026, 11, 28, 6, 42, 10, 0, time.UTC)
	const log = "Nov 28 06:42:10 gw kernel: DROP IN=eth0 OUT= SRC=203.0.113.9 DST=198.51.100.7 LEN=40 PROTO=TCP SPT=1001 DPT=23 SYN\n" +
		"dhcp,info dhcp1 assigned 192.168.88.10 for 02:00:5E:10:00:22 tv-living\n" +
		"info: no date here\n"
	r, err := Open(strings.NewReader(log), Options{Location: time.UTC, Now: at.Add(24 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	mac, _ := capture.ParseMAC("02:00:5e:10:00:22")
	want := capture.Sighting{Time: at, Kind: capture.Lease, MAC: mac, Addr: netip.MustParseAddr("192.168.88.10"), Name: "tv-living"}
	var got []capture.Sighting
	broken := 0
	for {
		ev, err := r.Next()
		var line *LineError
		if err == io.EOF {
			break
		}
		if errors.As(err, &line) && !line.Foreign {
			broken++
		}
		if s, found := r.Sighting(&ev); found {
			got = append(got, s)
		}
	}
	if len(got) != 1 || got[0] != want || broken != 1 {
		t.Errorf("%+v, want %+v; %d broken", got, want, broken)
	}
}

// With Options.System, messages of the system are events as they are when they are received: what
// says who is who is none, and neither is a text without a time where all have one.
func TestSystem(t *testing.T) {
	const log = "Nov 28 06:42:09 gw kernel: eth0: link up\n" +
		"Nov 28 06:42:10 gw kernel: DROP IN=eth0 OUT= SRC=203.0.113.9 DST=198.51.100.7 LEN=40 PROTO=TCP SPT=1001 DPT=23 SYN\n" +
		"Nov 28 06:42:11 gw dnsmasq-dhcp[9]: DHCPACK(br0) 192.168.1.10 02:00:5e:10:00:22 tv-living\n" +
		"Nov 28 06:42:12 gw dnsmasq[9]: query[A] www.example.com from 192.168.1.10\n" +
		"Nov 28 06:42:13 gw dnsmasq[9]: reply www.example.com is 203.0.113.9\n" +
		"Nov 28 06:42:14 gw fw: refused TCP 203.0.113.9/51234 => 198.51.100.7/23\n" +
		"Nov 28 06:42:15 gw sshd[7]: Invalid user \x1b[31m from 203.0.113.9\n" +
		"Nov 28 06:42:16 gw last message repeated 5 times\n" +
		"info: no date here\n" +
		"system,info,account user admin logged in\n"
	for system, want := range map[bool][]string{
		true: {`06:42:09 system "kernel: eth0: link up"`, `06:42:10 traffic "DROP"`, "06:42:11 lease tv-living", "06:42:13 answer www.example.com 192.168.1.10",
			"line 6: traffic message of an unknown form", "line 9: no date and time at the beginning", `06:42:16 system "system,info,account user admin logged in"`},
		false: {`06:42:10 traffic "DROP"`, "06:42:11 lease tv-living", "06:42:13 answer www.example.com 192.168.1.10",
			"line 6: traffic message of an unknown form", "line 9: no date and time at the beginning"},
	} {
		r, err := Open(strings.NewReader(log), Options{Location: time.UTC, Now: time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC), System: system})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for {
			ev, err := r.Next()
			if err == io.EOF {
				break
			}
			var line *LineError
			switch {
			case err == nil:
				capturetest.Check(t, &ev)
				got = append(got, fmt.Sprintf("%s %v %q", ev.Time.Format(time.TimeOnly), ev.Kind, ev.Text))
			case errors.As(err, &line) && !line.Foreign:
				got = append(got, fmt.Sprintf("line %d: %v", line.Line, line.Reason))
			}
			if s, found := r.Sighting(&ev); found && s.Kind == capture.Answer {
				got = append(got, fmt.Sprintf("%s answer %s %v", s.Time.Format(time.TimeOnly), s.Name, s.Client))
			} else if found && s.Kind == capture.Lease {
				got = append(got, fmt.Sprintf("%s lease %s", s.Time.Format(time.TimeOnly), s.Name))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("system %v:\n got %s\nwant %s", system, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
		}
	}
}

// A log of a RouterOS that logged no connection is a log all the same.
func TestRouterOSAlone(t *testing.T) {
	r, err := Open(strings.NewReader("system,info,account user admin logged in from 192.168.88.10 via winbox\n"), Options{Location: time.UTC})
	if err != nil || r.Format() != Syslog {
		t.Fatal(err)
	}
}
