package spool

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzOpen opens a folder with one file and the marks as given: whatever is in
// them, it opens or says why not, hands out only what lies in order, takes more and
// has that after a crash, too.
func FuzzOpen(f *testing.F) {
	h := header{first: 1, key: key{mark: 0x01020304, sum: 5}}
	records := func(h header, seqs ...uint64) []byte {
		b := h.encode(nil)
		for i, seq := range seqs {
			r := numbered(i, 1)[0]
			b = r.encode(b, h.key, seq)
		}
		return b
	}
	whole := records(h, 1, 2, 3)
	f.Add(whole, []byte{})
	f.Add(whole[:len(whole)-1], []byte{})
	f.Add(whole[:headerSize], []byte{})
	f.Add(whole[:7], []byte{})
	f.Add(make([]byte, 300), make([]byte, markApart+markSize))
	f.Add(records(h, 1, 2, 2, 7, 4, ^uint64(0)), []byte{})
	f.Add(append(whole, h.encode(nil)...), []byte{})
	f.Add(records(header{first: 1, prev: 9, key: h.key}, 1), []byte{})
	zero := records(header{first: 1}, 1) // every zero could be the begin of a record
	f.Add(append(zero, make([]byte, 100_000)...), []byte{})
	f.Fuzz(func(t *testing.T, file, marks []byte) {
		dir := t.TempDir()
		for name, b := range map[string][]byte{fileName(1): file, markName: marks} {
			if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s, _, err := Open(dir, Options{})
		if err != nil {
			return
		}
		defer func() { crash(s) }()
		got := readFrom(t, s, 1)
		last := uint64(0)
		for _, r := range got.records {
			if r.Seq <= last || got.missed(r.Seq) {
				t.Fatalf("%d after %d, told missing %v", r.Seq, last, got.missed(r.Seq))
			}
			last = r.Seq
		}
		if s.next <= last {
			t.Skip("the highest of all numbers was given")
		}
		first := mustAppend(t, s, numbered(1, 2)...)
		if first <= last {
			t.Fatalf("%d given after %d", first, last)
		}
		crash(s)
		if s, _, err = Open(dir, Options{}); err != nil {
			t.Fatal(err)
		}
		again := readFrom(t, s, 1)
		if len(again.records) != len(got.records)+2 || s.next < first+2 {
			t.Fatalf("%d records, then 2 more, then %d", len(got.records), len(again.records))
		}
	})
}
