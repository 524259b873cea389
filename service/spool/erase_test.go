package spool

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// What is erased is in no file any more, also of those that are full; all else is as it was,
// also after the spool was opened anew, and readers take nothing for damaged.
func TestErase(t *testing.T) {
	dir := t.TempDir()
	o := Options{FileBytes: 4000}
	s, _, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	text := func(seq uint64) string { return fmt.Sprintf("secret-%04d", seq) }
	erased := func(seq uint64) bool { return seq%3 == 0 || seq > 90 }
	var gone []uint64
	for seq := uint64(1); seq <= 100; seq++ {
		if _, err := s.Append([]Record{{Kind: Datagram, Time: time.Unix(int64(seq), 0), Data: []byte(text(seq))}}); err != nil {
			t.Fatal(err)
		}
		if erased(seq) {
			gone = append(gone, seq)
		}
	}
	if err := s.Erase(append(gone, 1000, 2000)); err != nil { // two are not there
		t.Fatal(err)
	}
	look := func() {
		t.Helper()
		files, _ := filepath.Glob(filepath.Join(dir, "*"))
		var all []byte
		for _, f := range files {
			b, _ := os.ReadFile(f)
			all = append(all, b...)
		}
		r, err := s.Reader(1)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		records := make([]Record, 7)
		for want := uint64(1); want <= 100; {
			n, err := r.Next(context.Background(), records)
			if err != nil {
				t.Fatalf("from %d: %v", want, err)
			}
			for _, r := range records[:n] {
				kind, data := Datagram, text(want)
				if erased(want) {
					kind, data = Erased, string(make([]byte, len(data)))
				}
				if r.Seq != want || r.Kind != kind || string(r.Data) != data || !r.Time.Equal(time.Unix(int64(want), 0)) {
					t.Errorf("record %d: %+v", want, r)
				}
				if bytes.Contains(all, []byte(text(want))) == erased(want) {
					t.Errorf("%s in the files: %v", text(want), !erased(want))
				}
				want++
			}
		}
	}
	look()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var report Report
	if s, report, err = Open(dir, o); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if !report.Sound() || !report.Clean {
		t.Errorf("after a new start: %+v", report)
	}
	look()
}
