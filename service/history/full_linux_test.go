package history

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"linklog/service/datafile"
	"linklog/service/sqlite"
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
	empty, err := Open(filepath.Join(disk, "history"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := empty.Append(t.Context(), attempts(1, 10)); !errors.Is(err, sqlite.ErrFull) {
		t.Errorf("append: %v", err)
	}
	if err := empty.Close(); err != nil {
		t.Fatal(err)
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
		case errors.Is(err, sqlite.ErrFull) && errors.Is(err, syscall.ENOSPC):
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
	fill(t, disk)
	if removed, err := h.Trim(time.Time{}, 1); len(removed) != 3 || err != nil {
		t.Errorf("%d removed, %v", len(removed), err)
	}
	if err := h.Close(); err != nil {
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
	var cannot *datafile.Error
	if _, err := Open(dir, Options{}); !errors.As(err, &cannot) || cannot.Problem != datafile.ReadOnlyDisk {
		t.Errorf("open: %v", err)
	}
	if _, err := Open(filepath.Join(disk, "other"), Options{}); !errors.As(err, &cannot) || cannot.Problem != datafile.ReadOnlyDisk {
		t.Errorf("open a new one: %v", err)
	}
}

// fill takes the room that is left on a disk.
func fill(t *testing.T, disk string) {
	t.Helper()
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
}

// A start on a disk without a byte of room: what is there is read, and removed where
// it is too old, and as soon as there is room it goes on, and others can read the file.
func TestOpenFull(t *testing.T) {
	for _, test := range []struct {
		name  string
		crash bool
	}{{"after an end", false}, {"after a crash", true}} {
		t.Run(test.name, func(t *testing.T) {
			disk := mount(t, "8m")
			dir := filepath.Join(disk, "history")
			h, err := Open(dir, Options{SegmentRows: 1000})
			if err != nil {
				t.Fatal(err)
			}
			mustAppend(t, h, attempts(1, 2500))
			settle(t, h)
			addr := attempt(1).Src.Addr
			if err := h.SetName(addr, "one.example", start); err != nil {
				t.Fatal(err)
			}
			if test.crash { // what lies there is what a process that was killed leaves
				to := filepath.Join(disk, "copy")
				if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
					t.Fatal(err)
				}
				defer func(h *History) { h.Close() }(h)
				dir = to
			} else if err := h.Close(); err != nil {
				t.Fatal(err)
			}
			fill(t, disk)

			h, err = Open(dir, Options{SegmentRows: 1000})
			if err != nil {
				t.Fatal(err)
			}
			defer h.Close()
			if r := h.Report(); len(r.Refused)+len(r.Damaged) > 0 || h.LastSeq() != 2500 {
				t.Fatalf("LastSeq %d, %+v", h.LastSeq(), r)
			}
			same(t, "on a full disk", all(t, h, Query{OldestFirst: true, WithoutNames: true}), attempts(1, 2500))
			if name, err := h.Name(addr); name != "one.example" || err != nil {
				t.Errorf("name %q, %v", name, err)
			}
			for n := 2501; err == nil && n < 1_000_000; n += 500 {
				err = h.Append(t.Context(), attempts(n, n+499))
			}
			if !errors.Is(err, sqlite.ErrFull) {
				t.Fatalf("append: %v", err)
			}
			first := int(h.LastSeq()) + 1
			if removed, err := h.Trim(time.Time{}, 1); len(removed) < 2 || err != nil {
				t.Errorf("%d removed, %v", len(removed), err)
			}
			if err := os.Remove(filepath.Join(disk, "filler")); err != nil {
				t.Fatal(err)
			}
			mustAppend(t, h, attempts(first, first+9))
			mustAppend(t, h, attempts(first+10, first+19))
			h.nudge()
			segments := h.list()
			for _, path := range []string{segments[len(segments)-1].path, filepath.Join(dir, "names.db")} {
				if sqlite3, err := exec.LookPath("sqlite3"); err == nil {
					for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
						out, err := exec.Command(sqlite3, path, "SELECT count(*) FROM sqlite_schema").CombinedOutput()
						if err == nil {
							break
						}
						if time.Now().After(deadline) {
							t.Fatalf("others cannot read %s: %v, %s", path, err, out)
						}
					}
				}
			}
			if err := h.SetName(addr, "two.example", start.Add(1)); err != nil {
				t.Error(err)
			}
			if err := h.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A start where no more files can be made: what is complete is read.
func TestOpenWithoutInodes(t *testing.T) {
	disk := mount(t, "8m,nr_inodes=40")
	dir := filepath.Join(disk, "history")
	h, err := Open(dir, Options{SegmentRows: 1000})
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, h, attempts(1, 2500))
	settle(t, h)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	for i := 0; err == nil; i++ {
		err = os.WriteFile(filepath.Join(disk, strconv.Itoa(i)), nil, 0o600)
	}
	h, err = Open(dir, Options{SegmentRows: 1000})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if r := h.Report(); h.LastSeq() != 2500 || len(r.Fixed) != 1 || len(r.Damaged) > 0 {
		t.Errorf("LastSeq %d, %+v", h.LastSeq(), r)
	}
	same(t, "without room for a file", all(t, h, Query{OldestFirst: true, WithoutNames: true}), attempts(1, 2500))
	if err := h.Append(t.Context(), attempts(2501, 2510)); err == nil {
		t.Error("stored without room for a file")
	}
	for i := range 10 {
		if err := os.Remove(filepath.Join(disk, strconv.Itoa(i))); err != nil {
			t.Fatal(err)
		}
	}
	mustAppend(t, h, attempts(2501, 2510))
	same(t, "with room again", all(t, h, Query{OldestFirst: true, WithoutNames: true}), attempts(1, 2510))
}
