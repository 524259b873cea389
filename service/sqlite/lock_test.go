package sqlite

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Earlier versions held SQLite's own lock on the file: whichever comes second is kept
// out, when two versions run during an upgrade.
func TestLockBesideAnEarlierVersion(t *testing.T) {
	if runtime.GOOS == "darwin" {
		t.Skip("there the lock is the process's")
	}
	path := filepath.Join(t.TempDir(), "lock")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	earlier := func() (*Conn, error) {
		c, err := Open(path, true, 0, Usual)
		if err == nil {
			if err = c.Exec("BEGIN EXCLUSIVE"); err != nil {
				c.Close()
			}
		}
		return c, err
	}
	c, err := earlier()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(path); !errors.Is(err, ErrInUse) {
		t.Errorf("beside an earlier one: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := earlier(); err == nil {
		t.Error("an earlier one opens what is in use")
		c.Close()
	} else if !strings.Contains(err.Error(), "locked") {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if c, err = earlier(); err != nil {
		t.Fatal(err)
	}
	c.Close()
}
