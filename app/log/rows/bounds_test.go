package rows

import (
	"context"
	"fmt"
	"net/netip"
	"testing"

	"linklog/capture"
)

func TestBounds(t *testing.T) {
	s := New(200_000)
	var ev capture.Event
	for i := range 20 {
		s.Append(random(uint64(i), 20_000, uint64(i)*20_000+1, 1))
		if s.Len() > 200_000 {
			t.Fatalf("%d events", s.Len())
		}
	}
	if s.LastSeq() != 400_000 || s.Len() <= 200_000-chunkSize {
		t.Fatalf("%d events, last %d", s.Len(), s.LastSeq())
	}
	if s.Event(s.First()-1, &ev) || s.Event(s.Next(), &ev) {
		t.Error("an event beyond the ends")
	}
}

// A program that runs for months meets many hosts; those without an event go.
func TestHostsGo(t *testing.T) {
	s := New(chunkSize)
	list := make([]capture.Event, 1000)
	m := compile(t, "dst:10.0.0.0/9 host:*")
	v, _ := s.Select(context.Background(), m)
	n := 0
	for range 600 {
		for i := range list {
			list[i] = capture.Event{Seq: uint64(n + 1), Kind: capture.Traffic, Dst: capture.Endpoint{Addr: netip.AddrFrom4([4]byte{10, byte(n >> 16 << 5), byte(n >> 8), byte(n)}), Name: "x"}}
			n++
		}
		s.Append(list)
	}
	if got := len(s.dict.hosts); got > 4*chunkSize {
		t.Errorf("%d hosts kept for %d events", got, s.Len())
	}
	v.Update()
	want := 0
	var ev capture.Event
	for pos := s.First(); pos < s.Next(); pos++ {
		s.Event(pos, &ev)
		if ev.Seq != uint64(pos+1) || ev.Dst.Addr.As4()[3] != byte(pos) {
			t.Fatalf("at %d: %+v", pos, ev)
		}
		if m.Match(&ev) {
			want++
		}
	}
	if v.Len() != want || want == 0 {
		t.Errorf("%d in the view, want %d", v.Len(), want)
	}
}

func TestTextsAreBounded(t *testing.T) {
	s := New(chunkSize)
	long := make([]byte, capture.MaxText)
	for i := range long {
		long[i] = 'x'
	}
	list := make([]capture.Event, 1)
	for i := range 2 * maxTexts / capture.MaxText {
		list[0] = capture.Event{Seq: uint64(i + 1), Kind: capture.Other, Text: fmt.Sprint(i, string(long)), Raw: fmt.Sprint(i)}
		s.Append(list)
	}
	if s.dict.bytes > maxTexts+cutText*chunkSize {
		t.Errorf("%d bytes of texts", s.dict.bytes)
	}
	var ev capture.Event
	if s.Event(s.Next()-1, &ev); len(ev.Text) != cutText || ev.Raw != "" {
		t.Errorf("the last text has %d bytes", len(ev.Text))
	}
}

func TestSelectEnds(t *testing.T) {
	s := New(0)
	s.Append(random(1, 1000, 1, 1))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if v, err := s.Select(ctx, nil); err == nil || v != nil {
		t.Error("a cancelled Select gave a view")
	}
}

// Others filter what was there while the Store goes on; for the race detector.
func TestSnapshotBeside(t *testing.T) {
	s := New(chunkSize)
	s.Append(random(1, 30_000, 1, 1))
	m := compile(t, "host:*com text:wan,more,* port:443")
	done := make(chan *View)
	for i := range 10 {
		sn := s.Snapshot()
		go func() {
			v, _ := sn.Select(context.Background(), m)
			done <- v
		}()
		s.SetName(Owner{Addr: addr(10)}, false, fmt.Sprint(i, ".com"))
		s.Append(random(uint64(i), 9_000, s.LastSeq()+1, 1))
		v := <-done
		v.Update()
		all, err := s.Select(context.Background(), m)
		if err != nil || v.Len() != all.Len() {
			t.Fatalf("%d, all anew %d, %v", v.Len(), all.Len(), err)
		}
	}
}
