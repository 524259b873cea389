package book

import (
	"bytes"
	"net/netip"
	"os"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/book/booktest"
)

// has reports whether one of the files has a text in it.
func (b *bench) has(text string) bool {
	for _, suffix := range []string{"", "-wal", "-journal"} {
		if all, _ := os.ReadFile(b.path + suffix); bytes.Contains(all, []byte(text)) {
			return true
		}
	}
	return false
}

// removal is that of those of whom nothing is left.
func removal(of ...string) *Removal {
	r := &Removal{Seq: func(uint64) bool { return false }, Named: func(_ Ref, name string) bool { return name == "" }}
	gone := make(map[Ref]bool)
	for _, text := range of {
		r.Of = append(r.Of, ParseRef(text))
		gone[ParseRef(text)] = true
	}
	r.Left = func(ref Ref) bool { return !gone[ref] }
	return r
}

// Who is forgotten is in no byte of the file, and comes back as somebody new. An address that two
// devices had stays that of the other.
func TestForget(t *testing.T) {
	const guest, tv = "02:00:5e:10:00:44", "02:00:5e:10:00:22"
	b := newBench(t, Options{})
	b.lease("192.168.1.23", guest, "guest-phone")
	b.see(capture.Out, "192.168.1.23:5", "203.0.113.7:443")
	b.see(capture.Out, "192.168.1.23:5", "203.0.113.8:443")
	b.clock.Advance(time.Hour)
	b.lease("192.168.1.40", guest, "guest-phone")
	b.see(capture.Out, "192.168.1.40:5", "203.0.113.7:443")
	b.clock.Advance(24 * time.Hour)
	b.lease("192.168.1.23", tv, "tv")
	b.see(capture.Out, "192.168.1.23:5", "203.0.113.8:443")
	b.see(capture.Out, "192.168.1.50:5", "203.0.113.9:443") // no log says a hardware address
	b.label("192.168.1.40", "Annas Handy")
	b.label("203.0.113.7", "Klinik")
	if err := b.SetNote(ParseRef("203.0.113.7"), "geheim"); err != nil {
		t.Fatal(err)
	}
	b.SetDNSName(netip.MustParseAddr("203.0.113.7"), "clinic.example")
	b.commit()
	b.label("203.0.113.7", "Praxis") // what is changed is in free room of the file
	gone := []string{guest, "192.168.1.40", "guest-phone", "203.0.113.7", "Annas Handy", "Klinik", "Praxis", "geheim", "clinic.example"}
	for _, text := range gone {
		if !b.has(text) && text != "Klinik" {
			t.Errorf("%q is not in the file before: this test does not look for it", text)
		}
	}
	r := removal(guest, "203.0.113.7")
	if n, err := b.Forget(r, true); err != nil || n != (Forgotten{1, 1}) || !b.has(guest) {
		t.Errorf("dry: %+v, %v", n, err)
	}
	if n, err := b.Forget(r, false); err != nil || n != (Forgotten{1, 1}) {
		t.Errorf("%+v, %v", n, err)
	}
	look := func(when string) {
		t.Helper()
		for _, text := range gone {
			if b.has(text) {
				t.Errorf("%s: %q is still there", when, text)
			}
		}
		mac, _ := capture.ParseMAC(tv)
		if held := b.HeldBy(mac); len(held) != 1 || held[0].Addr != netip.MustParseAddr("192.168.1.23") {
			t.Errorf("%s: the other device had %+v", when, held)
		}
		if c := b.CalledAt(netip.MustParseAddr("192.168.1.23"), b.clock.T.Add(-20*time.Hour).UnixNano()); c.MAC != (capture.MAC{}) || c.Name != "" {
			t.Errorf("%s: before it was that of %+v", when, c)
		}
		if n := len(b.hostList(HostQuery{})); n != 2 || len(b.Devices()) != 2 {
			t.Errorf("%s: %d hosts, %+v", when, n, b.Devices())
		}
		if st := b.Stats(); st.Known != 2 {
			t.Errorf("%s: %+v", when, st)
		}
	}
	look("at once")
	if n, err := b.Forget(r, false); err != nil || n != (Forgotten{}) {
		t.Errorf("again: %+v, %v", n, err)
	}
	b.clock.Advance(time.Minute)
	b.SetDNSName(netip.MustParseAddr("203.0.113.7"), "clinic.example") // an answer that comes late
	b.commit()
	look("later")
	b.crash()
	look("after a crash")
	if n := b.host("203.0.113.8"); n.FirstSeen.After(booktest.NewClock().T) {
		t.Errorf("the host that stays begins at %v", n.FirstSeen)
	}
	if !b.out("203.0.113.7:443") || b.out("203.0.113.8:443") {
		t.Error("who is forgotten is not new, or who stays is")
	}
}

// A host that stays loses the names that only came with what is removed.
func TestForgetNames(t *testing.T) {
	b := newBench(t, Options{})
	for i, name := range []string{"secret.example", "router.example"} {
		b.seq++
		ev := attempt(b.seq, b.clock.T, capture.Out, "192.168.1.10:5", "203.0.113."+string(rune('7'+i))+":443")
		ev.Dst.Name = name
		b.Observe(&ev)
	}
	b.commit()
	r := removal()
	r.Of = []Ref{ParseRef("203.0.113.7"), ParseRef("203.0.113.8")}
	r.Named = func(_ Ref, name string) bool { return name != "secret.example" }
	if n, err := b.Forget(r, false); err != nil || n != (Forgotten{}) {
		t.Errorf("%+v, %v", n, err)
	}
	if b.host("203.0.113.7").Name != "" || b.host("203.0.113.8").Name != "router.example" || b.has("secret") {
		t.Errorf("%+v, %+v", b.host("203.0.113.7"), b.host("203.0.113.8"))
	}
	b.reopen()
	if b.host("203.0.113.7").Name != "" || b.host("203.0.113.8").Name != "router.example" {
		t.Error("after a new start")
	}
}
