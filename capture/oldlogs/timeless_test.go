package oldlogs

import (
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"linklog/capture"
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

// A log of a RouterOS that logged no connection is a log all the same.
func TestRouterOSAlone(t *testing.T) {
	r, err := Open(strings.NewReader("system,info,account user admin logged in from 192.168.88.10 via winbox\n"), Options{Location: time.UTC})
	if err != nil || r.Format() != Syslog {
		t.Fatal(err)
	}
}
