package spool

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"sync"
	"testing"
	"time"

	"linklog/capture"
)

// TestRecordForms appends every kind of record and reads it back, from the same
// process and from the next.
func TestRecordForms(t *testing.T) {
	v4 := netip.MustParseAddrPort("192.168.1.1:162")
	now := time.Date(2026, 11, 23, 13, 30, 0, 123456789, time.UTC)
	end := time.Unix(0, math.MaxInt64).UTC()
	begin := time.Unix(0, math.MinInt64+1).UTC()
	tests := []struct {
		name   string
		record Record
		time   time.Time // if not as it was
	}{
		{"usual", Record{Kind: Datagram, Time: now, From: v4, Data: []byte("trap")}, now},
		{"nothing but a kind", Record{Kind: Gap}, time.Time{}},
		{"IPv6", Record{Kind: Datagram, Time: now, From: netip.MustParseAddrPort("[2001:db8::1]:65535"), Data: []byte("x")}, now},
		{"zone", Record{Kind: Datagram, Time: now, From: netip.MustParseAddrPort("[fe80::1%eth0]:1")}, now},
		{"another zone", Record{Kind: Datagram, Time: now, From: netip.MustParseAddrPort("[fe80::1%3]:1")}, now},
		{"mapped", Record{Kind: Datagram, Time: now, From: netip.MustParseAddrPort("[::ffff:10.0.0.1]:1")}, now},
		{"truncated, the largest", Record{Kind: Datagram, Time: now, From: v4, Truncated: true, Data: bytes.Repeat([]byte{0xff}, MaxData)}, now},
		{"own kind", Record{Kind: 255, Time: now, Data: []byte{0}}, now},
		{"port without an address", Record{Kind: Datagram, From: netip.AddrPortFrom(netip.Addr{}, 7)}, time.Time{}},
		{"before 1970", Record{Kind: Datagram, Time: time.Unix(-1, 1).UTC()}, time.Unix(-1, 1).UTC()},
		{"far future", Record{Kind: Datagram, Time: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}, end},
		{"far past", Record{Kind: Datagram, Time: time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC)}, begin},
	}
	dir := t.TempDir()
	s, report := mustOpen(t, dir, Options{})
	if want := (Report{New: true, Clean: true}); !reflect.DeepEqual(report, want) {
		t.Errorf("new: %+v", report)
	}
	for i, test := range tests {
		if first := mustAppend(t, s, test.record); first != uint64(i+1) {
			t.Errorf("%s: Seq %d, want %d", test.name, first, i+1)
		}
	}
	check := func(s *Spool) {
		t.Helper()
		got := readFrom(t, s, 0)
		if len(got.records) != len(tests) {
			t.Fatalf("%d records, want %d", len(got.records), len(tests))
		}
		for i, test := range tests {
			want := test.record
			want.Seq, want.Time = uint64(i+1), test.time
			if r := got.records[i]; !same(r, want) {
				t.Errorf("%s: got %+v", test.name, r)
			} else if !r.Time.IsZero() && r.Time.Location() != time.UTC {
				t.Errorf("%s: not in UTC", test.name)
			}
		}
	}
	check(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, report = mustOpen(t, dir, Options{})
	want := Report{Clean: true, Files: 1, Bytes: s.Size(), First: 1, Last: uint64(len(tests)), Records: uint64(len(tests))}
	if !reflect.DeepEqual(report, want) {
		t.Errorf("reopened: %+v, want %+v", report, want)
	}
	check(s)
	if first := mustAppend(t, s, tests[0].record); first != uint64(len(tests)+1) {
		t.Errorf("Seq %d after reopening", first)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "*"+suffix)); len(files) != 1 {
		t.Errorf("%d files", len(files))
	}
}

func TestAppendRefuses(t *testing.T) {
	s, _ := mustOpen(t, t.TempDir(), Options{})
	good := Record{Kind: Datagram}
	for name, bad := range map[string]Record{
		"no kind":   {},
		"too long":  {Kind: Datagram, Data: make([]byte, MaxData+1)},
		"long zone": {Kind: Datagram, From: netip.AddrPortFrom(netip.IPv6LinkLocalAllNodes().WithZone(string(make([]byte, 256))), 1)},
	} {
		if _, err := s.Append([]Record{good, bad}); !errors.Is(err, ErrRecord) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if first, err := s.Append(nil); first != 1 || err != nil {
		t.Errorf("empty batch: %d, %v", first, err)
	}
	if first := mustAppend(t, s, good); first != 1 || s.Last() != 1 || s.First() != 1 {
		t.Errorf("first %d, First %d, Last %d", first, s.First(), s.Last())
	}
}

func TestAppendDatagrams(t *testing.T) {
	s, _ := mustOpen(t, t.TempDir(), Options{})
	d := capture.Datagram{Data: []byte("trap"), From: netip.MustParseAddrPort("10.0.0.1:5"), Time: time.Unix(9, 9).UTC(), Truncated: true}
	if first, err := s.AppendDatagrams([]capture.Datagram{d, d}); first != 1 || err != nil {
		t.Fatal(first, err)
	}
	want := Record{Seq: 2, Kind: Datagram, Time: d.Time, From: d.From, Truncated: true, Data: d.Data}
	if got := readFrom(t, s, 2); len(got.records) != 1 || !same(got.records[0], want) {
		t.Errorf("got %+v", got)
	}
}

func TestPermissions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the folder's access list decides there")
	}
	dir := filepath.Join(t.TempDir(), "a", "spool")
	s, _ := mustOpen(t, dir, Options{})
	mustAppend(t, s, numbered(1, 1)...)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s: %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestInUse(t *testing.T) {
	dir := t.TempDir()
	s, _ := mustOpen(t, dir, Options{})
	_, _, err := Open(dir, Options{})
	if want := "open spool " + dir + ": in use by another linklog service"; !errors.Is(err, ErrInUse) || err.Error() != want {
		t.Errorf("got %v", err)
	}
	mustAppend(t, s, numbered(1, 1)...) // the second did no harm
	s.Close()
	mustOpen(t, dir, Options{})
}

func TestBadFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(file, Options{}); err == nil {
		t.Error("a file was taken for a folder")
	}
	if _, _, err := Open(t.TempDir(), Options{MaxBytes: -1}); err == nil {
		t.Error("a negative size was taken")
	}
}

func TestClosed(t *testing.T) {
	s, _ := mustOpen(t, t.TempDir(), Options{})
	r, err := s.Reader(0)
	if err != nil {
		t.Fatal(err)
	}
	waiting := make(chan error)
	go func() {
		_, err := r.Next(context.Background(), make([]Record, 1))
		waiting <- err
	}()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error("second Close:", err)
	}
	if err := <-waiting; !errors.Is(err, ErrClosed) {
		t.Error("waiting reader:", err)
	}
	_, err = s.Append(numbered(1, 1))
	_, readErr := s.Reader(0)
	for what, err := range map[string]error{"Append": err, "Reader": readErr, "Sync": s.Sync(), "Release": s.Release(1)} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s: %v", what, err)
		}
	}
	r.Close()
	if _, err := r.Next(context.Background(), make([]Record, 1)); !errors.Is(err, ErrClosed) {
		t.Error("closed reader:", err)
	}
}

// TestNumbers looks at the Seqs after every way to come back.
func TestNumbers(t *testing.T) {
	dir := t.TempDir()
	s, _ := mustOpen(t, dir, Options{MinSeq: 41})
	if first := mustAppend(t, s, numbered(1, 3)...); first != 42 {
		t.Errorf("above MinSeq: %d", first)
	}
	s.Close()

	s, report := mustOpen(t, dir, Options{MinSeq: 43})
	if s.Last() != 44 || !report.Clean || !report.Sound() {
		t.Errorf("after Close: Last %d, %+v", s.Last(), report)
	}
	mustAppend(t, s, numbered(4, 1)...) // 45
	crash(s)

	s, report = mustOpen(t, dir, Options{})
	if report.Clean || !report.Sound() || report.Skipped.From != 46 || report.Skipped.To < 46 {
		t.Errorf("after a crash: %+v", report)
	}
	if err := s.Sync(); err != nil || s.Synced() != 45 {
		t.Errorf("synced %d, %v", s.Synced(), err)
	}
	next := report.Skipped.To + 1
	crash(s)
	s, report = mustOpen(t, dir, Options{}) // a crash without a record costs no numbers
	if report.Skipped.To+1 != next {
		t.Errorf("after an idle crash: %+v", report)
	}
	if first := mustAppend(t, s, numbered(5, 1)...); first != next {
		t.Errorf("after two crashes: %d, want %d", first, next)
	}
	s.Close()

	if err := os.Remove(filepath.Join(dir, markName)); err != nil {
		t.Fatal(err)
	}
	s, report = mustOpen(t, dir, Options{})
	if first := mustAppend(t, s, numbered(6, 1)...); report.Clean || first <= next {
		t.Errorf("without marks: %d, %+v", first, report)
	}
	last := s.Last()
	got := readFrom(t, s, 42)
	if want := []uint64{42, 43, 44, 45, next, last}; !reflect.DeepEqual(got.seqs(), want) || got.damaged != nil || got.gone != nil {
		t.Errorf("read %v, want %v", got, want)
	}
	s.Close()

	// The history is ahead: the spool's end was lost.
	s, _ = mustOpen(t, dir, Options{MinSeq: last + 10})
	if first := mustAppend(t, s, numbered(7, 1)...); first != last+11 {
		t.Errorf("behind the history: %d", first)
	}
	got = readFrom(t, s, last)
	if want := (Range{last + 1, last + 10}); len(got.records) != 2 || len(got.damaged) != 1 || got.damaged[0] != want {
		t.Errorf("read %+v", got)
	}
	s.Close()

	// All files are lost, but not the marks.
	files, _ := filepath.Glob(filepath.Join(dir, "*"+suffix))
	for _, file := range files {
		os.Remove(file)
	}
	s, _ = mustOpen(t, dir, Options{})
	if first := mustAppend(t, s, numbered(8, 1)...); first != last+12 {
		t.Errorf("without files: %d, want %d", first, last+12)
	}
	if _, err := s.Reader(42); !errors.As(err, new(*GoneError)) {
		t.Errorf("lost files: %v", err)
	}
}

// TestFollow lets readers run beside the writer, through many files, each from
// another Seq.
func TestFollow(t *testing.T) {
	const n, readers = 20_000, 8
	s, _ := mustOpen(t, t.TempDir(), Options{FileBytes: 100_000})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var wg sync.WaitGroup
	for i := range readers {
		from := uint64(1 + i*n/readers/2)
		r, err := s.Reader(from)
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			defer r.Close()
			into := make([]Record, 1+i*13)
			for want := from; want <= n; {
				k, err := r.Next(ctx, into)
				if err != nil {
					t.Error(err)
					return
				}
				for _, rec := range into[:k] {
					if rec.Seq != want || rec.Time.UnixNano() != 1_700_000_000_000_000_000+int64(want) {
						t.Errorf("reader %d: got %+v, want %d", i, rec, want)
						return
					}
					want++
				}
			}
		})
	}
	wg.Go(func() { s.SyncEvery(ctx, time.Millisecond, func(err error) { t.Error(err) }) })
	for i := 1; i <= n; {
		k := min(1+i%64, n-i+1)
		mustAppend(t, s, numbered(i, k)...)
		i += k
	}
	if err := s.Sync(); err != nil || s.Synced() != n {
		t.Errorf("synced %d, %v", s.Synced(), err)
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		s.mu.Lock()
		idle := len(s.waiting)
		s.mu.Unlock()
		if idle == 0 { // all have what they came for
			break
		}
	}
	cancel()
	wg.Wait()
}

// TestWait makes sure that a reader at the end sleeps until something comes, and
// that an ended context and Close leave nothing behind.
func TestWait(t *testing.T) {
	s, _ := mustOpen(t, t.TempDir(), Options{})
	r, err := s.Reader(s.Last() + 1)
	if err != nil {
		t.Fatal(err)
	}
	into := make([]Record, 4)
	for range 3 { // gives up several times, and is listed once
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		if _, err := r.Next(ctx, into); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		cancel()
	}
	if len(s.waiting) != 1 {
		t.Errorf("listed %d times", len(s.waiting))
	}
	mustAppend(t, s, numbered(1, 2)...)
	if n, err := r.Next(context.Background(), into); n != 2 || err != nil || r.Seq() != 3 {
		t.Errorf("got %d, %v, then %d", n, err, r.Seq())
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r.Next(ctx, into)
	r.Close()
	if len(s.waiting) != 0 {
		t.Error("still listed")
	}
}

func TestRelease(t *testing.T) {
	const files = 10
	batch := numbered(1, 10)
	s, _ := mustOpen(t, t.TempDir(), Options{FileBytes: 700, KeepBytes: 2500})
	for range files {
		mustAppend(t, s, batch...) // each larger than a file
	}
	one := s.Size() / files
	slow, err := s.Reader(1)
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	if n, err := slow.Next(context.Background(), make([]Record, 3)); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	release := func(upTo, first uint64) {
		t.Helper()
		if err := s.Release(upTo); err != nil {
			t.Error(err)
		}
		if s.First() != first || s.Size() != one*int64(files-(first-1)/10) {
			t.Errorf("Release(%d): First %d, want %d, %d bytes", upTo, s.First(), first, s.Size())
		}
	}
	release(9, 1)
	release(10, 11)
	release(35, 31)
	release(5, 31)                          // it never goes back
	release(100, 100-10*uint64(2500/one)-9) // KeepBytes stay

	var gone *GoneError
	if _, err := s.Reader(30); !errors.As(err, &gone) || gone.From != 30 || gone.Oldest != s.First() {
		t.Errorf("got %v", err)
	}
	// The slow reader reads its file to the end, then learns what it missed.
	var got outcome
	read(t, slow, &got)
	if want := []Range{{11, s.First() - 1}}; !reflect.DeepEqual(got.gone, want) || got.damaged != nil {
		t.Errorf("slow reader: %+v, want %v", got, want)
	}
	if n := 7 + int(100-s.First()+1); len(got.records) != n {
		t.Errorf("slow reader: %d records, want %d", len(got.records), n)
	}
}

func TestManySmallFiles(t *testing.T) {
	dir := t.TempDir()
	o := Options{KeepBytes: 1, FileBytes: 1 << 20}
	for range 70 {
		s, _ := mustOpen(t, dir, Options{})
		mustAppend(t, s, numbered(1, 1)...)
		crash(s)
	}
	o.KeepBytes = 1 << 20 // would hold all
	s, report := mustOpen(t, dir, o)
	if report.Files != 70 {
		t.Errorf("%+v", report)
	}
	if err := s.Release(s.Last()); err != nil || len(s.segs) != 66 {
		t.Errorf("%d files, %v", len(s.segs), err)
	}
}

func TestFull(t *testing.T) {
	batch := numbered(1, 10)
	fill := func(t *testing.T, s *Spool) (first uint64, err error) {
		for range 100 {
			if first, err = s.Append(batch); err != nil {
				return first, err
			}
			if s.Size() > 5000 {
				t.Fatalf("%d bytes", s.Size())
			}
		}
		return first, nil
	}
	t.Run("refuse", func(t *testing.T) {
		s, _ := mustOpen(t, t.TempDir(), Options{FileBytes: 1000, MaxBytes: 5000})
		_, err := fill(t, s)
		if !errors.Is(err, ErrFull) {
			t.Fatal(err)
		}
		last := s.Last()
		if got := readFrom(t, s, 1); len(got.records) != int(last) || got.gone != nil {
			t.Errorf("of %d: %+v", last, got)
		}
		// KeepBytes, much larger here, gives way, but only as far as it must.
		if err := s.Release(last); err != nil || s.First() != 1 {
			t.Errorf("First %d, %v", s.First(), err)
		}
		if first := mustAppend(t, s, batch...); first != last+1 || s.First() == 1 {
			t.Errorf("first %d, First %d", first, s.First())
		}
	})
	t.Run("refuse, one file", func(t *testing.T) {
		s, _ := mustOpen(t, t.TempDir(), Options{MaxBytes: 5000})
		if _, err := fill(t, s); !errors.Is(err, ErrFull) {
			t.Fatal(err)
		}
		s.Release(s.Last())
		mustAppend(t, s, batch...)
		if len(s.segs) != 1 || s.Size() > 5000 {
			t.Errorf("%d files, %d bytes", len(s.segs), s.Size())
		}
	})
	for _, size := range []int64{1000, 1 << 20} {
		t.Run("drop the oldest", func(t *testing.T) {
			s, _ := mustOpen(t, t.TempDir(), Options{FileBytes: size, MaxBytes: 5000, DropOldest: true})
			r, _ := s.Reader(1)
			defer r.Close()
			if first, err := fill(t, s); err != nil || first != 991 {
				t.Fatal(first, err)
			}
			var got outcome
			read(t, r, &got)
			if want := []Range{{1, s.First() - 1}}; !reflect.DeepEqual(got.gone, want) || got.damaged != nil {
				t.Errorf("got %+v, want %v", got, want)
			}
		})
	}
	t.Run("a batch that never fits", func(t *testing.T) {
		s, _ := mustOpen(t, t.TempDir(), Options{MaxBytes: 500, DropOldest: true})
		mustAppend(t, s, batch[0])
		if _, err := s.Append(batch); !errors.Is(err, ErrFull) || s.First() != 1 {
			t.Error(err, s.First())
		}
	})
}

// TestStops begins reading in the middle of a large file without going through
// all of it.
func TestStops(t *testing.T) {
	dir := t.TempDir()
	s, _ := mustOpen(t, dir, Options{})
	batch := numbered(1, 64)
	for range 1000 {
		mustAppend(t, s, batch...)
	}
	check := func(s *Spool) {
		t.Helper()
		for _, from := range []uint64{1, 2, 64, 30_000, 63_999, 64_000} {
			r, err := s.Reader(from)
			if err != nil {
				t.Fatal(err)
			}
			into := make([]Record, 1)
			n, err := r.Next(context.Background(), into)
			if n != 1 || err != nil || into[0].Seq != from {
				t.Errorf("from %d: %+v, %v", from, into, err)
			}
			r.Close()
		}
		if n, want := len(s.segs[0].stops), int(s.Size()/stopEvery); n < want || n > want+1 {
			t.Errorf("%d stops, want %d", n, want)
		}
	}
	check(s)
	s.Close()
	s, _ = mustOpen(t, dir, Options{})
	check(s)
}

// TestFailingFile has a file that takes neither a write nor a repair: its numbers
// are not given again, and what comes next goes to another.
func TestFailingFile(t *testing.T) {
	dir := t.TempDir()
	s, _ := mustOpen(t, dir, Options{})
	mustAppend(t, s, numbered(1, 5)...)
	s.file.Close()
	var err error
	if s.file, err = os.Open(filepath.Join(dir, fileName(1))); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Append(numbered(6, 3)); !errors.As(err, new(*WriteError)) {
		t.Fatal(err)
	}
	if first := mustAppend(t, s, numbered(9, 2)...); first != 9 {
		t.Errorf("Seq %d, want 9", first)
	}
	for range 2 {
		got := readFrom(t, s, 1)
		if want := []uint64{1, 2, 3, 4, 5, 9, 10}; !reflect.DeepEqual(got.seqs(), want) || got.damaged != nil {
			t.Errorf("read %v, lost %v, want %v", got.seqs(), got.damaged, want)
		}
		crash(s)
		s, _ = mustOpen(t, dir, Options{})
	}
}

// TestSyncFails has a file that cannot be flushed for a while.
func TestSyncFails(t *testing.T) {
	dir := t.TempDir()
	s, _ := mustOpen(t, dir, Options{})
	mustAppend(t, s, numbered(1, 5)...)
	bad := filepath.Join(dir, "bad")
	if err := os.Mkdir(bad, 0o700); err != nil {
		t.Fatal(err)
	}
	s.unsynced = append(s.unsynced, "bad")
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var told []error
	s.SyncEvery(ctx, time.Millisecond, func(err error) {
		switch told = append(told, err); {
		case err == nil:
			cancel()
		case s.Synced() != 0:
			t.Error("synced in spite of", err)
		case len(told) == 3:
			os.Remove(bad)
		}
	})
	if len(told) != 4 || told[0] == nil || told[3] != nil || s.Synced() != 5 {
		t.Errorf("told %v, synced %d", told, s.Synced())
	}
	if names := append([]string(nil), s.unsynced...); len(names) != 0 {
		t.Errorf("still to flush: %v", names)
	}
}

func TestSyncEvery(t *testing.T) {
	s, _ := mustOpen(t, t.TempDir(), Options{})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan struct{})
	go func() {
		s.SyncEvery(ctx, time.Millisecond, func(err error) { t.Error(err) })
		close(ended)
	}()
	for i := uint64(1); i <= 3; i++ {
		mustAppend(t, s, numbered(1, 1)...)
		for deadline := time.Now().Add(30 * time.Second); s.Synced() != i; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("synced %d, want %d", s.Synced(), i)
			}
		}
	}
	s.Close()
	<-ended
}

// TestReserve appends more than one mark reserves, with and without Sync in
// between.
func TestReserve(t *testing.T) {
	dir := t.TempDir()
	s, _ := mustOpen(t, dir, Options{})
	batch := make([]Record, 1000)
	for i := range batch {
		batch[i].Kind = Datagram
	}
	for i := range 200 {
		mustAppend(t, s, batch...)
		if s.next > s.marker.mark.next {
			t.Fatalf("Seq %d given, but only %d reserved", s.next-1, s.marker.mark.next)
		}
		if i > 100 {
			if err := s.Sync(); err != nil {
				t.Fatal(err)
			}
			if s.ceiling-s.next < seqReserve/2 {
				t.Fatal("Sync does not reserve ahead")
			}
		}
	}
	crash(s)
	s, _ = mustOpen(t, dir, Options{})
	if first := mustAppend(t, s, batch...); first <= 200_000 {
		t.Errorf("%d given twice", first)
	}
}

func TestNoAllocations(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector allocates")
	}
	s, _ := mustOpen(t, t.TempDir(), Options{})
	r, err := s.Reader(1)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	batch := make([]capture.Datagram, 64)
	for i := range batch {
		batch[i] = capture.Datagram{Data: make([]byte, 121), From: netip.MustParseAddrPort("[fe80::1%3]:162"), Time: time.Now()}
	}
	into := make([]Record, 64)
	ctx := context.Background()
	allocs := testing.AllocsPerRun(200, func() {
		if _, err := s.AppendDatagrams(batch); err != nil {
			t.Fatal(err)
		}
		for got := 0; got < len(batch); {
			n, err := r.Next(ctx, into)
			if err != nil {
				t.Fatal(err)
			}
			got += n
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations to append and read 64 records", allocs)
	}
}

// TestBefore counts records, over the leap of their Seqs after a crash.
func TestBefore(t *testing.T) {
	dir := t.TempDir()
	s, _ := mustOpen(t, dir, Options{})
	mustAppend(t, s, numbered(0, 10)...)
	crash(s)
	s, _ = mustOpen(t, dir, Options{})
	first := mustAppend(t, s, numbered(10, 5)...)
	if first < 100 {
		t.Fatalf("no leap: %d", first)
	}
	for _, test := range []struct{ seq, n, want uint64 }{
		{first + 5, 1, first + 4}, {first + 5, 5, first}, {first + 5, 6, 10}, {first + 2, 2, first}, {first + 2, 4, 9}, {first, 3, 8},
		{first - 1, 1, 10}, {first + 1000, 15, 1}, {first + 5, 1000, 1}, {1, 5, 1}, {3, 1, 2},
	} {
		if got := s.Before(test.seq, test.n); got != test.want {
			t.Errorf("%d before %d: %d, want %d", test.n, test.seq, got, test.want)
		}
	}
	empty, _ := mustOpen(t, t.TempDir(), Options{})
	if got := empty.Before(7, 3); got != 7 {
		t.Errorf("of none: %d", got)
	}
}
