package alerts

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"linklog/capture"
	"linklog/format/services"
	"linklog/service/book"
	"linklog/service/book/booktest"
	"linklog/service/leaktest"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // messages say the time by the clock of this computer
	if path := os.Getenv(childEnv); path != "" {
		child(path)
		return
	}
	os.Exit(leaktest.Main(m))
}

var (
	public  = booktest.Public
	attempt = booktest.Attempt
	router  = booktest.Router
)

// bench is a book and its alerts with a clock, and makes events for them.
type bench struct {
	t testing.TB
	*book.Store
	*Alerts
	clock *booktest.Clock
	path  string
	of    book.Options
	o     Options
	seq   uint64
	lives int
}

func newBench(t testing.TB, of book.Options, o Options) *bench {
	t.Helper()
	b := &bench{t: t, clock: booktest.NewClock()}
	of.Now = b.clock.Now
	if o.NameWait == 0 {
		o.NameWait = -1 // most tests have no DNS
	}
	if o.Services == nil {
		o.Services = services.IANA()
	}
	of.Services = o.Services
	b.of, b.o = of, o
	b.open(filepath.Join(t.TempDir(), "state.db"))
	return b
}

func (b *bench) open(path string) {
	b.t.Helper()
	if err := b.tryOpen(path); err != nil {
		b.t.Fatal(err)
	}
	s := b.Store
	b.t.Cleanup(func() { s.Close() })
}

func (b *bench) tryOpen(path string) (err error) {
	b.path = path
	b.Store, b.Alerts, err = Open(path, b.of, b.o)
	return err
}

// crash opens the file again as it is without what was not written.
func (b *bench) crash() {
	b.t.Helper()
	if err := b.tryCrash(); err != nil {
		b.t.Fatal(err)
	}
	s := b.Store
	b.t.Cleanup(func() { s.Close() })
}

func (b *bench) tryCrash() error {
	b.lives++
	left := fmt.Sprintf("%s.%d", b.path, b.lives)
	for _, suffix := range []string{"", "-wal"} {
		data, err := os.ReadFile(b.path + suffix)
		if err == nil {
			err = os.WriteFile(left+suffix, data, 0o600)
		}
		if err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	_ = b.Close() // what it writes goes into the file that nobody opens any more
	return b.tryOpen(left)
}

func (b *bench) reopen() {
	b.t.Helper()
	if err := b.Close(); err != nil {
		b.t.Fatal(err)
	}
	b.open(b.path)
}

// see shows an attempt of now to the book and tells whether it is New.
func (b *bench) see(dir capture.Direction, src, dst string) bool {
	b.t.Helper()
	ev := b.event(dir, src, dst)
	b.Observe(&ev)
	return ev.New
}

func (b *bench) out(dst string) bool { return b.see(capture.Out, "192.168.1.10:50000", dst) }
func (b *bench) in(src string) bool  { return b.see(capture.In, src, "192.168.1.10:80") }

func (b *bench) event(dir capture.Direction, src, dst string) capture.Event {
	b.seq++
	return attempt(b.seq, b.clock.T, dir, src, dst)
}

func (b *bench) wanIs(addr string) {
	b.seq++
	ev := booktest.WAN(b.seq, b.clock.T, addr)
	b.Observe(&ev)
}

// tick moves the clock and does what is due.
func (b *bench) tick(d time.Duration) {
	b.t.Helper()
	b.clock.Advance(d)
	if err := b.Tick(b.clock.T); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) commit() {
	b.t.Helper()
	if err := b.Commit(b.seq); err != nil {
		b.t.Fatal(err)
	}
}

// alerts gives all alerts, after what is due now.
func (b *bench) alerts() []Alert {
	b.t.Helper()
	b.commit()
	b.tick(0)
	list, err := b.After(0, -1)
	if err != nil {
		b.t.Fatal(err)
	}
	return list
}

func (b *bench) hostList(q book.HostQuery) []book.Host {
	b.t.Helper()
	list, err := b.Hosts(q)
	if err != nil {
		b.t.Fatal(err)
	}
	return list
}

func (b *bench) host(r string) book.Host {
	b.t.Helper()
	h, ok, err := b.Host(book.ParseRef(r))
	if err != nil || !ok {
		b.t.Fatalf("%s: %v, %v", r, ok, err)
	}
	return h
}
