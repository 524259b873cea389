package book

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"time"

	"linklog/capture"
	"linklog/format/services"
	"linklog/service/book/booktest"
	"linklog/service/leaktest"
)

func TestMain(m *testing.M) { os.Exit(leaktest.Main(m)) }

var (
	public   = booktest.Public
	attempt  = booktest.Attempt
	end      = booktest.End
	router   = booktest.Router
	quickDir = booktest.QuickDir
)

// quiet is shown what is new, and tells nobody.
type quiet struct {
	Access
	met      int
	ignoring func(*capture.Event) bool
}

func (q *quiet) Attach(a Access) error { q.Access = a; return nil }
func (q *quiet) Met(*NewHost)          { q.met++ }
func (q *quiet) Pending(*NewHost)      {}
func (q *quiet) Answered(Ref)          {}
func (q *quiet) Moved()                {}
func (q *quiet) Joined(int64)          {}
func (q *quiet) Happened(*capture.Event, *capture.Endpoint, *capture.Endpoint) {
}
func (q *quiet) Take() (func(*sql.Tx) error, func(bool), error) {
	return func(*sql.Tx) error { return nil }, func(bool) {}, nil
}
func (q *quiet) Forget(*Removal) func(*sql.Tx) error { return func(*sql.Tx) error { return nil } }
func (q *quiet) Ignore(query string) (string, error) { return query, nil }
func (q *quiet) Ignoring() func(*capture.Event) bool { return q.ignoring }

// bench is a Store with a clock, and makes events for it.
type bench struct {
	t testing.TB
	*Store
	quiet *quiet
	clock *booktest.Clock
	o     Options
	seq   uint64
}

func newBench(t testing.TB, o Options) *bench {
	t.Helper()
	b := &bench{t: t, clock: booktest.NewClock(), quiet: &quiet{}}
	o.Now = b.clock.Now
	o.Alerts = b.quiet
	if o.Services == nil {
		o.Services = services.IANA()
	}
	b.o = o
	b.open(filepath.Join(t.TempDir(), "state.db"))
	return b
}

func (b *bench) open(path string) {
	b.t.Helper()
	s, err := Open(path, b.o)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { s.Close() })
	b.Store = s
}

// crash opens the file again as it is without what was not written.
func (b *bench) crash() {
	b.t.Helper()
	b.writing.Lock()
	if !b.shut {
		b.shut = true
		b.closeFiles()
	}
	b.writing.Unlock()
	b.open(b.path)
}

func (b *bench) reopen() {
	b.t.Helper()
	if err := b.Close(); err != nil {
		b.t.Fatal(err)
	}
	b.open(b.path)
}

// see shows an attempt of now to the Store and tells whether it is New.
func (b *bench) see(dir capture.Direction, src, dst string) bool {
	b.t.Helper()
	b.seq++
	ev := attempt(b.seq, b.clock.T, dir, src, dst)
	b.Observe(&ev)
	return ev.New
}

func (b *bench) out(dst string) bool { return b.see(capture.Out, "192.168.1.10:50000", dst) }
func (b *bench) in(src string) bool  { return b.see(capture.In, src, "192.168.1.10:80") }

func (b *bench) wanIs(addr string) {
	b.seq++
	ev := booktest.WAN(b.seq, b.clock.T, addr)
	b.Observe(&ev)
}

func (b *bench) commit() {
	b.t.Helper()
	if err := b.Commit(b.seq); err != nil {
		b.t.Fatal(err)
	}
}

// tick moves the clock and writes what is due.
func (b *bench) tick(d time.Duration) {
	b.t.Helper()
	b.clock.Advance(d)
	if err := b.quiet.Write(b.clock.T); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) label(a, name string) {
	b.t.Helper()
	if err := b.SetLabel(ParseRef(a), name); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) hostList(q HostQuery) []Host {
	b.t.Helper()
	list, err := b.Hosts(q)
	if err != nil {
		b.t.Fatal(err)
	}
	return list
}

func (b *bench) host(r string) Host {
	b.t.Helper()
	h, ok, err := b.Host(ParseRef(r))
	if err != nil || !ok {
		b.t.Fatalf("%s: %v, %v", r, ok, err)
	}
	return h
}

// dropV6 takes out of a file what schemaV6 put into it.
const dropV6 = `DROP TABLE rules; DROP TABLE met; DROP TABLE undelivered; ALTER TABLE cursors DROP COLUMN begun;
	ALTER TABLE alerts DROP COLUMN rule; ALTER TABLE alerts DROP COLUMN outlets; ALTER TABLE alerts DROP COLUMN message; ALTER TABLE alerts DROP COLUMN verdict; `
