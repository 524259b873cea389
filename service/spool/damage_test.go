package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"syscall"
	"testing"
)

// flip turns bytes of a file around.
func flip(t testing.TB, path string, off, n int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := make([]byte, n)
	if _, err := f.ReadAt(b, off); err != nil {
		t.Fatal(err)
	}
	for i := range b {
		b[i] ^= 0x55
	}
	if _, err := f.WriteAt(b, off); err != nil {
		t.Fatal(err)
	}
}

// TestDamage damages a spool of three files with ten records each in one place and
// looks at what is told and what is left.
func TestDamage(t *testing.T) {
	one := int64(numbered(1, 1)[0].size()) // all ten of the same length
	at := func(i int64) int64 { return headerSize + (i-1)*one }
	first, second, third := fileName(1), fileName(11), fileName(21)
	end := at(11)
	tests := []struct {
		name    string
		clean   bool
		damage  func(t *testing.T, path func(string) string)
		damaged []Range // told by a reader from Seq 1
		gone    []Range
		report  Report // the parts about damage
		lost    uint64 // with the end, of which readers tell nothing
		more    bool
	}{
		{name: "none", clean: true, damage: func(*testing.T, func(string) string) {}},
		{
			name:    "a byte of data",
			damage:  func(t *testing.T, path func(string) string) { flip(t, path(first), at(3)+recordHead+10, 1) },
			damaged: []Range{{3, 3}},
		}, {
			name:    "a length",
			damage:  func(t *testing.T, path func(string) string) { flip(t, path(first), at(3)+26, 2) },
			damaged: []Range{{3, 3}},
		}, {
			name:    "the begin of a record",
			damage:  func(t *testing.T, path func(string) string) { flip(t, path(second), at(1), 1) },
			damaged: []Range{{11, 11}},
		}, {
			name: "several places",
			damage: func(t *testing.T, path func(string) string) {
				flip(t, path(first), at(2), one+1)
				flip(t, path(second), at(10)+5, 1)
				flip(t, path(third), at(5)+5, 1)
			},
			damaged: []Range{{2, 3}, {20, 20}, {25, 25}},
			report:  Report{Lost: []Range{{25, 25}}},
		}, {
			name:    "a file cut short",
			damage:  func(t *testing.T, path func(string) string) { os.Truncate(path(second), at(4)+7) },
			damaged: []Range{{14, 20}},
		}, {
			name:   "the end torn after a crash",
			damage: func(t *testing.T, path func(string) string) { os.Truncate(path(third), end-1) },
			report: Report{Cut: one - 1, CutKept: one - 1, CutFirst: 30, CutRecords: 1},
			lost:   1,
			more:   true,
		}, {
			name:    "the end torn after Close",
			clean:   true,
			damage:  func(t *testing.T, path func(string) string) { os.Truncate(path(third), end-1) },
			damaged: []Range{{30, 30}},
			report:  Report{Cut: one - 1, CutKept: one - 1, CutFirst: 30, CutRecords: 1, Lost: []Range{{30, 30}}},
		}, {
			name: "the last three records damaged",
			damage: func(t *testing.T, path func(string) string) {
				flip(t, path(third), at(8)+20, 1)
				flip(t, path(third), at(9)+20, 1)
				flip(t, path(third), at(10)+20, 1)
			},
			report: Report{Cut: 3 * one, CutKept: 3 * one, CutFirst: 28, CutRecords: 3, CutWhole: true},
			lost:   3,
		}, {
			name: "zeros at the end",
			damage: func(t *testing.T, path func(string) string) {
				os.Truncate(path(third), at(8))
				os.Truncate(path(third), end+100_000)
			},
			report: Report{Cut: 100_000 + 3*one, CutFirst: 28},
			more:   true,
		}, {
			name: "more rubbish at the end than is kept",
			damage: func(t *testing.T, path func(string) string) {
				f, err := os.OpenFile(path(third), os.O_WRONLY|os.O_APPEND, 0)
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				f.Write(bytes.Repeat([]byte("rubbish"), 200_000))
			},
			report: Report{Cut: 1_400_000, CutKept: maxTail, CutFirst: 31, CutRecords: 1},
			lost:   1,
			more:   true,
		}, {
			name:    "a header",
			damage:  func(t *testing.T, path func(string) string) { flip(t, path(second), 40, 1) },
			damaged: []Range{{11, 20}},
			report:  Report{SetAside: []string{second + damaged}},
		}, {
			name:   "the first header",
			damage: func(t *testing.T, path func(string) string) { flip(t, path(first), 0, 1) },
			gone:   []Range{{1, 10}},
			report: Report{SetAside: []string{first + damaged}},
		}, {
			name:    "the last header after Close",
			clean:   true,
			damage:  func(t *testing.T, path func(string) string) { flip(t, path(third), 16, 8) },
			damaged: []Range{{21, 30}},
			report:  Report{SetAside: []string{third + damaged}, Lost: []Range{{21, 30}}},
		}, {
			name:    "the last header after a crash", // only its first Seq is certain
			damage:  func(t *testing.T, path func(string) string) { flip(t, path(third), 16, 8) },
			damaged: []Range{{21, 21}},
			report:  Report{SetAside: []string{third + damaged}, Lost: []Range{{21, 21}}},
			more:    true,
		}, {
			name:    "a file is missing",
			damage:  func(t *testing.T, path func(string) string) { os.Remove(path(second)) },
			damaged: []Range{{11, 20}},
		}, {
			name:    "a file under another name",
			damage:  func(t *testing.T, path func(string) string) { os.Rename(path(second), path(fileName(12))) },
			damaged: []Range{{11, 20}},
			report:  Report{SetAside: []string{fileName(12) + damaged}},
		}, {
			name: "all zero",
			damage: func(t *testing.T, path func(string) string) {
				os.Truncate(path(third), 0)
				os.Truncate(path(third), end)
			},
			damaged: []Range{{21, 21}},
			report:  Report{Removed: []string{third}, Lost: []Range{{21, 21}}},
			more:    true,
		}, {
			name:   "begun and empty",
			damage: func(t *testing.T, path func(string) string) { os.WriteFile(path(fileName(31)), nil, 0o600) },
			report: Report{Removed: []string{fileName(31)}},
		}, {
			name: "a header and a torn record",
			damage: func(t *testing.T, path func(string) string) {
				os.Truncate(path(third), at(1)+7)
			},
			report: Report{Removed: []string{third}, Cut: 7, CutKept: 7, CutFirst: 21, CutRecords: 1},
			lost:   1,
			more:   true,
		}, {
			name: "a file of another spool",
			damage: func(t *testing.T, path func(string) string) {
				os.WriteFile(path(fileName(29)), header{first: 29, prev: 3}.encode(nil), 0o600)
			},
			report: Report{SetAside: []string{fileName(29) + damaged}},
		}, {
			name:   "a mark",
			damage: func(t *testing.T, path func(string) string) { flip(t, path(markName), 20, 1) },
		}, {
			name:   "other files",
			damage: func(t *testing.T, path func(string) string) { os.WriteFile(path("notes.spool"), []byte("x"), 0o600) },
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			o := Options{FileBytes: headerSize + 10*one}
			s, _ := mustOpen(t, dir, o)
			for i := range 30 {
				rec := numbered(1, 1)
				mustAppend(t, s, rec...)
				if s.size != at(int64(i%10)+2) {
					t.Fatal("the test does not know the form")
				}
			}
			if test.clean {
				s.Close()
			} else {
				crash(s)
			}
			test.damage(t, func(name string) string { return filepath.Join(dir, name) })

			s, report := mustOpen(t, dir, o)
			part := Report{Cut: report.Cut, CutKept: report.CutKept, CutFirst: report.CutFirst, CutRecords: report.CutRecords, CutWhole: report.CutWhole, Lost: report.Lost, SetAside: report.SetAside, Removed: report.Removed}
			if !reflect.DeepEqual(part, test.report) {
				t.Errorf("reported %+v, want %+v", part, test.report)
			}
			if lost, more := report.LostEnd(s.Last()); lost != test.lost || more != test.more {
				t.Errorf("lost with the end: %d, more: %v", lost, more)
			}
			for _, seg := range s.segs {
				if info, err := os.Stat(filepath.Join(dir, seg.name)); err != nil || seg == s.segs[len(s.segs)-1] && info.Size() != seg.end {
					t.Errorf("%s: %d bytes, %v", seg.name, seg.end, err)
				}
			}
			// From here on it works like any other.
			if next := mustAppend(t, s, numbered(1, 1)...); next < 31 {
				t.Errorf("Seq %d given again", next)
			}
			got := readFrom(t, s, 1)
			if !reflect.DeepEqual(got.damaged, test.damaged) || !reflect.DeepEqual(got.gone, test.gone) {
				t.Errorf("told %v and %v, want %v and %v", got.damaged, got.gone, test.damaged, test.gone)
			}
			for seq := uint64(1); seq <= 30; seq++ {
				was := false
				for _, r := range got.records {
					was = was || r.Seq == seq
				}
				cut := report.Skipped.From <= seq && seq <= report.Skipped.To
				if was == (got.missed(seq) || cut) {
					t.Errorf("%d: read %v, told as missing %v, %v", seq, was, got.missed(seq), cut)
				}
			}
			// A reader that wants only what is sound hears of nothing.
			if got := readFrom(t, s, s.Last()); len(got.records) != 1 || got.damaged != nil {
				t.Errorf("from the end: %+v", got)
			}
			s.Close()
			if _, report := mustOpen(t, dir, o); report.Cut != 0 || report.SetAside != nil || !report.Clean {
				t.Errorf("the second time: %+v", report)
			}
		})
	}
}

// TestSearch damages a record so that the next begins at the end of what is read at
// once, or is cut by it.
func TestSearch(t *testing.T) {
	for k := range 40 {
		dir := t.TempDir()
		s, _ := mustOpen(t, dir, Options{})
		mustAppend(t, s, Record{Kind: Datagram, Data: make([]byte, bufferSize-k-recordHead)}, Record{Kind: Datagram})
		crash(s)
		flip(t, filepath.Join(dir, fileName(1)), headerSize, 1)
		s, report := mustOpen(t, dir, Options{})
		got := readFrom(t, s, 1)
		if want := []Range{{1, 1}}; len(got.records) != 1 || !reflect.DeepEqual(got.damaged, want) || !reflect.DeepEqual(report.Lost, want) {
			t.Errorf("%d bytes before the end: %d records, lost %v", k, len(got.records), got.damaged)
		}
	}
}

// TestNothingLeftButNames loses the marks and the end of the newest file, or its
// header: what is left says no more than where numbering must go on.
func TestNothingLeftButNames(t *testing.T) {
	const n = 150_000 // more than marks reserve, in one file
	for name, damage := range map[string]func(path string){
		"header": func(path string) { flip(t, path, 0, 1) },
		"end":    func(path string) { os.Truncate(path, 4_000_000) },
	} {
		dir := t.TempDir()
		s, _ := mustOpen(t, dir, Options{})
		batch := make([]Record, 1000)
		for i := range batch {
			batch[i].Kind = Gap
		}
		for range n / len(batch) {
			mustAppend(t, s, batch...)
		}
		crash(s)
		damage(filepath.Join(dir, fileName(1)))
		os.Remove(filepath.Join(dir, markName))
		for range 2 { // the second time from the name of what was set aside
			s, _ = mustOpen(t, dir, Options{})
			if s.next <= n {
				t.Errorf("%s: Seq %d would be given again", name, s.next)
			}
			crash(s)
			os.Remove(filepath.Join(dir, markName))
		}
	}
}

// TestForgery damages a datagram that carries a perfect record of a later Seq, but
// for the file's secret. It must not be taken for one.
func TestForgery(t *testing.T) {
	dir := t.TempDir()
	s, _ := mustOpen(t, dir, Options{})
	mustAppend(t, s, numbered(1, 1)...)
	forged := (&Record{Kind: Datagram, Data: []byte("forged")}).encode(nil, key{}, 3)
	mustAppend(t, s, Record{Kind: Datagram, Data: forged}, Record{Kind: Datagram, Data: []byte("true")})
	off := s.segs[0].end
	crash(s)
	flip(t, filepath.Join(dir, fileName(1)), off-int64(len(forged))-recordHead-4-recordHead, 8)
	s, _ = mustOpen(t, dir, Options{})
	got := readFrom(t, s, 1)
	if len(got.records) != 2 || string(got.records[1].Data) != "true" || !got.missed(2) {
		t.Errorf("got %+v", got)
	}
}

// TestNewerVersion leaves files alone that it does not know.
func TestNewerVersion(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, fileName(1))
	b := header{first: 1}.encode(nil)
	b[8]++
	b = binary.LittleEndian.AppendUint32(b[:60], crc32.Checksum(b[:60], castagnoli))
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(dir, Options{}); !errors.Is(err, ErrVersion) {
		t.Error(err)
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, b) {
		t.Error("changed", err)
	}
}

// TestManyTails tears the end off again and again: the newest remains are kept.
func TestManyTails(t *testing.T) {
	dir := t.TempDir()
	removed := 0
	for range maxTails + 5 {
		s, report := mustOpen(t, dir, Options{})
		removed += len(report.Removed)
		first := mustAppend(t, s, numbered(1, 2)...)
		crash(s)
		path := filepath.Join(dir, fileName(first))
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		os.Truncate(path, info.Size()-3)
	}
	s, report := mustOpen(t, dir, Options{})
	removed += len(report.Removed)
	tails, _ := filepath.Glob(filepath.Join(dir, "*"+damaged))
	if len(tails) != maxTails || removed != 5 {
		t.Errorf("%d kept, %d removed", len(tails), removed)
	}
	if got := readFrom(t, s, 1); len(got.records) != maxTails+5 {
		t.Errorf("%d records", len(got.records))
	}
}

// TestLiveDamage damages files under a running spool.
func TestLiveDamage(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("nobody can remove these files there")
	}
	dir := t.TempDir()
	s, _ := mustOpen(t, dir, Options{FileBytes: 1000})
	for range 5 {
		mustAppend(t, s, numbered(1, 10)...)
	}
	os.Remove(filepath.Join(dir, fileName(11)))
	os.Truncate(filepath.Join(dir, fileName(21)), headerSize)
	flip(t, filepath.Join(dir, fileName(41)), s.segs[4].end-1, 1) // the newest record
	got := readFrom(t, s, 1)
	if want := []Range{{11, 20}, {21, 30}, {50, 50}}; !reflect.DeepEqual(got.damaged, want) || len(got.records) != 29 {
		t.Errorf("%d records, lost %v, want %v", len(got.records), got.damaged, want)
	}
	mustAppend(t, s, numbered(1, 1)...)
	if got := readFrom(t, s, 51); len(got.records) != 1 || got.damaged != nil {
		t.Errorf("behind: %+v", got)
	}
}

// badDrive cannot read some blocks.
type badDrive struct {
	io.ReaderAt
	from, to int64
}

func (d badDrive) ReadAt(b []byte, off int64) (int, error) {
	switch {
	case off >= d.from && off < d.to:
		return 0, &os.PathError{Op: "read", Path: "drive", Err: syscall.EIO}
	case off < d.from && off+int64(len(b)) > d.from:
		n, err := d.ReaderAt.ReadAt(b[:d.from-off], off)
		if err == nil {
			err = syscall.EIO
		}
		return n, err
	}
	return d.ReaderAt.ReadAt(b, off)
}

func TestBadBlocks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("other error numbers")
	}
	s, _ := mustOpen(t, t.TempDir(), Options{})
	for range 100 {
		mustAppend(t, s, numbered(1, 64)...)
	}
	seg := s.segs[0]
	for _, bad := range [][2]int64{{0, 8192}, {8192, 12288}, {65536, 131072}, {seg.end / 4096 * 4096, seg.end}} {
		r, err := s.Reader(1)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.turn(); err != nil {
			t.Fatal(err)
		}
		r.walk.file = badDrive{r.file, bad[0], bad[1]}
		var got outcome
		read(t, r, &got)
		r.Close()
		if len(got.damaged) != 1 {
			t.Fatalf("%v: lost %v", bad, got.damaged)
		}
		lost := int64(got.damaged[0].To - got.damaged[0].From + 1)
		if lost+int64(len(got.records)) != 6400 || lost > (bad[1]-bad[0])*6400/seg.end+2 {
			t.Errorf("%v: lost %v, read %d", bad, got.damaged, len(got.records))
		}
	}
}
