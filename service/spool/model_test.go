package spool

import (
	"bytes"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestModel does at random what can happen to a spool, beside a map that says what
// must be in it.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "spool")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		m := &model{dir: dir, records: make(map[uint64]*entry), o: Options{FileBytes: 2000, KeepBytes: 3000, MaxBytes: 200_000}}
		m.open(t)
		defer func() { crash(m.s) }()
		t.Repeat(map[string]func(*rapid.T){
			"append":  m.append,
			"append ": m.append,
			"follow":  m.follow,
			"release": m.release,
			"sync": func(t *rapid.T) {
				if err := m.s.Sync(); err != nil {
					t.Fatal(err)
				}
			},
			"reopen": func(t *rapid.T) { m.end(t); m.open(t) },
			"damage": m.damage,
			"":       m.check,
		})
	})
}

// entry is a record and where it lies.
type entry struct {
	Record
	file     string
	off, end int64
	hurt     bool // its bytes were damaged: it may be lost, if that is told
}

type model struct {
	dir      string
	o        Options
	s        *Spool
	records  map[uint64]*entry
	highest  uint64 // Seq given
	released uint64
	told     []Range // by Reports
	blind    bool    // the marks are damaged
}

func (m *model) open(t *rapid.T) {
	o := m.o
	if e := m.records[m.highest]; e != nil && e.hurt && m.blind {
		o.MinSeq = m.highest // nothing in the folder can know, but the history can
	}
	m.blind = false
	s, report, err := Open(m.dir, o)
	if err != nil {
		t.Fatal(err)
	}
	m.s = s
	m.told = append(m.told, report.Skipped)
	m.told = append(m.told, report.Lost...)
	if s.next <= m.highest {
		t.Fatalf("the next Seq is %d, %d was given", s.next, m.highest)
	}
}

func (m *model) end(t *rapid.T) {
	if rapid.Bool().Draw(t, "clean") {
		if err := m.s.Close(); err != nil {
			t.Fatal(err)
		}
		return
	}
	crash(m.s)
}

func (m *model) append(t *rapid.T) {
	size := rapid.OneOf(rapid.IntRange(0, 200), rapid.IntRange(0, 200), rapid.IntRange(0, 2500), rapid.Just(MaxData))
	addr := rapid.SampledFrom([]string{"0.0.0.0:0", "192.168.1.1:162", "[2001:db8::1]:1", "[fe80::1%eth0]:65535"})
	var batch []Record
	for range rapid.IntRange(1, 10).Draw(t, "records") {
		batch = append(batch, Record{
			Kind:      Kind(rapid.IntRange(1, 3).Draw(t, "kind")),
			Time:      time.Unix(rapid.Int64Range(-1<<32, 1<<32).Draw(t, "time"), 7).UTC(), // also back
			From:      netip.MustParseAddrPort(addr.Draw(t, "from")),
			Truncated: rapid.Bool().Draw(t, "truncated"),
			Data:      bytes.Repeat([]byte{byte(len(m.records))}, size.Draw(t, "size")),
		})
		if batch[len(batch)-1].size() > 60_000 {
			break
		}
	}
	first, err := m.s.Append(batch)
	if errors.Is(err, ErrFull) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if first <= m.highest {
		t.Fatalf("Seq %d given, %d was given before", first, m.highest)
	}
	off := m.s.size
	for i := len(batch) - 1; i >= 0; i-- {
		rec := batch[i]
		rec.Seq = first + uint64(i)
		e := &entry{Record: rec, file: m.s.seg.name, end: off}
		off -= int64(rec.size())
		e.off = off
		m.records[rec.Seq] = e
	}
	m.highest = first + uint64(len(batch)) - 1
}

func (m *model) follow(t *rapid.T) {
	from := rapid.Uint64Range(1, m.highest+2).Draw(t, "from")
	m.compare(t, from)
}

func (m *model) check(t *rapid.T) { m.compare(t, 1) }

// compare reads from a Seq to the end.
func (m *model) compare(t *rapid.T, from uint64) {
	got := readFrom(t, m.s, from)
	was := make(map[uint64]bool)
	last := uint64(0)
	for _, r := range got.records {
		e := m.records[r.Seq]
		switch {
		case r.Seq <= last || r.Seq < from:
			t.Fatalf("%d after %d, from %d", r.Seq, last, from)
		case e == nil:
			t.Fatalf("%d was never appended: %+v", r.Seq, r)
		case !same(r, e.Record):
			t.Fatalf("got %+v, want %+v", r, e.Record)
		case got.missed(r.Seq):
			t.Fatalf("%d was told as missing and came", r.Seq)
		}
		last, was[r.Seq] = r.Seq, true
	}
	for seq, e := range m.records {
		switch {
		case seq < from || was[seq]:
		case !e.hurt && seq > m.released:
			t.Fatalf("%d is missing: damaged %v, gone %v", seq, got.damaged, got.gone)
		case !e.hurt && seq >= m.s.First():
			t.Fatalf("%d was released, but not removed, and is missing", seq)
		case !got.missed(seq) && !within(m.told, seq):
			t.Fatalf("%d is missing, and nobody tells", seq)
		}
	}
	for i, r := range got.damaged {
		if r.From > r.To || i > 0 && got.damaged[i-1].To >= r.From {
			t.Fatalf("told twice or in disorder: %v", got.damaged)
		}
	}
}

func (m *model) release(t *rapid.T) {
	upTo := rapid.Uint64Range(0, m.highest).Draw(t, "up to")
	before := m.s.Size()
	if err := m.s.Release(upTo); err != nil {
		t.Fatal(err)
	}
	m.released = max(m.released, upTo)
	if after := m.s.Size(); after < before && after < m.o.KeepBytes {
		t.Fatalf("%d bytes of %d are left", after, before)
	}
}

// damage ends the spool, damages one file somehow and opens it again.
func (m *model) damage(t *rapid.T) {
	m.end(t)
	defer m.open(t)
	names, err := filepath.Glob(filepath.Join(m.dir, "*"+suffix))
	if err != nil {
		t.Fatal(err)
	}
	names = append(names, filepath.Join(m.dir, markName))
	path := rapid.SampledFrom(names).Draw(t, "file")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(b) == 0 {
		return
	}
	from := rapid.IntRange(0, len(b)-1).Draw(t, "offset")
	to := len(b)
	switch rapid.SampledFrom([]string{"cut", "flip", "zero", "zero to the end", "remove"}).Draw(t, "damage") {
	case "cut":
		b = b[:from]
	case "flip":
		to = min(from+rapid.IntRange(1, 300).Draw(t, "bytes"), len(b))
		for i := from; i < to; i++ {
			b[i] ^= byte(rapid.IntRange(1, 255).Draw(t, "xor"))
		}
	case "zero":
		to = min(from+rapid.IntRange(1, 3000).Draw(t, "bytes"), len(b))
		clear(b[from:to])
	case "zero to the end":
		clear(b[from:])
	case "remove":
		from, b = 0, nil
	}
	if b == nil {
		err = os.Remove(path)
	} else {
		err = os.WriteFile(path, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	m.blind = filepath.Base(path) == markName
	for _, e := range m.records {
		if e.file == filepath.Base(path) && (from < headerSize || e.off < int64(to) && int64(from) < e.end) {
			e.hurt = true
		}
	}
}

func within(ranges []Range, seq uint64) bool {
	for _, r := range ranges {
		if r.From <= seq && seq <= r.To {
			return true
		}
	}
	return false
}
