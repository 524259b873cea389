package spool

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What is given up is removed once it is released, with what was set aside; what comes later
// stays, and gets Seqs above.
func TestGiveUp(t *testing.T) {
	dir := t.TempDir()
	o := Options{FileBytes: 300}
	s, _, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	put := func(text string) {
		t.Helper()
		if _, err := s.Append([]Record{{Kind: Datagram, Time: time.Unix(1, 0), Data: []byte(text)}}); err != nil {
			t.Fatal(err)
		}
	}
	in := func(text string) (found bool) {
		files, _ := filepath.Glob(filepath.Join(dir, "*"))
		for _, f := range files {
			b, _ := os.ReadFile(f)
			found = found || strings.Contains(string(b), text)
		}
		return found
	}
	for range 20 {
		put("secret")
	}
	if err := os.WriteFile(filepath.Join(dir, fileName(3)+".77.damaged"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	through := s.Last()
	put("later") // in the same file, perhaps
	for _, released := range []uint64{0, 10, through - 1} {
		if err := s.Release(released); err != nil {
			t.Fatal(err)
		}
		if done, err := s.GiveUp(through); done || err != nil {
			t.Fatalf("released up to %d: %v, %v", released, done, err)
		}
	}
	put("much later")
	if err := s.Release(s.Last() - 1); err != nil {
		t.Fatal(err)
	}
	if done, err := s.GiveUp(through); !done || err != nil || in("secret") || !in("much later") {
		t.Errorf("%v, %v; there: %v, %v", done, err, in("secret"), in("much later"))
	}
	if done, err := s.GiveUp(through); !done || err != nil {
		t.Errorf("again: %v, %v", done, err)
	}
	last, before := s.Last(), s.First()-1
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, report, err := Open(dir, o)
	if err != nil || !report.Sound() || report.GivenUp != before || before < through {
		t.Fatalf("%+v, %v; given up were those up to %d", report, err, before)
	}
	defer s.Close()
	if put("new"); s.Last() <= last {
		t.Errorf("%d after %d", s.Last(), last)
	}
}
