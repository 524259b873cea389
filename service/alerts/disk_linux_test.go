package alerts

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"linklog/service/book"
	"linklog/service/sqlite"

	"golang.org/x/sys/unix"
)

// TestDiskFull fills the disk, goes on observing, crashes, and makes room again.
func TestDiskFull(t *testing.T) {
	dir := mount(t, "2m")
	b := newBench(t, book.Options{Limits: book.Limits{Memory: 100}}, Options{})
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
		b.clock.Advance(window)
		_ = b.Tick(b.clock.T)
	}
	if !errors.Is(err, sqlite.ErrFull) || !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	st := b.Stats()
	if b.Committed() < stored || b.Committed() == b.seq || st.InMemory > 200 || st.Unrecorded == 0 {
		t.Errorf("committed %d of %d, %+v", b.Committed(), b.seq, st)
	}
	if _, err := b.Hosts(book.HostQuery{}); err != nil {
		t.Errorf("what is there cannot be read: %v", err)
	}
	if due, ok := b.Due(); !ok || !due.After(b.clock.T) {
		t.Errorf("due %v, %v: nobody could rest", due, ok)
	}
	from := b.Committed()
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	b.crash()
	if b.Committed() != from || b.Report().SetAside != "" {
		t.Fatalf("%d, %+v", b.Committed(), b.Report())
	}
	for seq := from + 1; seq <= b.seq; seq++ {
		ev := attempt(seq, b.clock.T, 0, public(int(seq-1)).String(), "192.168.1.10:80")
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
