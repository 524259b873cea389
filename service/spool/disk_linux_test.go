package spool

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"linklog/phrase"
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

// TestDiskFull fills the disk, in the middle of a file and at the begin of one, and
// makes room again.
func TestDiskFull(t *testing.T) {
	for name, size := range map[string]int64{"one file": 0, "small files": 20_000} {
		t.Run(name, func(t *testing.T) {
			dir := mount(t, "1m")
			o := Options{FileBytes: size}
			spool := filepath.Join(dir, "spool")
			s, _ := mustOpen(t, spool, o)
			mustAppend(t, s, numbered(1, 1)...)

			filler := filepath.Join(dir, "filler")
			if err := os.WriteFile(filler, make([]byte, 500_000), 0o600); err != nil {
				t.Fatal(err)
			}
			n := 1
			var err error
			for ; err == nil; n += 20 {
				_, err = s.Append(numbered(n+1, 20))
			}
			n -= 20 // the last one failed
			if !errors.As(err, new(*WriteError)) || !errors.Is(err, syscall.ENOSPC) {
				t.Fatal(err)
			}
			if said := phrase.Of(err).String(); said != "the disk is full" {
				t.Errorf("people are told %q", said)
			}
			for range 5 { // it stays that way, and says so
				if _, err := s.Append(numbered(n+1, 20)); !errors.Is(err, syscall.ENOSPC) {
					t.Fatal(err)
				}
			}
			check := func(s *Spool, want int) {
				t.Helper()
				got := readFrom(t, s, 1)
				if len(got.records) != want || got.damaged != nil || got.gone != nil {
					t.Fatalf("%d records, want %d, lost %v %v", len(got.records), want, got.damaged, got.gone)
				}
				for i, r := range got.records {
					if r.Time.Nanosecond() != i+1 {
						t.Fatalf("record %d is %+v", i+1, r)
					}
				}
			}
			check(s, n)

			// A crash on a full disk: it opens and still cannot write.
			crash(s)
			s, report := mustOpen(t, spool, o)
			if !report.Sound() || s.Last() != uint64(n) {
				t.Errorf("Last %d, want %d, %+v", s.Last(), n, report)
			}
			check(s, n)
			if _, err := s.Append(numbered(n+1, 200)); !errors.Is(err, syscall.ENOSPC) {
				t.Fatal(err)
			}

			if err := os.Remove(filler); err != nil {
				t.Fatal(err)
			}
			mustAppend(t, s, numbered(n+1, 200)...)
			check(s, n+200)
			s.Close()
			s, report = mustOpen(t, spool, o)
			if !report.Sound() || !report.Clean {
				t.Errorf("%+v", report)
			}
			check(s, n+200)
		})
	}
}

// TestTornOnFullDisk opens a spool whose torn end cannot be kept aside: it stays,
// unread, until there is room.
func TestTornOnFullDisk(t *testing.T) {
	dir := mount(t, "1m")
	spool := filepath.Join(dir, "spool")
	s, _ := mustOpen(t, spool, Options{})
	mustAppend(t, s, numbered(1, 100)...)
	crash(s)
	path := filepath.Join(spool, fileName(1))
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, info.Size()-1); err != nil {
		t.Fatal(err)
	}
	filler, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = filler.Write(make([]byte, 4096))
	}
	filler.Close()
	for range 2 {
		s, report := mustOpen(t, spool, Options{})
		if report.Cut == 0 || report.CutKept != 0 || s.Last() != 99 {
			t.Errorf("full: Last %d, %+v", s.Last(), report)
		}
		if got := readFrom(t, s, 1); len(got.records) != 99 || got.damaged != nil {
			t.Errorf("full: %d records, lost %v", len(got.records), got.damaged)
		}
		crash(s)
	}
	os.Remove(filler.Name())
	s, report := mustOpen(t, spool, Options{})
	if report.Cut == 0 || report.CutKept != report.Cut || s.Last() != 99 {
		t.Errorf("room again: Last %d, %+v", s.Last(), report)
	}
}

func TestReadOnly(t *testing.T) {
	check := func(t *testing.T, dir string) {
		t.Helper()
		_, _, err := Open(dir, Options{})
		var cannot *datafile.Error
		if !errors.As(err, &cannot) || !strings.HasPrefix(err.Error(), "open spool "+dir+": "+dir+" cannot be written: ") {
			t.Errorf("got %v", err)
		}
	}
	t.Run("file system", func(t *testing.T) {
		dir := mount(t, "1m")
		s, _ := mustOpen(t, dir, Options{})
		mustAppend(t, s, numbered(1, 1)...)
		s.Close()
		if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
			t.Fatal(err)
		}
		check(t, dir)
	})
	t.Run("permissions", func(t *testing.T) {
		if os.Geteuid() == 0 {
			t.Skip("root may write everywhere")
		}
		dir := t.TempDir()
		os.Chmod(dir, 0o500)
		check(t, dir)
	})
}

// TestUnusable puts something else in the place of each file: only the lock keeps the
// spool closed; no Seq is given twice, and what cannot be read is known.
func TestUnusable(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"a folder":        func(p string) error { return os.Mkdir(p, 0o700) },
		"a named pipe":    func(p string) error { return unix.Mkfifo(p, 0o600) },
		"a symbolic link": func(p string) error { return os.Symlink("/no/where", p) },
	} {
		for _, test := range []struct {
			file        string
			left, first int // of 90 records, 30 in each file
		}{{"lock", 0, 0}, {"seq", 90, 1}, {fileName(1), 60, 31}, {fileName(31), 60, 1}, {fileName(61), 60, 1}} {
			for _, clean := range []bool{true, false} {
				t.Run(name+" as "+test.file, func(t *testing.T) {
					dir := t.TempDir()
					o := Options{FileBytes: 1}
					s, _ := mustOpen(t, dir, o)
					for first := range 3 {
						mustAppend(t, s, numbered(first*30+1, 30)...)
					}
					if clean {
						s.Close()
					} else {
						crash(s)
					}
					path := filepath.Join(dir, test.file)
					if err := errors.Join(os.Rename(path, path+"-away"), put(path)); err != nil {
						t.Fatal(err)
					}
					s, report, err := Open(dir, o)
					if test.file == "lock" {
						var cannot *datafile.Error
						if !errors.As(err, &cannot) || cannot.Path != path {
							t.Fatal(err)
						}
						return
					}
					if err != nil {
						t.Fatal(err)
					}
					defer s.Close()
					if len(report.Unusable) != 1 || len(report.SetAside) != 1 || !strings.Contains(report.Unusable[0].Err.Error(), path+" is "+name) {
						t.Errorf("%+v", report)
					}
					if got := readFrom(t, s, 1); len(got.records) != test.left || got.records[0].Seq != uint64(test.first) {
						t.Errorf("%d records from %d, want %d from %d", len(got.records), got.records[0].Seq, test.left, test.first)
					}
					if first := mustAppend(t, s, numbered(91, 1)...); first <= 90 {
						t.Errorf("Seq %d was given before", first)
					}
				})
			}
		}
	}
}
