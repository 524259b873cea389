package alerts

import (
	"bytes"
	"net/netip"
	"os"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/book"
)

// Whoever is forgotten is in no alert, told or to be told, in nothing that rules know, and on no
// ignore list; others are as before.
func TestForget(t *testing.T) {
	rules := `[[rule]]
builtin = "port-scan"
[[rule]]
builtin = "new-device"
[[rule]]
name = "pairs"
filter = "dir:out"
when = "first for this device and host"
[[rule]]
name = "hosts"
filter = "dir:out"
when = "first for this host"
[[rule]]
name = "quiet"
filter = "dir:out"
quiet = "00:00-23:59"
`
	b := newBench(t, book.Options{}, Options{Rules: rulesOf(t, rules)})
	b.learn()
	phone := capture.MAC{0x02, 0x20, 0x20, 0x20, ' ', 0x20} // with blanks, as keys have between their parts
	b.Sight(&capture.Sighting{Kind: capture.Lease, Addr: netip.MustParseAddr("192.168.1.23"), MAC: phone, Name: "phone", Time: b.clock.T, Router: netip.MustParseAddr("192.168.1.1")})
	for _, to := range []string{"203.0.113.7:443", "203.0.113.71:443"} {
		b.see(capture.Out, "192.168.1.23:50000", to)
		b.see(capture.Out, "192.168.1.10:50000", "203.0.113.9:443")
	}
	for port := range 30 {
		b.see(capture.In, "198.51.100.66:40000", "192.168.1.23:"+string(rune('1'+port%9))+string(rune('0'+port/9)))
	}
	for _, rule := range []string{"ip:203.0.113.7", "mac:02:20:20:20:20:20", "ip:203.0.113.9", "port:123"} {
		if _, err := b.Ignore(rule); err != nil {
			t.Fatal(err)
		}
	}
	b.clock.Advance(time.Minute)
	if err := b.Alerts.Tick(b.clock.T); err != nil {
		t.Fatal(err)
	}
	b.commit()
	count := func(text string) int {
		n := 0
		for _, suffix := range []string{"", "-wal"} {
			all, _ := os.ReadFile(b.path + suffix)
			n += bytes.Count(all, []byte(text))
		}
		return n
	}
	day := Day{"mail", b.clock.T.Add(-time.Hour), b.clock.T}
	b.daily.set("mail", day.Since.UnixNano())
	b.Told(day, Summary{Lines: []string{"New hosts: printer-of-anna"}, Who: []AlertHost{{netip.MustParseAddr("203.0.113.7"), "printer-of-anna"}}})
	b.commit()
	gone := []string{"printer-of-anna", "192.168.1.23", "203.0.113.7", "198.51.100.66", "phone", string(phone[:])}
	for _, text := range gone {
		if count(text) == 0 {
			t.Errorf("%q is not in the file before: this test does not look for it", text)
		}
	}
	before, err := b.After(0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	left := map[book.Ref]bool{}
	r := &book.Removal{
		Seq: func(uint64) bool { return false }, Named: func(book.Ref, string) bool { return true },
		Left: func(ref book.Ref) bool {
			return left[ref] || ref == book.ParseRef("192.168.1.10") || ref == book.ParseRef("203.0.113.9")
		},
		Of: []book.Ref{book.ParseRef("203.0.113.7"), book.ParseRef("203.0.113.71"), book.ParseRef("198.51.100.66"), book.ParseRef(phone.String()), book.ParseRef("192.168.1.10"), book.ParseRef("203.0.113.9")},
	}
	if _, err := b.Store.Forget(r, false); err != nil {
		t.Fatal(err)
	}
	for _, text := range gone {
		if n := count(text); n > 0 {
			t.Errorf("%q is still there, %d times", text, n)
		}
	}
	after, err := b.After(0, 1000)
	if err != nil || len(after) == 0 || len(after) >= len(before) {
		t.Errorf("%d alerts of %d, %v", len(after), len(before), err)
	}
	for _, a := range after {
		if a.Device.IsValid() && a.Device != netip.MustParseAddr("192.168.1.10") {
			t.Errorf("%+v", a)
		}
	}
	if rules := b.Ignores(); len(rules) != 2 || rules[0].Query != "ip:203.0.113.9" || rules[1].Query != "port:123" {
		t.Errorf("%+v", rules)
	}
	if n := count("203.0.113.9"); n == 0 {
		t.Error("the other host went, too")
	}
	b.crash()
	b.see(capture.Out, "192.168.1.23:50000", "203.0.113.7:443")
	b.commit()
	if again, err := b.After(0, 1000); err != nil || len(again) <= len(after) {
		t.Errorf("who was forgotten is not told about as new: %d, %v", len(again), err)
	}
}

// A key is about a device or host that is in it, and not about one with the same beginning.
func TestKeyAbout(t *testing.T) {
	b := newBench(t, book.Options{}, Options{})
	b.see(capture.Out, "192.168.1.2:5", "203.0.113.7:443")
	r := &book.Removal{
		Seq: func(uint64) bool { return false }, Named: func(book.Ref, string) bool { return true }, Left: func(book.Ref) bool { return false },
		Of: []book.Ref{book.ParseRef("192.168.1.2"), book.ParseRef("203.0.113.7"), book.ParseRef("02:20:20:20:20:20"), book.ParseRef("host.example")},
	}
	if _, err := b.Store.Forget(r, true); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]bool{
		"203.0.113.7": true, "203.0.113.71": false, "192.168.1.2 198.51.100.1": true, "192.168.1.21 198.51.100.1": false, "- 203.0.113.7": true, "- =An Owner": false,
		"192.168.1.9 203.0.113.7": true, "\x02      203.0.113.70": true, "\x02      =Owner": true, "\x02\x01\x01\x01\x01\x01 203.0.113.7": true, "\x02\x01\x01\x01\x01\x01 203.0.113.70": false,
		"host.example": true, "ghost.example": false, "192.168.1.9 host.example": true, "": false, " ": false,
	} {
		if got := keyAbout([]byte(key), r); got != want {
			t.Errorf("%q: %v", key, got)
		}
	}
}
