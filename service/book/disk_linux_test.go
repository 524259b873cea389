package book

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"linklog/service/datafile"
	"linklog/service/sqlite"
)

// mount mounts a small file system of its own.
func mount(t *testing.T, size string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skip("needs root to mount a small file system: ", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill takes all the room that is left, with a file.
func fill(t *testing.T, dir string) (filler string) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	return f.Name()
}

func TestReadOnly(t *testing.T) {
	dir := mount(t, "2m")
	b := newBench(t, Options{})
	b.open(filepath.Join(dir, "state.db"))
	b.out("203.0.113.9:443")
	b.Close()
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	var cannot *datafile.Error
	if _, err := Open(b.path, b.o); !errors.As(err, &cannot) || cannot.Problem != datafile.ReadOnlyDisk {
		t.Error(err)
	}
}

// TestOpenOnFullDisk opens a file where there is no room for anything beside it: what
// is known is known, and when there is room it is written again.
func TestOpenOnFullDisk(t *testing.T) {
	dir := mount(t, "2m")
	b := newBench(t, Options{})
	b.open(filepath.Join(dir, "state.db"))
	b.out("203.0.113.9:443")
	b.commit()
	if err := errors.Join(b.SetLabel(ParseRef("203.0.113.9"), "mine"), b.Store.Close()); err != nil {
		t.Fatal(err)
	}
	filler := fill(t, dir)
	b.open(b.path)
	if r := b.Report(); r.SetAside != "" || b.Stats().Known != 1 || b.host("203.0.113.9").Label != "mine" {
		t.Errorf("%+v, %+v", r, b.Stats())
	}
	b.out("203.0.113.10:443")
	if err := b.Commit(b.seq); !errors.Is(err, sqlite.ErrFull) {
		t.Error(err)
	}
	if list, err := b.Hosts(HostQuery{}); err != nil || len(list) == 0 {
		t.Errorf("%v, %v", list, err)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if err := b.Commit(b.seq); err != nil {
		t.Error(err)
	}
	if err := b.Store.Close(); err != nil {
		t.Error(err)
	}
	b.open(b.path)
	if b.Stats().Known != 2 {
		t.Errorf("%+v", b.Stats())
	}
}

// TestUnusable: the file is what only the user knows, so it is neither replaced nor
// passed over; what is wrong is said.
func TestUnusable(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"a folder":             func(p string) error { return os.Mkdir(p, 0o700) },
		"a named pipe":         func(p string) error { return unix.Mkfifo(p, 0o600) },
		"a symbolic link to /": func(p string) error { return os.Symlink("/no/where", p) },
	} {
		for _, file := range []string{"state.db", "state.db-wal"} {
			t.Run(name+" as "+file, func(t *testing.T) {
				dir := t.TempDir()
				b := newBench(t, Options{})
				b.open(filepath.Join(dir, "state.db"))
				b.out("203.0.113.9:443")
				b.commit()
				b.Store.Close()
				path := filepath.Join(dir, file)
				os.Rename(path, path+".away")
				if err := put(path); err != nil {
					t.Fatal(err)
				}
				var cannot *datafile.Error
				if s, err := Open(b.path, b.o); !errors.As(err, &cannot) || cannot.Path != path || !strings.Contains(err.Error(), name) {
					t.Error(err)
					if err == nil {
						s.Close()
					}
				}
				os.Remove(path)
				os.Rename(path+".away", path)
				b.open(b.path)
				if b.Stats().Known != 1 || b.Report().SetAside != "" {
					t.Errorf("%+v, %+v", b.Stats(), b.Report())
				}
			})
		}
	}
}
