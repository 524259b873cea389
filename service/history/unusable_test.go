package history

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linklog/service/datafile"
	"linklog/service/sqlite"
)

// inItsPlace puts a folder where a file was, and gives a function that undoes that.
func inItsPlace(t *testing.T, path string) (back func()) {
	t.Helper()
	if err := errors.Join(os.Rename(path, path+".away"), os.Mkdir(path, 0o700)); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if err := errors.Join(os.Remove(path), os.Rename(path+".away", path)); err != nil {
			t.Fatal(err)
		}
	}
}

// A file that cannot be used is left alone and told; the others are read, new events
// go on in another, and when it can be used again all is there, each event once.
func TestUnusable(t *testing.T) {
	for _, test := range []struct {
		number, first, last int // which file, and what is in it
		blind               bool
	}{{1, 1, 1000, false}, {2, 1001, 2000, false}, {3, 2001, 2500, true}} {
		t.Run(fmt.Sprint("file ", test.number), func(t *testing.T) {
			dir := t.TempDir()
			o := Options{SegmentRows: 1000, unsafe: true}
			h := mustOpen(t, dir, o)
			mustAppend(t, h, attempts(1, 2500))
			settle(t, h)
			if err := h.Close(); err != nil {
				t.Fatal(err)
			}
			back := inItsPlace(t, filepath.Join(dir, fmt.Sprintf("history-2026-11-%06d.db", test.number)))

			h = mustOpen(t, dir, o)
			r := h.Report()
			if len(r.Refused) != 1 || len(r.Damaged)+len(r.Missing) > 0 || !strings.Contains(r.Refused[0].Err.Error(), "is a folder, not a file") {
				t.Fatalf("%+v", r)
			}
			rest := append(attempts(1, test.first-1), attempts(test.last+1, 2500)...)
			same(t, "the others", all(t, h, Query{OldestFirst: true}), rest)
			if h.Blind() != test.blind {
				t.Errorf("blind: %v", h.Blind())
			}
			from := 2501
			if test.blind { // what is elsewhere says that some are stored, not how many
				h.Assume(2400)
				from = 2401
			}
			if h.LastSeq() != uint64(from-1) {
				t.Errorf("LastSeq %d, want %d", h.LastSeq(), from-1)
			}
			mustAppend(t, h, attempts(1, 2000)) // as after a crash: nothing is stored twice
			mustAppend(t, h, attempts(from, 2600))
			if test.number == 2 { // between two others
				mustAppend(t, h, attempts(1500, 1600))
			}
			settle(t, h)
			if err := h.Close(); err != nil {
				t.Fatal(err)
			}

			back()
			for range 2 { // the second time there is nothing left to do
				h = mustOpen(t, dir, o)
				same(t, "all", all(t, h, Query{OldestFirst: true}), attempts(1, 2600))
				if r := h.Report(); len(r.Refused)+len(r.Damaged)+len(r.Missing) > 0 {
					t.Errorf("%+v", r)
				}
				settle(t, h)
				same(t, "all, sealed", all(t, h, Query{}), reversed(attempts(1, 2600)))
				if err := h.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// The same with the only file, which most homes have for a month.
func TestUnusableOnlyFile(t *testing.T) {
	dir := t.TempDir()
	h := mustOpen(t, dir, Options{})
	mustAppend(t, h, attempts(1, 100))
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	back := inItsPlace(t, filepath.Join(dir, "history-2026-11-000001.db"))
	h = mustOpen(t, dir, Options{})
	if !h.Blind() || h.LastSeq() != 0 {
		t.Errorf("blind %v, LastSeq %d", h.Blind(), h.LastSeq())
	}
	mustAppend(t, h, attempts(91, 120)) // of which some were stored
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h = mustOpen(t, dir, Options{}) // still
	if h.Blind() || len(h.Report().Missing) > 0 {
		t.Errorf("%+v", h.Report())
	}
	same(t, "new ones", all(t, h, Query{OldestFirst: true}), attempts(91, 120))
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	back()
	h = mustOpen(t, dir, Options{})
	same(t, "all", all(t, h, Query{OldestFirst: true}), attempts(1, 120))
}

// Events of the same Seq that are not the same are left where they are.
func TestDoublesOfOthers(t *testing.T) {
	dir := t.TempDir()
	h := mustOpen(t, dir, Options{SegmentRows: 100, unsafe: true})
	mustAppend(t, h, attempts(1, 150))
	settle(t, h)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := sqlite.Open(filepath.Join(dir, "history-2026-11-000002.db"), false, 0, sqlite.Usual)
	if err != nil {
		t.Fatal(err)
	}
	// As if it were another history's.
	if err := errors.Join(c.Exec("UPDATE log SET seq = seq - 50, time = time + 1"), c.Close()); err != nil {
		t.Fatal(err)
	}
	h = mustOpen(t, dir, Options{SegmentRows: 100, unsafe: true})
	if n := len(all(t, h, Query{})); n != 150 {
		t.Errorf("%d events, want 150", n)
	}
}

// What is needed to begin with is an error, all else is not.
func TestUnusableOthers(t *testing.T) {
	addr := attempt(1).Src.Addr
	for _, test := range []struct {
		name   string
		starts bool
	}{{"lock", false}, {"names.db", true}, {"names.db-wal", true}, {"history-2026-11-000001.db-wal", true}, {"history-2026-11-000001.db-journal", true}} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			h := mustOpen(t, dir, Options{})
			mustAppend(t, h, attempts(1, 100))
			if err := errors.Join(h.SetName(addr, "one.example", start), h.Close()); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, test.name)
			if err := os.WriteFile(path, nil, 0o600); err != nil && !errors.Is(err, os.ErrExist) {
				t.Fatal(err)
			}
			inItsPlace(t, path)
			h, err := Open(dir, Options{})
			var cannot *datafile.Error
			if !test.starts {
				if !errors.As(err, &cannot) || cannot.Path != path {
					t.Fatal(err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer h.Close()
			r := h.Report()
			if len(r.Refused)+len(r.Damaged) != 1 {
				t.Fatalf("%+v", r)
			}
			mustAppend(t, h, attempts(101, 110))
			if err := h.SetName(addr, "two.example", start); err != nil {
				t.Fatal(err)
			}
			if name, err := h.Name(addr); name == "" || err != nil {
				t.Errorf("%q, %v", name, err)
			}
		})
	}
}

// An address that has a new name at each look-up keeps the first ones and the last,
// and names in all no more than their part of the history's size.
func TestNamesAreBounded(t *testing.T) {
	takesLong(t)
	dir := t.TempDir()
	h := mustOpen(t, dir, Options{unsafe: true})
	addr := attempt(1).Src.Addr
	const n = 500
	for i := range n {
		if err := h.SetName(addr, fmt.Sprintf("n%d.example", i), start.Add(time.Duration(i)*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	names, err := h.Names(addr)
	if err != nil || len(names) != firstNames+lastNames {
		t.Fatalf("%d names, %v", len(names), err)
	}
	if names[0].Name != "n499.example" || names[lastNames-1].Name != fmt.Sprintf("n%d.example", n-lastNames) || names[lastNames].Name != "n7.example" || names[len(names)-1].Name != "n0.example" {
		t.Errorf("%+v", names)
	}
	if name, err := h.Name(addr); name != "n499.example" || err != nil {
		t.Error(name, err)
	}

	const limit = 8 << 20
	mustAppend(t, h, attempts(1, 100))
	if _, err := h.Trim(time.Time{}, limit); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 60) + "." + strings.Repeat("y", 60)
	for i := range 20_000 {
		if err := h.SetName(netip.AddrFrom4([4]byte{11, byte(i >> 8), byte(i), 1}), fmt.Sprintf("%s.n%d.example", long, i), start.Add(time.Duration(1000+i)*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "names.db")
	for deadline := time.Now().Add(2 * time.Minute); size(t, path) > limit/8+(256<<10); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("names take %d bytes", size(t, path))
		}
		h.nudge()
	}
	if n := sqlite.Bytes(path); n > limit/8+(2<<20) {
		t.Errorf("names take %d bytes with their log", n)
	}
	last := netip.AddrFrom4([4]byte{11, 19_999 >> 8, 19_999 & 255, 1})
	if name, err := h.Name(last); !strings.HasSuffix(name, ".n19999.example") || err != nil {
		t.Errorf("the last name is %q, %v", name, err)
	}
}

// A file of an earlier version, which never forgot a name, becomes small, and does not
// cost the history its events meanwhile.
func TestOldNamesShrink(t *testing.T) {
	takesLong(t)
	dir := t.TempDir()
	h := mustOpen(t, dir, Options{SegmentRows: 100, unsafe: true})
	mustAppend(t, h, attempts(1, 350))
	settle(t, h)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "names.db")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	c, err := sqlite.Open(path, true, 0, sqlite.Usual)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF"); err != nil {
		t.Fatal(err)
	}
	for i, step := range namesMigrations() {
		if err := c.Exec(step + fmt.Sprintf("; PRAGMA application_id = %d; PRAGMA user_version = %d", namesID, i+1)); err != nil {
			t.Fatal(err)
		}
	}
	addr := attempt(1).Src.Addr
	err = c.Exec(`WITH RECURSIVE s(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM s WHERE value < 150000)
		INSERT INTO names SELECT CASE WHEN value % 3 = 0 THEN ?1 ELSE printf('11.%d.%d.%d', value >> 16, value >> 8 & 255, value & 255) END,
		printf('%0200d.example', value), 1000 + value, 1000 + value FROM s`, addr.String())
	if err := errors.Join(err, c.Close()); err != nil {
		t.Fatal(err)
	}
	before := sqlite.Bytes(path)
	if before < 30<<20 {
		t.Fatalf("%d bytes are not many", before)
	}

	begun := time.Now()
	h = mustOpen(t, dir, Options{SegmentRows: 100, unsafe: true})
	t.Logf("%d bytes of names, opened in %v", before, time.Since(begun))
	const limit = 32 << 20
	if removed, err := h.Trim(time.Time{}, limit); len(removed) > 0 || err != nil {
		t.Errorf("names cost %d files, %v", len(removed), err)
	}
	deadline := time.Now().Add(3 * time.Minute)
	for sqlite.Bytes(path) > limit/8+(1<<20) && time.Now().Before(deadline) {
		h.nudge()
		if name, err := h.Name(addr); name != fmt.Sprintf("%0200d.example", 150_000) || err != nil {
			t.Fatal(name, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
	if n := sqlite.Bytes(path); n > limit/8+(1<<20) {
		t.Errorf("%d bytes of names are left", n)
	}
	t.Logf("%d bytes after %v", sqlite.Bytes(path), time.Since(begun))
	names, err := h.Names(addr)
	if err != nil || len(names) == 0 || len(names) > firstNames+lastNames || names[0].Last.UnixNano() != 151_000 {
		t.Errorf("%d names, %v", len(names), err)
	}
	if n := len(all(t, h, Query{})); n != 350 {
		t.Errorf("%d events", n)
	}
}
