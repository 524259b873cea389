package sqlite

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const testID = 0x4c4c7473

func steps(n int) []string {
	return []string{"CREATE TABLE a (x INTEGER)", "ALTER TABLE a ADD COLUMN y TEXT", "INSERT INTO a VALUES (1, 'one')"}[:n]
}

// open opens a file and brings it to a version.
func open(t *testing.T, path string, n int) (*Conn, error) {
	t.Helper()
	c, err := Open(path, true, 0, Usual)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { c.Close() })
	return c, Migrate(c, testID, steps(n))
}

// A file, with whatever a path may hold, goes from version to version, keeps what was in
// it, and is left alone by an earlier program.
func TestMigrate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a?b#c%20.db")
	for _, n := range []int{1, 3, 3} {
		c, err := open(t, path, n)
		if err != nil {
			t.Fatal(n, err)
		}
		if v, err := Version(c, testID); v != n || err != nil {
			t.Errorf("version %d, %v; want %d", v, err, n)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := open(t, path, 2); !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), "its version is 3, this program knows versions up to 2") {
		t.Errorf("by an earlier program: %v", err)
	}
	c, err := open(t, path, 3)
	if err != nil {
		t.Fatal(err)
	}
	if n, some, err := c.Int("SELECT count(*) FROM a WHERE y = 'one'"); n != 1 || !some || err != nil {
		t.Errorf("%d rows, %v, %v; want the one of the last step, once", n, some, err)
	}
}

// A step that fails changes nothing.
func TestMigrateFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	c, err := open(t, path, 1)
	if err != nil {
		t.Fatal(err)
	}
	err = Migrate(c, testID, []string{steps(1)[0], "INSERT INTO a VALUES (7); INSERT INTO nowhere VALUES (1)"})
	if err == nil || !strings.Contains(err.Error(), "bring to version 2") {
		t.Errorf("%v", err)
	}
	if n, _, err := c.Int("SELECT count(*) FROM a"); n != 0 || err != nil {
		t.Errorf("%d rows, %v; want none", n, err)
	}
	if v, err := Version(c, testID); v != 1 || err != nil {
		t.Errorf("version %d, %v", v, err)
	}
}

// What is none of ours, or no longer what we wrote, is said to be damaged.
func TestDamaged(t *testing.T) {
	dir := t.TempDir()
	other := filepath.Join(dir, "other.db")
	c, err := Open(other, true, 0, Usual)
	if err == nil {
		err = c.Exec("CREATE TABLE somebodys (x)")
	}
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	rubbish := filepath.Join(dir, "rubbish.db")
	if err := os.WriteFile(rubbish, bytes.Repeat([]byte("rubbish "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{other, rubbish} {
		_, err := open(t, path, 1)
		if !errors.Is(err, ErrDamaged) || !strings.HasPrefix(err.Error(), filepath.Base(path)+": ") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// A damaged file goes aside with what belongs to it; one that is removed leaves nothing.
func TestSetAsideAndRemove(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.db")
	write := func() {
		t.Helper()
		for _, suffix := range []string{"", "-wal", "-journal"} {
			if err := os.WriteFile(path+suffix, []byte("12345"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if n := Bytes(path); n != 15 {
			t.Errorf("%d bytes; want 15", n)
		}
	}
	write()
	name, err := SetAside(path, time.Date(2026, 11, 24, 6, 7, 8, 9e6, time.UTC))
	if want := "a.db.damaged-20261124T060708.009Z"; name != want || err != nil {
		t.Fatalf("%q, %v; want %q", name, err, want)
	}
	if n := Bytes(filepath.Join(dir, name)); n != 15 {
		t.Errorf("aside are %d bytes", n)
	}
	write()
	if err := Remove(path); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); len(left) != 3 || err != nil {
		t.Errorf("left: %v, %v; want the three that are aside", left, err)
	}
}

// A query that is interrupted says so, and the connection goes on.
func TestInterrupted(t *testing.T) {
	c, err := Open(InMemory, true, 0, Usual)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	const forever = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT count(*) FROM n"
	if err := c.EachContext(ctx, func(Row) error { return nil }, forever); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	failed := errors.New("no more")
	if err := c.Transaction(func() error { return errors.Join(c.Exec("CREATE TABLE b (x)"), failed) }); !errors.Is(err, failed) {
		t.Errorf("%v", err)
	}
	if _, some, err := c.Int("SELECT 1 FROM sqlite_schema"); some || err != nil {
		t.Errorf("of a transaction that failed there is a table (%v)", err)
	}
}
