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

	"linklog/service/sqlite"

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
	if err := b.SetLabel(ParseRef("203.0.113.9"), "x"); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	ev := attempt(99, b.clock.T, 0, "203.0.113.10:5", "192.168.1.10:80")
	b.Observe(&ev)
	if err := b.Commit(99); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	for _, o := range []Options{{Alerts: b.quiet, Limits: Limits{Hosts: -1}}, {}} {
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
	if err := db.QueryRow("SELECT host, name, first_seen, ports FROM known WHERE allowed = 0 AND blocked = 0").Scan(&host, &name, &first, &ports); err != nil {
		t.Fatal(err)
	}
	if host != "203.0.113.9" || name != "Bank" || first != "2026-11-23 12:00:00" || ports != "2 6 443 1" {
		t.Error(host, name, first, ports)
	}
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
	if _, err := Open(b.path, b.o); !errors.Is(err, sqlite.ErrNewer) {
		t.Error(err)
	}
	if after, _ := os.ReadFile(b.path); !bytes.Equal(before, after) {
		t.Error("it was changed")
	}
}
