package history

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// mount makes a small file system in memory.
func mount(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("needs a file system of its own (as root): %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}

// On a full disk Append says so and stores nothing by halves; what is there can be
// read, and once there is room it goes on.
func TestFull(t *testing.T) {
	takesLong(t)
	disk := mount(t, "3m")
	// The folder is new: even the beginning may have no room.
	filler := filepath.Join(disk, "filler")
	if err := os.WriteFile(filler, make([]byte, 4<<20), 0o600); err == nil {
		t.Fatal("the disk is larger than it should be")
	}
	if _, err := Open(filepath.Join(disk, "history"), Options{}); !errors.Is(err, ErrFull) && !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("open: %v", err)
	}
	if err := os.Truncate(filler, 1<<20); err != nil {
		t.Fatal(err)
	}
	h := mustOpen(t, filepath.Join(disk, "history"), Options{SegmentRows: 5000})
	next, full := 1, 0
	for full < 5 {
		err := h.Append(context.Background(), attempts(next, next+499))
		switch {
		case err == nil:
			next += 500
		case errors.Is(err, ErrFull) && errors.Is(err, syscall.ENOSPC):
			full++
		default:
			t.Fatalf("append: %v", err)
		}
		if next > 1_000_000 {
			t.Fatal("the disk never gets full")
		}
	}
	if next == 1 {
		t.Fatal("nothing was stored")
	}
	// Some of the last batch may be there, if it went into two files.
	stored := int(h.LastSeq())
	same(t, "when full", all(t, h, Query{OldestFirst: true}), attempts(1, stored))
	if stored < next-1 {
		t.Errorf("%d were stored, %d are there", next-1, stored)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, h, attempts(next, next+1999))
	same(t, "with room again", all(t, h, Query{OldestFirst: true}), attempts(1, next+1999))
	if err := h.Check(context.Background()); err != nil || len(h.Report().Damaged) > 0 {
		t.Errorf("%v, %+v", err, h.Report())
	}
	h.nudge() // what failed in the background for want of room
	settle(t, h)
	if err := h.Close(); err != nil { // before the file system goes
		t.Error(err)
	}
}

// A full disk does not keep Trim from making room, and what it removed is not
// missed afterwards.
func TestTrimFull(t *testing.T) {
	disk := mount(t, "8m")
	dir := filepath.Join(disk, "history")
	h, err := Open(dir, Options{SegmentRows: 1000})
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, h, attempts(1, 3500))
	settle(t, h)
	filler, err := os.Create(filepath.Join(disk, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer filler.Close()
	for err == nil {
		_, err = filler.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	if removed, err := h.Trim(0, 1); len(removed) != 3 || err != nil {
		t.Errorf("%d removed, %v", len(removed), err)
	}
	if err := errors.Join(h.Close(), filler.Close()); err != nil {
		t.Fatal(err)
	}
	h, err = Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the rest", all(t, h, Query{OldestFirst: true}), attempts(3001, 3500))
	if missing := h.Report().Missing; len(missing) > 0 {
		t.Errorf("missing: %v", missing)
	}
	if err := h.Close(); err != nil { // before the file system goes
		t.Error(err)
	}
}

func TestReadOnly(t *testing.T) {
	disk := mount(t, "8m")
	dir := filepath.Join(disk, "history")
	h, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, h, attempts(1, 100))
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skip(err)
	}
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrReadOnly) {
		t.Errorf("open: %v", err)
	}
	if _, err := Open(filepath.Join(disk, "other"), Options{}); !errors.Is(err, ErrReadOnly) {
		t.Errorf("open a new one: %v", err)
	}
}
