package install

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"linklog/service"
	"linklog/service/settings"
)

// dataOf makes a data folder, by the engine itself.
func dataOf(t *testing.T, dir string) {
	t.Helper()
	s := settings.Defaults()
	s.Listen.Port, s.Names.DNS = 0, false
	e, err := service.Open(t.Context(), service.Config{DataDir: dir, Settings: s})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	if err := errors.Join(e.Run(ctx, stop), e.Close()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"linklog.toml", "linklog.toml.last-good", ".alive-123", "state.db.damaged-20261129", "history/history-2026-11-000001.db-wal", "spool/seq.damaged"} {
		put(t, filepath.Join(dir, name), "x")
	}
}

func left(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && path != dir {
			name, _ := filepath.Rel(dir, path)
			all = append(all, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestClearFolder removes data folders as they can be: with a mount in them, a folder of
// somebody's own, or as a link to another disk.
func TestClearFolder(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can mount")
	}
	mount := func(t *testing.T, from, to string) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(from, 0o700), os.MkdirAll(to, 0o700)); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mount(from, to, "", syscall.MS_BIND, ""); err != nil {
			t.Skip("cannot mount here: ", err)
		}
		t.Cleanup(func() { syscall.Unmount(to, syscall.MNT_DETACH) })
	}
	for _, test := range []struct {
		name  string
		make  func(t *testing.T, top string)
		stays []string
	}{
		{"as it is", func(t *testing.T, top string) { dataOf(t, filepath.Join(top, "data")) }, nil},
		{"a mount in it", func(t *testing.T, top string) {
			dataOf(t, filepath.Join(top, "data"))
			mount(t, filepath.Join(top, "precious"), filepath.Join(top, "data/backup"))
			put(t, filepath.Join(top, "precious/file"), "x")
		}, []string{"data", "data/backup", "data/backup/file", "precious", "precious/file"}},
		{"a mount in a folder of it", func(t *testing.T, top string) {
			dataOf(t, filepath.Join(top, "data"))
			mount(t, filepath.Join(top, "precious"), filepath.Join(top, "data/history/backup"))
			put(t, filepath.Join(top, "precious/file"), "x")
		}, []string{"data", "data/history", "data/history/backup", "data/history/backup/file", "precious", "precious/file"}},
		{"its history on another disk", func(t *testing.T, top string) {
			mount(t, filepath.Join(top, "disk"), filepath.Join(top, "data/history"))
			dataOf(t, filepath.Join(top, "data"))
		}, []string{"data", "data/history", "disk"}},
		{"on another disk", func(t *testing.T, top string) {
			mount(t, filepath.Join(top, "disk"), filepath.Join(top, "data"))
			dataOf(t, filepath.Join(top, "data"))
		}, []string{"data", "disk"}},
		{"a folder in it", func(t *testing.T, top string) {
			dataOf(t, filepath.Join(top, "data"))
			put(t, filepath.Join(top, "data/mine/file"), "x")
		}, []string{"data", "data/mine", "data/mine/file"}},
		{"a link to another disk", func(t *testing.T, top string) {
			dataOf(t, filepath.Join(top, "big"))
			if err := os.Symlink(filepath.Join(top, "big"), filepath.Join(top, "data")); err != nil {
				t.Fatal(err)
			}
		}, nil},
		{"a link to where others have files", func(t *testing.T, top string) {
			dataOf(t, filepath.Join(top, "big"))
			for _, name := range []string{"notes.txt", "ideas", "history/holiday.jpg", "spool/mail"} {
				put(t, filepath.Join(top, "big", name), "x")
			}
			if err := os.Symlink("big", filepath.Join(top, "data")); err != nil {
				t.Fatal(err)
			}
		}, []string{"big", "big/history", "big/history/holiday.jpg", "big/ideas", "big/notes.txt", "big/spool", "big/spool/mail", "data"}},
		{"a link to nothing", func(t *testing.T, top string) {
			if err := os.Symlink("nothing", filepath.Join(top, "data")); err != nil {
				t.Fatal(err)
			}
		}, nil},
		{"a link in the place of a folder", func(t *testing.T, top string) {
			dataOf(t, filepath.Join(top, "data"))
			if err := errors.Join(os.Rename(filepath.Join(top, "data/history"), filepath.Join(top, "elsewhere")), os.Symlink("../elsewhere", filepath.Join(top, "data/history"))); err != nil {
				t.Fatal(err)
			}
			put(t, filepath.Join(top, "elsewhere/file"), "x")
		}, []string{"data", "data/history", "elsewhere", "elsewhere/file"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			top := t.TempDir()
			test.make(t, top)
			if err := clearFolder(filepath.Join(top, "data")); err != nil {
				t.Error(err)
			}
			if got := left(t, top); !slices.Equal(got, test.stays) {
				t.Errorf("left: %s\nwant: %s", strings.Join(got, " "), strings.Join(test.stays, " "))
			}
		})
	}
}
