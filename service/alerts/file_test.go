package alerts

import (
	"database/sql"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/book"
	"linklog/service/book/booktest"
	"linklog/service/sqlite"
)

// TestMigration opens a file as version 1 left it (testdata/v1.sql) and finds all in
// it. A new version gets a file of its own here, and this one stays.
func TestMigration(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "v1.sql"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "state.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(string(text)); err != nil {
		t.Fatal(err)
	}
	db.Close()
	b := newBench(t, book.Options{}, Options{})
	b.open(path)
	if r := b.Report(); r.SetAside != "" || r.Created {
		t.Errorf("%+v", r)
	}
	if b.Committed() != 12 || b.Stats().Known != 2 || b.Stats().Forgotten != 3 || len(b.waiting) != 1 {
		t.Errorf("%d, %+v", b.Committed(), b.Stats())
	}
	h := b.host("203.0.113.9")
	if h.Name != "Bank" || h.RouterName != "web.example" || h.Out != 7 || h.In != 1 || len(h.Ports) != 2 || h.Ports[0].Port != 443 || len(h.Devices) != 1 || h.Devices[0].Name != "laptop" || h.New {
		t.Errorf("%+v", h)
	}
	if d := b.Devices(); len(d) != 1 || d[0].Hosts != 2 {
		t.Errorf("%+v", d)
	}
	b.seq = 12
	b.expect("new-host 203.0.113.9(web.example), new-hosts 6/1")
	b.tick(awayQuiet) // the one that waited belongs to a break by now
	b.expect("new-host 203.0.113.9(web.example), new-hosts 6/1, new-host 198.51.100.7")
	// What was to be told later is kept with the rule about it from now on, and told once.
	b.commit()
	var held string
	if err := b.at.Each(func(rows *sql.Rows) error { return rows.Scan(&held) }, "SELECT coalescing FROM state"); err != nil || held != heldByRule {
		t.Errorf("%q, %v", held, err)
	}
	b.reopen()
	b.tick(window)
	b.expect("new-host 203.0.113.9(web.example), new-hosts 6/1, new-host 198.51.100.7")
	b.wanIs("198.51.100.120")
	b.wanIs("198.51.100.121")
	if list := b.alerts(); list[3].Kind != WANChange || list[3].OldAddr.String() != "198.51.100.120" {
		t.Errorf("%+v", list[3])
	}
	if r := b.Ignores(); len(r) != 1 || r[0].Query != "port:123" {
		t.Errorf("%+v", r)
	}
	if id, ok, err := b.Cursor("on_alert"); id != 1763898000000 || !ok || err != nil {
		t.Error(id, ok, err)
	}
	// The schema is the one of a new file.
	if got, want := schemaOf(t, path), schemaOf(t, newBench(t, book.Options{}, Options{}).path); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func schemaOf(t *testing.T, path string) string {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var all []string
	rows, err := db.Query("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL UNION ALL SELECT 'version ' || user_version FROM pragma_user_version ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, "\n")
}

func TestDamaged(t *testing.T) {
	for name, harm := range map[string]func([]byte) []byte{
		"no SQLite": func(b []byte) []byte { return []byte(strings.Repeat("nonsense ", 1000)) },
		"header":    func(b []byte) []byte { copy(b, "garbage"); return b },
		"cut":       func(b []byte) []byte { return b[:len(b)/2/4096*4096] },
		"pages": func(b []byte) []byte {
			for i := 5 * 4096; i < len(b); i++ {
				b[i] ^= 0x5a
			}
			return b
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, book.Options{}, Options{Learning: time.Hour})
			b.clock.Advance(2 * time.Hour)
			for i := range 500 {
				b.out(public(i).String())
			}
			b.SetLabel(book.ParseRef("203.0.113.9"), "Bank")
			b.Ignore("port:123")
			b.tick(0)
			last := b.Last()
			b.commit()
			b.Close()
			// As after a crash: then the file is looked through.
			db, _ := sql.Open("sqlite", b.path)
			db.Exec("UPDATE state SET opened = 1")
			db.Close()
			data, err := os.ReadFile(b.path)
			if err != nil {
				t.Fatal(err)
			}
			data = harm(data)
			if err := os.WriteFile(b.path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			b.clock.Advance(time.Minute)
			b.open(b.path)
			r := b.Report()
			if r.Created || r.Err == nil || !errors.Is(r.Err, sqlite.ErrDamaged) {
				t.Fatalf("%+v", r)
			}
			t.Logf("%s: %d saved", r.Err, r.Salvaged)
			kept, err := os.ReadFile(filepath.Join(filepath.Dir(b.path), r.SetAside))
			if err != nil || len(kept) < len(data) {
				t.Errorf("kept %d bytes of %d, %v", len(kept), len(data), err)
			}
			// It begins anew, learning, and no alert has an ID that a client may know.
			if b.Committed() != 0 || b.Stats().Known != 0 || b.Last() <= last {
				t.Errorf("%d, %d, %+v", b.Committed(), b.Last(), b.Stats())
			}
			b.out("203.0.113.1:443")
			b.tick(0)
			b.expect("")
		})
	}
}

// What the user told, and who had which address when, is saved from a file that can still be
// read in part.
func TestSalvage(t *testing.T) {
	b := newBench(t, book.Options{}, Options{})
	for i := range 3000 {
		b.out(public(i).String())
	}
	b.SetLabel(book.ParseRef("203.0.113.9"), "Bank")
	b.SetLabel(book.ByAddr(booktest.End("192.168.1.10").Addr), "laptop")
	b.Ignore("port:123")
	tv := capture.MAC{0x02, 0, 0x5e, 0x10, 0, 0x22}
	for _, addr := range []string{"192.168.1.23", "192.168.1.40"} {
		b.Sight(&capture.Sighting{Kind: capture.Lease, Addr: netip.MustParseAddr(addr), MAC: tv, Name: "tv", Time: b.clock.T, Router: netip.MustParseAddr("192.168.1.1")})
		b.see(capture.Out, addr+":50000", "203.0.113.9:443")
		b.clock.Advance(time.Hour)
	}
	b.commit()
	held := b.HeldBy(tv)
	if len(held) != 2 {
		t.Fatal(held)
	}
	b.Close()
	db, _ := sql.Open("sqlite", b.path)
	var page int64
	db.QueryRow("SELECT rootpage FROM sqlite_schema WHERE name = 'hosts'").Scan(&page)
	db.Exec("UPDATE state SET opened = 1")
	db.Close()
	data, _ := os.ReadFile(b.path)
	for i := (page - 1) * 4096; i < page*4096; i++ {
		data[i] = 0xee
	}
	os.WriteFile(b.path, data, 0o600)
	b.open(b.path)
	if r := b.Report(); r.Salvaged != 3 || r.SetAside == "" {
		t.Errorf("%+v", r)
	}
	if n, _ := b.NameOf(booktest.End("192.168.1.10").Addr); n != "laptop" || len(b.Ignores()) != 1 {
		t.Error(n)
	}
	for range 2 { // also from the new file
		if now := b.HeldBy(tv); !slices.Equal(now, held) {
			t.Errorf("%v, not %v", now, held)
		}
		b.Close()
		b.open(b.path)
	}
}

func TestOptions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	for _, o := range []Options{{Learning: -1}, {Keep: -1}} {
		if _, _, err := Open(path, book.Options{}, o); err == nil || !strings.HasPrefix(err.Error(), "open hosts: ") {
			t.Error(err)
		}
	}
	b := newBench(t, book.Options{}, Options{})
	if err := b.Alerts.Configure(Options{Learning: -1}); err == nil {
		t.Error("no error")
	}
	b.Close()
	if err := b.SetMute(b.clock.T); !errors.Is(err, book.ErrClosed) {
		t.Error(err)
	}
}

func TestCursor(t *testing.T) {
	b := newBench(t, book.Options{}, Options{})
	if _, ok, err := b.Cursor("app"); ok || err != nil {
		t.Error(ok, err)
	}
	b.SetCursor("app", 5)
	b.SetCursor("app", 7)
	b.reopen()
	if id, ok, err := b.Cursor("app"); id != 7 || !ok || err != nil {
		t.Error(id, ok, err)
	}
}

// An earlier build let callers mark as seen, and read, what there will never be: then
// nothing was new, or told, to them any more. Opened again it is.
func TestMarksOfEarlierBuilds(t *testing.T) {
	b := newBench(t, book.Options{}, Options{})
	b.out("203.0.113.9")
	b.commit()
	for _, query := range []string{
		"UPDATE state SET mark = 9223372036854775807",
		"INSERT INTO cursors (name, alert) VALUES ('app', 9223372036854775807), ('other', 7)",
	} {
		if err := b.at.Exec(query); err != nil {
			t.Fatal(err)
		}
	}
	b.reopen()
	if n, err := b.CountNew(); n != 0 || err != nil {
		t.Errorf("%d new, %v: the host there was is seen", n, err)
	}
	b.out("203.0.113.10")
	if n, err := b.CountNew(); n != 1 || err != nil || !b.host("203.0.113.10").New {
		t.Errorf("%d new, %v", n, err)
	}
	if id, ok, err := b.Cursor("app"); id != b.Last()-1 || !ok || err != nil { // the last one is about the host of just now
		t.Errorf("%d, the newest is %d, %v", id, b.Last(), err)
	}
	if id, _, _ := b.Cursor("other"); id != 7 {
		t.Error(id)
	}
	// What was marked before the end is not taken back by it, however it ends.
	b.out("203.0.113.11")
	if err := b.MarkSeen(1 << 63); err != nil {
		t.Fatal(err)
	}
	b.crash()
	if n, err := b.CountNew(); n != 0 || err != nil {
		t.Errorf("%d new, %v", n, err)
	}
}
