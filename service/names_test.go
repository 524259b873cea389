package service

import (
	"fmt"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"linklog/capture/send"
	"linklog/service/book/dns/dnstest"
	"linklog/service/settings"
)

// An address whose DNS gives another name at each look-up does not fill names.db: it
// keeps the names it had first and last.
func TestNamesThatChange(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many engines: each looks names up anew")
	}
	addr := netip.MustParseAddr("203.0.113.9")
	var asked atomic.Int64
	dns := dnstest.Start(t, func(a netip.Addr) dnstest.Answer {
		if a != addr {
			return dnstest.NXDomain()
		}
		return dnstest.Name(fmt.Sprintf("%s.n%d.example", strings.Repeat("x", 60), asked.Add(1)))
	})
	dir := t.TempDir()
	const starts = 40
	for range starts {
		r := run(t, dir, func(s *settings.Settings) { s.Names.DNS, s.Names.Resolver = true, dns.Addr })
		s, err := send.Dial(t.Context(), fmt.Sprintf("127.0.0.1:%d", r.Intake.Port()), send.Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Send(t.Context(), 1, 0, func(_ int, dst []byte) []byte {
			return send.AppendTrap(dst, &send.Encoding{}, "@in TCP from 203.0.113.9:51234 to 192.168.1.10:80")
		})
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
		want := ""
		eventually(t, "the name is kept", func() bool {
			want = fmt.Sprintf(".n%d.example", asked.Load())
			name, err := r.Engine.History().Name(addr)
			return err == nil && strings.HasSuffix(name, want) && want != ".n0.example"
		})
		if err := r.end(); err != nil {
			t.Fatal(err)
		}
	}
	r := run(t, dir, nil)
	names, err := r.Engine.History().Names(addr)
	if err != nil || len(names) == 0 || len(names) > 32 || asked.Load() < starts {
		t.Fatalf("%d names of %d, %v", len(names), asked.Load(), err)
	}
	if last := names[len(names)-1].Name; !strings.HasSuffix(last, ".n1.example") {
		t.Errorf("the first name, %s, is gone", last)
	}
}
