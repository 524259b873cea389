package book

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"linklog/capture"
)

// had is whose an address was at a time, by the name: "" for nobody.
func (b *bench) had(addr string, at time.Time) string {
	b.t.Helper()
	return b.CalledAt(netip.MustParseAddr(addr), at.UnixNano()).Name
}

// What a device does at once with the address that it got may be logged before its lease: it is
// the device's, also when another one had the address, or when nothing of the device was known.
func TestLeaseLoggedLate(t *testing.T) {
	for _, known := range []bool{true, false} {
		b := newBench(t, Options{})
		lease := func(addr, mac, name string) {
			b.Sight(&capture.Sighting{Kind: capture.Lease, Addr: netip.MustParseAddr(addr), MAC: hardware(t, mac), Name: name, Time: b.clock.T, Router: router})
		}
		uses := func(addr string) time.Time {
			b.shows(capture.Out, addr+":1", web)
			return b.clock.T
		}
		lease("192.168.1.23", tvMAC, "tv")
		uses("192.168.1.23")
		if known {
			lease("192.168.1.40", phoneMAC, "phone")
			uses("192.168.1.40")
		}
		b.clock.Advance(time.Hour)
		before := uses("192.168.1.23")
		b.clock.Advance(time.Second)
		at := uses("192.168.1.23")
		b.clock.Advance(100 * time.Millisecond)
		lease("192.168.1.23", phoneMAC, "phone")
		b.clock.Advance(time.Second)
		after := uses("192.168.1.23")
		for want, when := range map[string][]time.Time{"tv": {before}, "phone": {at, after}} {
			for _, when := range when {
				if got := b.had("192.168.1.23", when); got != want {
					t.Errorf("known: %v: at %v it was %q's, want %q", known, when.Sub(at), got, want)
				}
			}
		}
	}
}

// Who had an address is known for every time, also when it goes from one to another and
// back, over a restart, a crash and a log that is read once more.
func TestWhoHadAnAddress(t *testing.T) {
	b := newBench(t, Options{})
	start := b.clock.T
	hour := func(n float64) time.Time { return start.Add(time.Duration(n * float64(time.Hour))) }
	var told []capture.Sighting
	lease := func(addr, mac, name string) {
		told = append(told, capture.Sighting{Kind: capture.Lease, Addr: netip.MustParseAddr(addr), MAC: hardware(t, mac), Name: name, Time: b.clock.T, Router: router})
		b.Sight(&told[len(told)-1])
		b.shows(capture.Out, addr+":1", web)
		b.clock.Advance(time.Hour)
	}
	lease("192.168.1.23", tvMAC, "tv")       // 0
	lease("192.168.1.40", tvMAC, "tv")       // 1
	lease("192.168.1.23", phoneMAC, "phone") // 2
	lease("192.168.1.40", tvMAC, "tv")       // 3, which changes nothing
	lease("192.168.1.77", phoneMAC, "phone") // 4
	lease("192.168.1.23", tvMAC, "tv")       // 5: back again
	b.shows(capture.Out, "192.168.1.50:1", web)
	b.commit()
	want := map[string]map[float64]string{
		"192.168.1.23": {-1: "tv", 0: "tv", 0.9: "tv", 1: "", 1.9: "", 2: "phone", 3.9: "phone", 4: "", 5: "tv", 9: "tv"},
		"192.168.1.40": {-1: "", 0.9: "", 1: "tv", 4.9: "tv", 5: ""},
		"192.168.1.77": {3.9: "", 4: "phone", 9: "phone"},
		"192.168.1.50": {9: ""},
	}
	check := func(when string) {
		t.Helper()
		for addr, at := range want {
			for n, name := range at {
				if got := b.had(addr, hour(n)); got != name {
					t.Errorf("%s: %s was %q's at %v, want %q", when, addr, got, n, name)
				}
			}
		}
		// EachHolder says the same.
		listed := make(map[string][]capture.Sighting)
		b.EachHolder(func(a netip.Addr, since int64, _ capture.MAC, name string, _ bool) {
			listed[a.String()] = append(listed[a.String()], capture.Sighting{Name: name, Time: time.Unix(0, since)})
		})
		for addr, list := range listed {
			for n, name := range want[addr] {
				got := list[0].Name
				for _, x := range list[1:] {
					if !x.Time.After(hour(n)) {
						got = x.Name
					}
				}
				if got != name {
					t.Errorf("%s: %s is listed as %q's at %v, want %q", when, addr, got, n, name)
				}
			}
		}
		// So does HeldBy.
		for _, x := range []struct{ mac, want string }{
			{tvMAC, "192.168.1.23 5 -, 192.168.1.40 1 5, 192.168.1.23 0 1"},
			{phoneMAC, "192.168.1.77 4 -, 192.168.1.23 2 4"},
			{"02:00:5e:10:00:99", ""},
		} {
			var got []string
			for _, h := range b.HeldBy(hardware(t, x.mac)) {
				until := "-"
				if !h.Until.IsZero() {
					until = fmt.Sprint(h.Until.Sub(start).Round(time.Second).Hours())
				}
				got = append(got, fmt.Sprint(h.Addr, " ", h.From.Sub(start).Round(time.Second).Hours(), " ", until))
			}
			if strings.Join(got, ", ") != x.want {
				t.Errorf("%s: %s had %q", when, x.mac, got)
			}
		}
		if list := b.HeldBy(capture.MAC{}); len(list) > 0 {
			t.Errorf("%s: nobody had %v", when, list)
		}
		if len(listed) != 3 {
			t.Errorf("%s: %d addresses are those of devices", when, len(listed))
		}
	}
	check("at once")
	b.reopen()
	check("from the file")
	b.crash()
	check("after a crash")
	for i := range told { // the spool is read once more
		b.Sight(&told[i])
	}
	check("read again")
	b.label(tvMAC, "Television")
	if got := b.had("192.168.1.40", hour(2)); got != "Television" {
		t.Errorf("what it is called now: %q", got)
	}
	if got := b.had("192.168.1.23", hour(3)); got != "phone" {
		t.Errorf("the other: %q", got)
	}
}

// Two that were seen at the same time are not one, though the address of one, of which no log
// said whose it was, is the other's later; what came from it before is not the other's.
func TestNobodysAddressBefore(t *testing.T) {
	b := newBench(t, Options{})
	b.lease("192.168.1.10", tvMAC, "tv")
	b.shows(capture.Out, "192.168.1.10:1", web)
	b.shows(capture.Out, "192.168.1.12:1", web)
	b.label("192.168.1.12", "Printer")
	b.clock.Advance(time.Hour)
	b.shows(capture.Out, "192.168.1.10:1", web)
	before := b.clock.T
	b.clock.Advance(time.Hour)
	b.lease("192.168.1.12", tvMAC, "tv")
	b.shows(capture.Out, "192.168.1.12:1", web)
	b.commit()
	for range 2 {
		if got := b.had("192.168.1.12", before); got != "Printer" {
			t.Errorf("before: %q", got)
		}
		if got := b.had("192.168.1.12", b.clock.T); got != "tv" {
			t.Errorf("after: %q", got)
		}
		if tv := b.device("tv"); tv.Out != 3 || tv.Label != "" {
			t.Errorf("%+v", tv)
		}
		b.reopen()
	}
}

// A file of an earlier version says who had an address last.
func TestHoldingsOfAnEarlierFile(t *testing.T) {
	b := newBench(t, Options{})
	b.lease("192.168.1.10", tvMAC, "tv")
	b.shows(capture.Out, "192.168.1.10:1", web)
	b.commit()
	before := b.clock.T.Add(-time.Hour)
	if _, err := b.writer.Exec(dropV6 + "DROP TABLE holdings; PRAGMA user_version = 4"); err != nil {
		t.Fatal(err)
	}
	b.reopen()
	b.clock.Advance(time.Hour)
	b.lease("192.168.1.11", tvMAC, "tv")
	b.lease("192.168.1.10", phoneMAC, "phone")
	b.shows(capture.Out, "192.168.1.10:1", web)
	if a, c := b.had("192.168.1.10", before), b.had("192.168.1.10", b.clock.T); a != "tv" || c != "phone" {
		t.Errorf("%q, then %q", a, c)
	}
}

// Lies take the place of lies: neither memory nor what was true is lost to them.
func TestForgedHolders(t *testing.T) {
	b := newBench(t, Options{})
	b.lease("192.168.1.10", tvMAC, "tv")
	b.shows(capture.Out, "192.168.1.10:1", web)
	b.lease("192.168.1.11", phoneMAC, "phone")
	b.shows(capture.Out, "192.168.1.11:1", web)
	true1 := b.clock.T
	b.clock.Advance(24 * time.Hour)
	for i := range 40_000 {
		a := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}).String()
		switch i % 4 {
		case 0:
			b.lease(a, tvMAC, "tv") // away
		case 1:
			b.lease("192.168.1.10", tvMAC, "tv") // and back
		case 2:
			b.lease("192.168.1.10", phoneMAC, "phone")
		case 3:
			b.packet(fmt.Sprintf("2001:db8:0:1::%x", i), tvMAC)
		}
		b.clock.Advance(time.Millisecond)
	}
	b.commit()
	for range 2 {
		if n := len(b.holdings.of); n > maxHeld {
			t.Errorf("%d addresses", n)
		}
		for a, of := range b.holdings.of {
			if len(of.list) > maxHolders {
				t.Errorf("%v had %d", a, len(of.list))
			}
		}
		if tv, phone := b.had("192.168.1.10", true1), b.had("192.168.1.11", true1); tv != "tv" || phone != "phone" {
			t.Errorf("what was true is lost: %q, %q", tv, phone)
		}
		b.reopen()
	}
}
