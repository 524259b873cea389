package spool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"testing"
	"time"

	"linklog/service/leaktest"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		child(dir)
		return
	}
	os.Exit(leaktest.Main(m))
}

func mustOpen(t testing.TB, dir string, o Options) (*Spool, Report) {
	t.Helper()
	s, report, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, report
}

// crash ends a spool as kill -9 would.
func crash(s *Spool) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if !s.shut {
		s.shut = true
		close(s.closed)
		s.abandon()
	}
}

func mustAppend(t testing.TB, s *Spool, batch ...Record) uint64 {
	t.Helper()
	first, err := s.Append(batch)
	if err != nil {
		t.Fatal(err)
	}
	return first
}

// numbered makes n records that differ.
func numbered(from, n int) []Record {
	batch := make([]Record, n)
	for i := range batch {
		batch[i] = Record{
			Kind: Datagram,
			Time: time.Unix(1_700_000_000, int64(from+i)).UTC(),
			From: netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 168, 1, 1}), 162),
			Data: fmt.Appendf(nil, "record %d of a router that has much to say", from+i),
		}
	}
	return batch
}

// outcome is what a reader met on its way to the end.
type outcome struct {
	records []Record
	damaged []Range
	gone    []Range
}

func (o *outcome) seqs() (seqs []uint64) {
	for _, r := range o.records {
		seqs = append(seqs, r.Seq)
	}
	return seqs
}

// missed reports whether a loss of this Seq was told.
func (o *outcome) missed(seq uint64) bool {
	for _, r := range append(o.damaged, o.gone...) {
		if r.From <= seq && seq <= r.To {
			return true
		}
	}
	return false
}

// tester is what testing.T and rapid.T have in common.
type tester interface {
	Helper()
	Fatal(args ...any)
}

// read reads on until nothing more is there.
func read(t tester, r *Reader, got *outcome) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // what is there comes all the same
	into := make([]Record, 7)
	for {
		n, err := r.Next(ctx, into)
		for _, rec := range into[:n] {
			rec.Data = bytes.Clone(rec.Data)
			got.records = append(got.records, rec)
		}
		var damaged *DamagedError
		var gone *GoneError
		switch {
		case errors.As(err, &damaged):
			got.damaged = append(got.damaged, damaged.Range)
		case errors.As(err, &gone):
			got.gone = append(got.gone, Range{gone.From, gone.To})
		case errors.Is(err, context.Canceled):
			return
		case err != nil:
			t.Fatal(err)
		case n == 0:
			t.Fatal("no records and no error")
		}
	}
}

// readFrom reads everything from a Seq on, past what is gone.
func readFrom(t tester, s *Spool, from uint64) (got outcome) {
	t.Helper()
	r, err := s.Reader(from)
	var gone *GoneError
	if errors.As(err, &gone) {
		got.gone = append(got.gone, Range{gone.From, gone.To})
		r, err = s.Reader(gone.Oldest)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	read(t, r, &got)
	return got
}

func same(a, b Record) bool {
	return a.Seq == b.Seq && a.Kind == b.Kind && a.Time.Equal(b.Time) && a.From == b.From &&
		a.Truncated == b.Truncated && bytes.Equal(a.Data, b.Data)
}
