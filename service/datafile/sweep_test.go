package datafile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// What a writer left that was killed is removed once it is old; nothing else is.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	long := time.Now().Add(-2 * halfFor)
	put := func(name string, at time.Time) {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(path, []byte("x"), 0o600), os.Chtimes(path, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	// As it is called while it is written.
	left := ""
	err := ReplaceBy(filepath.Join(dir, "secrets.json"), 0o600, func(w io.Writer) error {
		left = filepath.Base(w.(*os.File).Name())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	put(left, long)
	put("room-123", long)
	put(".routers.json-77", time.Now())
	for _, name := range []string{"linklog.toml", ".hidden", "backup-2026", ".note-1a", "room-", "history-2026-11-000001.db"} {
		put(name, long)
	}
	folder := filepath.Join(dir, ".folder-1")
	if err := errors.Join(os.Mkdir(folder, 0o700), os.Chtimes(folder, long, long)); err != nil {
		t.Fatal(err)
	}
	Sweep(dir)
	Sweep(filepath.Join(dir, "nowhere"))
	var names []string
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		names = append(names, e.Name())
	}
	want := []string{".folder-1", ".hidden", ".note-1a", ".routers.json-77", "backup-2026", "history-2026-11-000001.db", "linklog.toml", "room-", "secrets.json"}
	if !slices.Equal(names, want) {
		t.Errorf("left %q, want %q", names, want)
	}
}
