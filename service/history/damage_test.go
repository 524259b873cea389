package history

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/sqlite"
)

// copyDir copies the files of a folder, companions and all.
func copyDir(t testing.TB, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

func overwrite(t testing.TB, path string, offset int64, n int) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte(strings.Repeat("\xa5", n)), offset); err != nil {
		t.Fatal(err)
	}
}

func size(t testing.TB, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// A damaged file is set aside, whatever it was that happened to it; the rest can
// be read, what is missing is known, and storing it again fills the hole.
func TestDamage(t *testing.T) {
	takesLong(t)
	master := t.TempDir()
	h, err := Open(master, Options{SegmentRows: 20_000, unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	events := attempts(1, 50_000)
	mustAppend(t, h, events)
	settle(t, h)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		number int
		damage func(t *testing.T, path string)
		first  uint64
		last   uint64
		check  bool // only reading it through finds it
	}{
		{"oldest cut off", 1, func(t *testing.T, p string) { os.Truncate(p, size(t, p)/2) }, 1, 20_000, false},
		{"middle cut off by a page", 2, func(t *testing.T, p string) { os.Truncate(p, size(t, p)-4096) }, 20_001, 40_000, false},
		{"newest cut off", 3, func(t *testing.T, p string) { os.Truncate(p, size(t, p)/2) }, 40_001, 0, false},
		{"emptied", 2, func(t *testing.T, p string) { os.Truncate(p, 0) }, 20_001, 40_000, false},
		{"header", 2, func(t *testing.T, p string) { overwrite(t, p, 0, 100) }, 20_001, 40_000, false},
		{"schema", 3, func(t *testing.T, p string) { overwrite(t, p, 100, 3000) }, 40_001, 0, false},
		{"last rows", 2, func(t *testing.T, p string) { overwrite(t, p, size(t, p)/4096*4096/2, int(size(t, p)/4096*4096/2)) }, 20_001, 40_000, false},
		{"a page inside", 1, func(t *testing.T, p string) { overwrite(t, p, size(t, p)/8192*4096, 4096) }, 1, 20_000, true},
		{"another program's", 2, func(t *testing.T, p string) { overwrite(t, p, 68, 4) }, 20_001, 40_000, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel() // each waits for the pause after a hole was filled
			dir := copyDir(t, master)
			names, err := filepath.Glob(filepath.Join(dir, "history-*-00000"+string(rune('0'+test.number))+".db"))
			if err != nil || len(names) != 1 {
				t.Fatal(names, err)
			}
			test.damage(t, names[0])
			h := mustOpen(t, dir, Options{SegmentRows: 20_000, unsafe: true})
			if test.check {
				if err := h.Check(context.Background()); err != nil {
					t.Fatal(err)
				}
			}
			r := h.Report()
			if len(r.Damaged) != 1 {
				t.Fatalf("report: %+v", r)
			}
			d := r.Damaged[0]
			if !errors.Is(d.Err, sqlite.ErrDamaged) || d.First != test.first || d.Last != test.last {
				t.Errorf("damage: %+v", d)
			}
			if size(t, filepath.Join(dir, d.File)) == 0 && test.name != "emptied" {
				t.Error("the damaged file was not kept")
			}
			last := d.Last
			if last == 0 {
				last = 50_000
			}
			same(t, "what is left", all(t, h, Query{OldestFirst: true}), append(append([]capture.Event(nil), events[:d.First-1]...), events[last:]...))
			mustAppend(t, h, events)
			settle(t, h)
			same(t, "filled again", all(t, h, Query{OldestFirst: true}), events)
			mustAppend(t, h, attempts(50_001, 50_010))
		})
	}
}

// The WAL holds what was stored since the last checkpoint; what comes before the
// damage in it is kept, and LastSeq says from where on to store again.
func TestDamagedWAL(t *testing.T) {
	dir := t.TempDir()
	h := mustOpen(t, dir, Options{})
	for n := 1; n <= 2000; n += 100 {
		mustAppend(t, h, attempts(n, n+99))
	}
	for _, test := range []struct {
		name   string
		damage func(t *testing.T, p string)
	}{
		{"cut off", func(t *testing.T, p string) { os.Truncate(p, size(t, p)/2) }},
		{"overwritten", func(t *testing.T, p string) { overwrite(t, p, size(t, p)/2, 5000) }},
		{"header", func(t *testing.T, p string) { overwrite(t, p, 0, 32) }},
		{"gone", func(t *testing.T, p string) { os.Remove(p) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			crashed := copyDir(t, dir) // as if the machine had stopped here
			test.damage(t, filepath.Join(crashed, "history-2026-11-000001.db-wal"))
			os.Remove(filepath.Join(crashed, "history-2026-11-000001.db-shm"))
			h := mustOpen(t, crashed, Options{})
			last := int(h.LastSeq())
			if last >= 2000 {
				t.Errorf("last is %d", last)
			}
			same(t, "what is left", all(t, h, Query{OldestFirst: true}), attempts(1, last))
			mustAppend(t, h, attempts(last+1, 2100))
			same(t, "stored again", all(t, h, Query{OldestFirst: true}), attempts(1, 2100))
			if err := h.Check(context.Background()); err != nil || len(h.Report().Damaged) > 1 {
				t.Errorf("%v, %+v", err, h.Report())
			}
		})
	}
}

// A file that is damaged while it is written is set aside, and writing goes on.
func TestDamageWhileOpen(t *testing.T) {
	takesLong(t)
	dir := t.TempDir()
	var mu sync.Mutex
	var heard []Damage
	h := mustOpen(t, dir, Options{Damaged: func(d Damage) {
		mu.Lock()
		defer mu.Unlock()
		heard = append(heard, d)
	}})
	mustAppend(t, h, attempts(1, 30_000))
	settle(t, h)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	// Not found at Open: the page is in the dictionary's index.
	h = mustOpen(t, dir, h.o)
	path := filepath.Join(dir, "history-2026-11-000001.db")
	overwrite(t, path, 2*4096, 10*4096) // at once: it is set aside as soon as it is read
	next := 30_001
	for ; next < 40_000; next += 1000 {
		events := attempts(next, next+999)
		for i := range events {
			events[i].Dst.Name = "host-" + time.Duration(events[i].Seq).String() // a new one each
		}
		mustAppend(t, h, events)
	}
	if err := h.Check(context.Background()); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(heard) == 0 || heard[0].First != 1 {
		t.Errorf("heard of %+v", heard)
	}
	mustAppend(t, h, attempts(40_001, 40_010))
	same(t, "afterwards", all(t, h, Query{OldestFirst: true, After: 40_000}), attempts(40_001, 40_010))
}

// The oldest file is missed, unless Trim removed it.
func TestOldestMissing(t *testing.T) {
	master := t.TempDir()
	h, err := Open(master, Options{SegmentRows: 1000})
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, h, attempts(1, 4500))
	settle(t, h)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	trimmed := func(kept time.Duration) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			h, err := Open(dir, Options{SegmentRows: 1000})
			if err != nil {
				t.Fatal(err)
			}
			if removed, err := h.Trim(start.Add(4500*time.Second-kept), 0); len(removed) != 1 || err != nil {
				t.Fatal(removed, err)
			}
			if err := h.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	trim := trimmed(3000 * time.Second)
	remove := func(file string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			found, err := filepath.Glob(filepath.Join(dir, file))
			if err != nil || len(found) == 0 {
				t.Fatal(file, found, err)
			}
			for _, path := range found {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	// As before there was a table for it.
	older := func(t *testing.T, dir string) {
		c, err := sqlite.Open(filepath.Join(dir, "names.db"), true, 0, sqlite.Usual)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(c.Exec("DROP TABLE oldest"), c.Exec("PRAGMA user_version = 1"), c.Close()); err != nil {
			t.Fatal(err)
		}
	}
	opened := func(t *testing.T, dir string) {
		h, err := Open(dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
	}
	first, second := remove("history-*-000001.db*"), remove("history-*-000002.db*")
	type steps []func(t *testing.T, dir string)
	for _, test := range []struct {
		name  string
		steps steps
		want  []Hole
	}{
		{"nothing", nil, nil},
		{"trimmed", steps{trim}, nil},
		{"removed", steps{first}, []Hole{{1, 1000}}},
		{"two removed", steps{first, second}, []Hole{{1, 2000}}},
		{"first and third removed", steps{first, remove("history-*-000003.db*")}, []Hole{{1, 1000}, {2001, 3000}}},
		{"trimmed, then removed", steps{trim, second}, []Hole{{1001, 2000}}},
		{"removed, then trimmed", steps{first, trimmed(2000 * time.Second)}, nil},
		{"older", steps{trim, older}, nil},
		{"older, then removed", steps{trim, older, opened, second}, []Hole{{1001, 2000}}},
		{"not known any more", steps{first, remove("names.db*")}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := copyDir(t, master)
			for _, step := range test.steps {
				step(t, dir)
			}
			for range 2 {
				h, err := Open(dir, Options{})
				if err != nil {
					t.Fatal(err)
				}
				if got := h.Report().Missing; !slices.Equal(got, test.want) {
					t.Errorf("missing: %v, want %v", got, test.want)
				}
				if err := h.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	// It is stored again where it was.
	dir := copyDir(t, master)
	first(t, dir)
	h = mustOpen(t, dir, Options{})
	mustAppend(t, h, attempts(1, 4500))
	same(t, "stored again", all(t, h, Query{OldestFirst: true}), attempts(1, 4500))
}

func TestNewer(t *testing.T) {
	dir := t.TempDir()
	o := Options{migrations: append(migrations(), "CREATE TABLE future (x)"), SegmentRows: 100}
	h := mustOpen(t, dir, o)
	mustAppend(t, h, attempts(1, 150))
	settle(t, h)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "history-2026-11-000002.db")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	h = mustOpen(t, dir, Options{})
	r := h.Report()
	if len(r.Refused) != 2 || !errors.Is(r.Refused[0].Err, sqlite.ErrNewer) || len(r.Damaged) != 0 {
		t.Errorf("report: %+v", r)
	}
	if h.LastSeq() != 150 {
		t.Errorf("last is %d: its Seqs would be given out again", h.LastSeq())
	}
	mustAppend(t, h, attempts(151, 160))
	if got := h.Segments(); len(got) != 1 || got[0].File != "history-2026-11-000003.db" {
		t.Errorf("segments: %+v", got)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("the newer file was changed, %v", err)
	}
}

// A file of the first version, as it is in testdata, can be read by a later one.
func TestMigration(t *testing.T) {
	dir := t.TempDir()
	name := "history-2026-11-000001.db"
	in, err := os.Open(filepath.Join("testdata", "v1", name))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	out.Close()
	o := Options{migrations: []string{segmentV1, segmentV2, segmentV3, segmentV4, segmentV5, "ALTER TABLE log ADD COLUMN extra INTEGER; CREATE TABLE more (x)"}}
	for range 2 { // the second time there is nothing to do
		h, err := Open(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "events", all(t, h, Query{OldestFirst: true}), attempts(1, 100))
		if v, _, err := h.segments[0].version(); v != 6 || err != nil {
			t.Errorf("version %d, %v", v, err)
		}
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
	}
	// A step that fails leaves the file as it was, unused.
	o.migrations = append(o.migrations, "CREATE TABLE third (x); SELECT * FROM nowhere")
	h, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	if r := h.Report().Refused; len(r) != 1 || h.LastSeq() != 100 || h.Blind() {
		t.Errorf("a failing step was passed over: %+v", r)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h = mustOpen(t, dir, Options{migrations: o.migrations[:6]})
	mustAppend(t, h, attempts(101, 110))
	same(t, "events", all(t, h, Query{OldestFirst: true}), attempts(1, 110))
}

// version reads the version of the file.
func (seg *segment) version() (v int64, ok bool, err error) {
	c, err := sqlite.Open(seg.path, false, 0, sqlite.Usual)
	if err != nil {
		return 0, false, err
	}
	defer c.Close()
	return c.Int("PRAGMA user_version")
}

// TestUpgradeInterrupted ends the process within each step of an upgrade, as kill -9 does: the next start goes on
// from there, and loses nothing.
func TestUpgradeInterrupted(t *testing.T) {
	const name = "history-2026-11-000001.db"
	for n := 1; n < len(migrations()); n++ {
		was, dir := t.TempDir(), t.TempDir()
		if err := os.CopyFS(was, os.DirFS(filepath.Join("testdata", "v1"))); err != nil {
			t.Fatal(err)
		}
		c, err := sqlite.Open(filepath.Join(was, name), true, 0, sqlite.Usual)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Exec("PRAGMA journal_mode = WAL; PRAGMA cache_spill = 1; PRAGMA cache_size = 1"); err != nil {
			t.Fatal(err)
		}
		if err := sqlite.Migrate(c, segmentID, migrations()[:n]); err != nil {
			t.Fatal(err)
		}
		killed := errors.New("killed")
		if err := c.Transaction(func() error {
			if err := c.Exec(migrations()[n]); err != nil {
				return err
			}
			if err := os.CopyFS(dir, os.DirFS(was)); err != nil {
				return err
			}
			return killed
		}); !errors.Is(err, killed) {
			t.Fatal(err)
		}
		c.Close()
		h := mustOpen(t, dir, Options{})
		same(t, "events", all(t, h, Query{OldestFirst: true}), attempts(1, 100))
		if err := h.AddLater(t.Context(), []Later{{Seq: 101, Of: 50, Src: capture.Volume{Bytes: 7, Packets: 1}}}); err != nil {
			t.Fatal(err)
		}
		want := attempts(1, 100)
		want[49].Src.Sent = capture.Volume{Bytes: 7, Packets: 1}
		same(t, "events with what was sent", all(t, h, Query{OldestFirst: true}), want)
		if v, _, err := h.segments[0].version(); v != int64(len(migrations())) || err != nil {
			t.Errorf("within step %d: version %d, %v", n, v, err)
		}
	}
}
