package book

import (
	"testing"
	"time"

	"linklog/capture"
)

// Hosts that were not seen for long are in no byte of the file any more, but for those that the
// user wrote something about.
func TestAged(t *testing.T) {
	b := newBench(t, Options{})
	for _, host := range []string{"203.0.113.7:443", "203.0.113.8:443", "203.0.113.9:443"} {
		b.out(host)
	}
	b.label("203.0.113.8", "Bank")
	b.clock.Advance(100 * 24 * time.Hour)
	b.out("203.0.113.9:443")
	b.out("203.0.113.10:443")
	b.commit()
	r, err := b.Aged(b.clock.T.Add(-90 * 24 * time.Hour))
	if err != nil || len(r.Of) != 1 || r.Of[0] != ParseRef("203.0.113.7") {
		t.Fatalf("%+v, %v", r, err)
	}
	if n, err := b.Forget(r, false); err != nil || n != (Forgotten{Hosts: 1}) || b.has("203.0.113.7") {
		t.Errorf("%+v, %v", n, err)
	}
	if n := len(b.hostList(HostQuery{})); n != 3 || len(b.Devices()) != 1 {
		t.Errorf("%d hosts, %+v", n, b.Devices())
	}
	if !b.out("203.0.113.7:443") || b.see(capture.Out, "192.168.1.10:50000", "203.0.113.8:443") {
		t.Error("who was forgotten is not new, or who was not is")
	}
}
