package alerts

import (
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/book"
	"linklog/service/book/booktest"
)

// BenchmarkStream is all there is to do for an event, with a Commit for every 1000:
// a household, where nine of ten events are about 200 hosts; 10,000 known hosts in
// turn, the worst case; and ever new ones.
func BenchmarkStream(b *testing.B) {
	for _, c := range []struct {
		name  string
		delay time.Duration
		few   bool
		fresh bool
	}{{"household", 0, true, false}, {"household, no delay", -1, true, false}, {"known", 0, false, false}, {"new", 0, false, true}} {
		b.Run(c.name, func(b *testing.B) {
			s := filled(b, 10_000, book.Options{Delay: c.delay}, Options{})
			seq := uint64(10_000)
			i := 0
			for b.Loop() {
				seq++
				host := i * 7919 % 10_000
				if c.few && i%10 > 0 {
					host %= 200
				}
				if c.fresh {
					host = 10_000 + i
				}
				ev := knownEvent(seq, host, s.clock.T)
				s.Observe(&ev)
				if i++; i%1000 == 0 {
					s.clock.Advance(50 * time.Millisecond) // 20,000 a second
					if err := s.Commit(seq); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// filled is a Store that knows n hosts.
func filled(t testing.TB, n int, of book.Options, o Options) *bench {
	b := newBench(t, of, o)
	b.open(filepath.Join(booktest.QuickDir(t), "state.db"))
	for i := range n {
		ev := knownEvent(uint64(i+1), i, b.clock.T)
		b.Observe(&ev)
		if i%1000 == 999 {
			b.commit()
		}
	}
	b.seq = uint64(n)
	b.commit()
	return b
}

func knownEvent(seq uint64, host int, at time.Time) capture.Event {
	return capture.Event{
		Seq: seq, Time: at, Router: router, Kind: capture.Traffic, Dir: capture.Out, Proto: capture.TCP,
		Src: capture.Endpoint{Addr: netip.AddrFrom4([4]byte{192, 168, 1, byte(host % 20)}), Port: 50000},
		Dst: capture.Endpoint{Addr: public(host), Port: 443},
	}
}
