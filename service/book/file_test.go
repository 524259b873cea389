package book

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"
)

func TestOpen(t *testing.T) {
	b := newBench(t, Options{})
	if r := b.Report(); !r.Created || r.SetAside != "" {
		t.Errorf("%+v", r)
	}
	b.out("203.0.113.9:443")
	b.commit()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(b.path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s is %v", suffix, info.Mode())
		}
	}
	b.reopen()
	if r := b.Report(); r.Created || r.SetAside != "" {
		t.Errorf("%+v", r)
	}
	if b.out("203.0.113.9:443") {
		t.Error("New again")
	}
	b.Close()
	if err := b.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
	if err := b.SetMute(b.clock.t); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	ev := attempt(99, b.clock.t, 0, "203.0.113.10:5", "192.168.1.10:80")
	b.Observe(&ev)
	if err := b.Commit(99); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	for _, o := range []Options{{Learning: -1}, {Limits: Limits{Hosts: -1}}} {
		if _, err := Open(b.path, o); err == nil || !strings.HasPrefix(err.Error(), "open hosts: ") {
			t.Error(err)
		}
	}
	// A name that SQLite could take for something else.
	odd := filepath.Join(t.TempDir(), "state ?mode=memory#%41 ü.db")
	if runtime.GOOS != "windows" {
		b.open(odd)
		b.out("203.0.113.11:443")
		b.Close()
		if info, err := os.Stat(odd); err != nil || info.Size() == 0 {
			t.Error(err)
		}
	}
}

// A person can read the file.
func TestView(t *testing.T) {
	b := newBench(t, Options{})
	b.out("web.example=203.0.113.9:443")
	b.SetLabel(ParseRef("203.0.113.9"), "Bank")
	b.Close()
	db, err := sql.Open("sqlite", b.path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var host, name, first, ports string
	if err := db.QueryRow("SELECT host, name, first_seen, ports FROM known").Scan(&host, &name, &first, &ports); err != nil {
		t.Fatal(err)
	}
	if host != "203.0.113.9" || name != "Bank" || first != "2026-11-23 12:00:00" || ports != "2 6 443 1" {
		t.Error(host, name, first, ports)
	}
}

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
	b := newBench(t, Options{})
	b.open(path)
	if r := b.Report(); r.SetAside != "" || r.Created {
		t.Errorf("%+v", r)
	}
	if b.Committed() != 12 || b.Stats().Known != 2 || b.Stats().Forgotten != 3 || b.Stats().Waiting != 1 {
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
	if got, want := schemaOf(t, path), schemaOf(t, newBench(t, Options{}).path); got != want {
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
	err = each(db, func(rows *sql.Rows) error {
		var s string
		err := rows.Scan(&s)
		all = append(all, s)
		return err
	}, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL UNION ALL SELECT 'version ' || user_version FROM pragma_user_version ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, "\n")
}

func TestNewer(t *testing.T) {
	b := newBench(t, Options{})
	b.Close()
	db, err := sql.Open("sqlite", b.path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	before, _ := os.ReadFile(b.path)
	if _, err := Open(b.path, b.o); !errors.Is(err, ErrNewer) {
		t.Error(err)
	}
	if after, _ := os.ReadFile(b.path); !bytes.Equal(before, after) {
		t.Error("it was changed")
	}
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
			b := newBench(t, Options{Learning: time.Hour})
			b.clock.advance(2 * time.Hour)
			for i := range 500 {
				b.out(public(i).String())
			}
			b.SetLabel(ParseRef("203.0.113.9"), "Bank")
			b.Ignore("port:123")
			b.tick(0)
			last := b.LastAlert()
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
			b.clock.advance(time.Minute)
			b.open(b.path)
			r := b.Report()
			if r.Created || r.Err == nil || !errors.Is(r.Err, ErrDamaged) {
				t.Fatalf("%+v", r)
			}
			t.Logf("%s: %d saved", r.Err, r.Salvaged)
			kept, err := os.ReadFile(filepath.Join(filepath.Dir(b.path), r.SetAside))
			if err != nil || len(kept) < len(data) {
				t.Errorf("kept %d bytes of %d, %v", len(kept), len(data), err)
			}
			// It begins anew, learning, and no alert has an ID that a client may know.
			if b.Committed() != 0 || b.Stats().Known != 0 || b.LastAlert() <= last {
				t.Errorf("%d, %d, %+v", b.Committed(), b.LastAlert(), b.Stats())
			}
			b.out("203.0.113.1:443")
			b.tick(0)
			b.expect("")
		})
	}
}

// What the user told is saved from a file that can still be read in part.
func TestSalvage(t *testing.T) {
	b := newBench(t, Options{})
	for i := range 3000 {
		b.out(public(i).String())
	}
	b.SetLabel(ParseRef("203.0.113.9"), "Bank")
	b.SetDeviceName(end("192.168.1.10").Addr, "laptop")
	b.Ignore("port:123")
	b.commit()
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
	if n, _ := b.NameOf(end("192.168.1.10").Addr); n != "laptop" || len(b.Ignores()) != 1 {
		t.Error(n)
	}
}

func TestCursor(t *testing.T) {
	b := newBench(t, Options{})
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
	b := newBench(t, Options{})
	b.out("203.0.113.9")
	b.commit()
	for _, query := range []string{
		"UPDATE state SET mark = 9223372036854775807",
		"INSERT INTO cursors (name, alert) VALUES ('app', 9223372036854775807), ('other', 7)",
	} {
		if err := b.exec(query); err != nil {
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
	if id, ok, err := b.Cursor("app"); id != b.LastAlert()-1 || !ok || err != nil { // the last one is about the host of just now
		t.Errorf("%d, the newest is %d, %v", id, b.LastAlert(), err)
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
