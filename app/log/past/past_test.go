package past

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linklog/app/log/rows"
	"linklog/capture"
)

// service is the history of a test: what matches, oldest first.
type service struct {
	events []capture.Event // with Seqs 1, 2, …, none left out
}

func newService(n int) *service { return &service{many()[:n:n]} }

// many are made once: they do not change.
var many = sync.OnceValue(func() []capture.Event {
	events := make([]capture.Event, 204_000)
	for i := range events {
		events[i] = capture.Event{Seq: uint64(i + 1), Time: at(i), Src: capture.Endpoint{Addr: netip.AddrFrom4([4]byte{10, 0, 0, byte(i % 5)})}}
	}
	return events
})

// at is the time of the row of an index.
func at(i int) time.Time { return time.Unix(1_700_000_000+int64(i), 0) }

// cursor is where the page begins whose newest row is that of index i.
func cursor(i int) string { return fmt.Sprint(i) }

// answer gives what a request asks for.
func (s *service) answer(r Request) (events []capture.Event) {
	at := int(r.Before) - 2
	if r.Before == 0 {
		fmt.Sscan(r.Cursor, &at)
	}
	for ; at >= 0 && len(events) < r.Limit; at-- {
		events = append(events, s.events[at])
	}
	return events
}

// Whatever is found, dropped and looked at in whatever order: each row is where it belongs, keeps its
// ID, and is here once it was in sight and answered.
func TestEachRowIsReached(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.SampledFrom([]int{0, 1, 499, 500, 501, 1000, 3777}).Draw(t, "total")
		s := newService(total + 200_000)
		const base = 1 << 16
		p := New(base, 1)
		store := rows.New(1 << 16)
		front, _ := store.Select(context.Background(), nil)
		// Memory begins behind the total; its positions up to base are not used.
		store.Append(many()[:base])
		dropped := 0
		store.OnDrop = func(kept int64) {
			front.Update()
			if kept > base {
				d := front.Dropped(base+int64(dropped), kept, PageRows)
				p.Drop(d)
				dropped += d.Len()
			}
		}
		found, next := 0, total
		ids := make(map[uint64]int64) // by Seq
		var pending []Request
		see := func() {
			if p.Len() == 0 {
				return
			}
			first := rapid.IntRange(0, p.Len()-1).Draw(t, "first")
			ask, leave := p.See(first, min(first+50, p.Len()-1))
			for _, key := range leave {
				pending = slices.DeleteFunc(pending, func(r Request) bool { return r.Key == key })
			}
			pending = append(pending, ask...)
			if len(pending) > 5 {
				t.Fatalf("%d requests at once", len(pending))
			}
			for _, r := range pending {
				p.Put(r, s.answer(r), true)
			}
			pending = nil
			var ev capture.Event
			for i := first; i <= min(first+50, p.Len()-1); i++ {
				want := total + dropped - p.Len() + i
				if !p.Event(i, &ev) || ev.Seq != s.events[want].Seq {
					t.Fatalf("row %d of %d is %d, want %d", i, p.Len(), ev.Seq, s.events[want].Seq)
				}
			}
		}
		for range rapid.IntRange(1, 15).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0, 1: // the search goes on
				found = min(found+rapid.SampledFrom([]int{1, 100, 500, 2000}).Draw(t, "more"), total)
				for m := p.marked; m*PageRows <= found; m++ {
					if !p.Mark(m*PageRows, cursor(total-1-m*PageRows), at(total-1-m*PageRows+1)) {
						t.Fatal("a mark was not expected")
					}
				}
				p.Found(found)
				if found == total {
					p.End()
				}
			case 2: // memory drops
				n := rapid.SampledFrom([]int{1, 700, 40_000}).Draw(t, "new")
				n = min(n, len(s.events)-next)
				store.Append(s.events[next : next+n])
				next += n
			case 3:
				see()
			case 4:
				if found == total && rapid.Bool().Draw(t, "again") {
					p.Again()
					found = 0
				}
			case 5:
				if p.marked == 0 {
					break
				}
				pending = append(slices.DeleteFunc(pending, func(r Request) bool { return r.Key == Key{} }), p.First())
			}
			if got := p.Len(); !p.Ended() && got > total+dropped || p.Ended() && got != total+dropped {
				t.Fatalf("%d rows, %d match and %d were dropped", got, total, dropped)
			}
			before := int64(-1 << 62)
			for i := 0; i < p.Len(); i += 1 + i%7*97 {
				id, seq := p.ID(i), s.events[total+dropped-p.Len()+i].Seq
				if old, known := ids[seq]; known && old != id {
					t.Fatalf("row %d had the ID %d, and has %d", i, old, id)
				}
				ids[seq] = id
				if id <= before || p.Find(id) != i || p.Find(id+1) != i+1 {
					t.Fatalf("row %d with the ID %d behind %d is found at %d, the next at %d", i, id, before, p.Find(id), p.Find(id+1))
				}
				before = id
			}
		}
		for range 5 {
			see()
		}
		from := rapid.IntRange(0, p.Len()).Draw(t, "from")
		var got []uint64
		for _, part := range p.Parts(from, p.Len(), 3000) {
			events := part.Here
			if events == nil {
				events = s.answer(part.Request)
			}
			for i := part.To - 1; i >= part.From; i-- {
				got = append(got, events[i].Seq)
			}
		}
		for i, seq := range got {
			if want := s.events[total+dropped-p.Len()+from+i].Seq; seq != want {
				t.Fatalf("row %d is read as %d, want %d", from+i, seq, want)
			}
		}
		if len(got) < min(3000, p.Len()-from) {
			t.Fatalf("read %d rows", len(got))
		}
	})
}

// However much is looked at, only so much is kept.
func TestPagesAreLetGo(t *testing.T) {
	const total = 100_000
	s := &service{slices.Clone(many()[:total])}
	for i := range s.events {
		s.events[i].Text = string(make([]byte, 1000))
	}
	p := New(0, 0)
	for n := 0; n <= total; n += PageRows {
		p.Mark(n, cursor(total-1-n), at(total-1-n+1))
	}
	p.End()
	var ev capture.Event
	for first := 0; first+50 < total; first += 300 {
		ask, _ := p.See(first, first+50)
		for _, r := range ask {
			p.Put(r, s.answer(r), true)
		}
		sum := 0
		for _, pg := range p.pages {
			sum += pg.bytes
		}
		if sum != p.bytes || sum > maxBytes+3*PageRows*1500 {
			t.Fatalf("%d bytes are here, counted %d", sum, p.bytes)
		}
		if !p.Event(first, &ev) || !p.Event(first+50, &ev) {
			t.Fatal("a row in sight is not here")
		}
	}
	if p.Event(0, &ev) {
		t.Error("all is kept")
	}
}

// A page that comes in parts is shown as far as it came; who scrolls past does not wait.
func TestPageInParts(t *testing.T) {
	s := newService(10_000)
	p := New(0, 0)
	p.Mark(0, cursor(9999), at(9999+1))
	first := p.First()
	answer := s.answer(first)
	p.Put(first, answer[:3], false)
	var ev capture.Event
	if p.Len() != 3 || !p.Event(2, &ev) || ev.Seq != 10_000 || p.Ended() {
		t.Fatalf("%d rows, the newest %d", p.Len(), ev.Seq)
	}
	if ask, _ := p.See(0, 2); len(ask) != 0 {
		t.Error("it is asked for what comes")
	}
	p.Put(first, answer, true)
	for n := PageRows; n <= 10_000; n += PageRows {
		p.Mark(n, cursor(9999-n), at(9999-n+1))
	}
	p.End()
	ask, _ := p.See(0, 40)
	if len(ask) != 2 {
		t.Fatalf("asked for %v", ask)
	}
	again, leave := p.See(5000, 5040)
	if len(leave) != 2 || len(again) != 3 {
		t.Errorf("asked for %v, left %v", again, leave)
	}
	p.Put(ask[0], s.answer(ask[0]), true) // too late
	if p.Event(0, &ev) {
		t.Error("an answer is taken that nobody waits for")
	}
	if p.Rename(map[rows.Owner]string{{Addr: s.events[9999].Src.Addr}: "here"}); !p.Event(9999, &ev) || ev.Src.Name != "here" {
		t.Errorf("%+v", ev.Src)
	}
}

// Rows that are no more are noticed, and a new search counts what there is.
func TestRemoved(t *testing.T) {
	s := newService(2000)
	p := New(0, 0)
	search := func(total int) {
		for n := 0; n <= total; n += PageRows {
			p.Mark(n, cursor(1999-n), at(1999-n+1))
		}
		p.Found(total)
		p.End()
	}
	search(2000)
	ask, _ := p.See(0, 10)
	for _, r := range ask {
		answer := s.answer(r)
		p.Put(r, slices.DeleteFunc(answer, func(ev capture.Event) bool { return ev.Seq <= 300 }), true)
	}
	if !p.Stale() {
		t.Fatal("it is not noticed that rows are no more")
	}
	if ask, _ := p.See(0, 10); len(ask) != 0 {
		t.Errorf("asks again and again for what is no more: %v", ask)
	}
	p.Again()
	p.Forget()
	search(1700)
	if p.Len() != 1700 || p.Stale() {
		t.Errorf("%d rows", p.Len())
	}
}

// A time is found as soon as the search has passed it, and its row once the page is here.
func TestAt(t *testing.T) {
	const total = 2300
	s := newService(total)
	p := New(0, 0)
	if _, known, _ := p.At(at(2000)); known {
		t.Error("known before anything is searched")
	}
	p.Mark(0, cursor(total-1), at(total))
	p.Mark(500, cursor(total-501), at(total-500))
	if _, known, _ := p.At(at(1000)); known {
		t.Error("known before it is found")
	}
	if i, known, exact := p.At(at(2000)); !known || exact || i != 0 {
		t.Error(i, known, exact)
	}
	for n := 1000; n <= total; n += PageRows {
		p.Mark(n, cursor(total-1-n), at(total-n))
	}
	p.Found(total)
	p.End()
	for _, want := range []int{0, 1, 299, 300, 301, 1000, 1299, 1300, 2299} {
		i, known, exact := p.At(at(want))
		if !known || i > want || i < want-PageRows || exact && i != want {
			t.Errorf("row %d: %d, %v, %v", want, i, known, exact)
		}
		ask, _ := p.See(i, i+10)
		for _, r := range ask {
			p.Put(r, s.answer(r), true)
		}
		if i, known, exact = p.At(at(want)); !known || !exact || i != want {
			t.Errorf("row %d: %d, %v, %v", want, i, known, exact)
		}
	}
	if i, here := p.Row(&s.events[1000]); !here || i != 1000 {
		t.Error(i, here)
	}
	if i, known, exact := p.At(at(5000)); !known || !exact || i != total {
		t.Error(i, known, exact)
	}
}
