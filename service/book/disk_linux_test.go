package book

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"linklog/service/datafile"
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

// TestDiskFull fills the disk, goes on observing, crashes, and makes room again.
func TestDiskFull(t *testing.T) {
	dir := mount(t, "2m")
	b := newBench(t, Options{Limits: Limits{Memory: 100}})
	b.open(filepath.Join(dir, "state.db"))
	n := 0
	see := func(hosts int) {
		for range hosts {
			b.out(public(n).String())
			n++
		}
	}
	see(100)
	b.commit()
	b.tick(window)
	stored := b.Committed()
	filler := fill(t, dir)
	var err error
	for range 15 {
		see(50)
		err = b.Commit(b.seq)
		b.clock.advance(window)
		_ = b.Tick(b.clock.t)
	}
	if !errors.Is(err, ErrFull) || !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	st := b.Stats()
	if b.Committed() < stored || b.Committed() == b.seq || st.InMemory > 200 || st.Unrecorded == 0 {
		t.Errorf("committed %d of %d, %+v", b.Committed(), b.seq, st)
	}
	if _, err := b.Hosts(HostQuery{}); err != nil {
		t.Errorf("what is there cannot be read: %v", err)
	}
	if due, ok := b.Due(); !ok || !due.After(b.clock.t) {
		t.Errorf("due %v, %v: nobody could rest", due, ok)
	}
	from := b.Committed()
	b.Store.crash()
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	b.open(b.path)
	if b.Committed() != from || b.Report().SetAside != "" {
		t.Fatalf("%d, %+v", b.Committed(), b.Report())
	}
	for seq := from + 1; seq <= b.seq; seq++ {
		ev := attempt(seq, b.clock.t, 0, public(int(seq-1)).String(), "192.168.1.10:80")
		b.Observe(&ev)
		if !ev.New {
			t.Fatalf("%d is not New", seq)
		}
		if seq%100 == 0 {
			if err := b.Commit(seq); err != nil {
				t.Fatal(err)
			}
		}
	}
	b.commit()
	b.tick(window)
	b.tick(window)
	told := uint64(0)
	for _, a := range b.alerts() {
		told += a.Count
	}
	if told != uint64(n) || b.Stats().Known != n {
		t.Errorf("told %d, known %d, want %d", told, b.Stats().Known, n)
	}
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
	if r := b.Report(); r.SetAside != "" || b.Stats().Known != 1 || b.Labels()[netip.MustParseAddr("203.0.113.9")] != "mine" {
		t.Errorf("%+v, %+v, %v", r, b.Stats(), b.Labels())
	}
	b.out("203.0.113.10:443")
	if err := b.Commit(b.seq); !errors.Is(err, ErrFull) {
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
