package log

import (
	"context"
	"errors"
	"sync"
	"time"

	"linklog/app/log/past"
	"linklog/capture"
	"linklog/service/api"
	"linklog/service/client"
)

// history asks the service for what is in front of the memory, for one filter: how much
// matches, as that is found, and the rows in sight. It belongs to Fyne's thread.
type history struct {
	page    *Page
	past    *past.Past
	query   client.Query
	changed func() // is called when something of it came

	search   context.CancelFunc // of the search that runs; nil: none does
	pages    map[past.Key]context.CancelFunc
	of       int64 // events that are to be searched
	searched int64 // those that were
	eager    bool  // the newest rows are shown as they are found
	err      error // why that cannot be done
	tries    int   // to search again, as the history had changed
}

// newHistory returns a history that asks nothing yet.
func newHistory(p *Page, before *past.Past, q client.Query, changed func()) *history {
	return &history{page: p, past: before, query: q, changed: changed, pages: make(map[past.Key]context.CancelFunc)}
}

// start begins or goes on to search, unless all was found.
func (h *history) start() {
	if h.search != nil || h.past.Ended() {
		return
	}
	h.err = nil
	h.past.Again()
	ctx, cancel := context.WithCancel(context.Background())
	h.search = cancel
	in := &inbox[api.Mark]{do: h.page.c.Do, every: foundEvery, take: func(m []api.Mark) {
		if ctx.Err() == nil {
			h.found(m)
		}
	}}
	h.page.c.While(ctx, func(ctx context.Context) error {
		return h.page.c.Client.Index(ctx, h.query, past.PageRows, in.put)
	}, func(err error) {
		in.flush()
		if ctx.Err() != nil {
			return
		}
		cancel()
		h.search, h.err = nil, err
		h.changed()
	})
}

// stop ends all that runs, for nobody waits for it any more.
func (h *history) stop() {
	if h.search != nil {
		h.search()
		h.search = nil
	}
	for key, cancel := range h.pages {
		cancel()
		h.past.Failed(key)
	}
	clear(h.pages)
}

// searching reports whether more may be found.
func (h *history) searching() bool { return h.search != nil }

// found takes what the search found.
func (h *history) found(marks []api.Mark) {
	for _, m := range marks {
		if m.Of > 0 {
			h.searched, h.of = m.Searched, m.Of
		}
		switch {
		case m.End:
			h.past.Found(int(m.Count))
			h.past.End()
		case m.Cursor != "":
			if h.past.Mark(int(m.Count), m.Cursor, m.Time) && m.Count == 0 && h.eager {
				h.fetch(h.past.First())
			}
		default:
			h.past.Found(int(m.Count))
		}
	}
	h.changed()
}

// sight asks for rows that are in sight, and no longer for those that are not.
func (h *history) sight(first, last int) {
	ask, leave := h.past.See(first, last)
	for _, key := range leave {
		if cancel := h.pages[key]; cancel != nil {
			cancel()
			delete(h.pages, key)
		}
	}
	for _, r := range ask {
		h.fetch(r)
	}
}

// asking is the query for a page.
func (h *history) asking(r past.Request) client.Query {
	q := h.query
	q.Limit, q.Cursor, q.Before, q.All = r.Limit, r.Cursor, r.Before, r.Before == 0
	return q
}

// askAgain is how long after an error rows are asked for once more.
const askAgain = 2 * time.Second

// fetch gets a page.
func (h *history) fetch(r past.Request) {
	ctx, cancel := context.WithCancel(context.Background())
	h.pages[r.Key] = cancel
	var events []capture.Event
	in := &inbox[capture.Event]{do: h.page.c.Do, every: partEvery, take: func(more []capture.Event) {
		if ctx.Err() == nil {
			events = append(events, more...)
			h.past.Put(r, events, false)
			h.changed()
		}
	}}
	h.page.c.While(ctx, func(ctx context.Context) error {
		return h.page.c.Client.Events(ctx, h.asking(r), func(ev *capture.Event) error { return in.put(*ev) })
	}, func(err error) {
		in.flush()
		if ctx.Err() != nil {
			return
		}
		delete(h.pages, r.Key)
		if err == nil {
			h.past.Put(r, events, true)
			h.changed()
			cancel()
			h.check()
			return
		}
		cancel()
		h.err = err
		h.changed()
		time.AfterFunc(askAgain, func() {
			h.page.c.Do(func() {
				h.past.Failed(r.Key)
				h.changed()
			})
		})
	})
}

// maxTries bounds how often it is searched again because rows are no longer there.
const maxTries = 3

// check searches again if rows are not there that were found.
func (h *history) check() {
	if h.past.Stale() && h.search == nil && h.tries < maxTries {
		h.tries++
		h.past.Again()
		h.past.Forget()
		h.start()
	}
}

// errEnough ends reading.
var errEnough = errors.New("that is enough")

// read calls f with rows, oldest first, until it returns false. It runs in the background.
func (h *history) read(ctx context.Context, parts []past.Part, f func(*capture.Event) bool) error {
	for _, part := range parts {
		events := part.Here
		if events == nil {
			if err := h.page.c.Client.Events(ctx, h.asking(part.Request), func(ev *capture.Event) error {
				events = append(events, *ev)
				return nil
			}); err != nil {
				return err
			}
		}
		for i := min(part.To, len(events)) - 1; i >= part.From; i-- {
			if !f(&events[i]) {
				return errEnough
			}
		}
	}
	return nil
}

// inbox hands what comes from the service over to Fyne's thread: the first at once, then not too often.
type inbox[T any] struct {
	do    func(func())
	every time.Duration
	take  func([]T)

	mu      sync.Mutex
	came    []T
	waiting bool
	last    time.Time
}

// foundEvery is how often it is shown that more was found, partEvery that more rows of a page came.
const (
	foundEvery = 100 * time.Millisecond
	partEvery  = 50 * time.Millisecond
)

// put takes one, in any goroutine.
func (in *inbox[T]) put(one T) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.came = append(in.came, one)
	if !in.waiting {
		in.waiting = true
		time.AfterFunc(max(in.every-time.Since(in.last), 0), func() { in.do(in.flush) })
	}
	return nil
}

// flush hands over what is there, on Fyne's thread.
func (in *inbox[T]) flush() {
	in.mu.Lock()
	came := in.came
	in.came, in.waiting, in.last = nil, false, time.Now()
	in.mu.Unlock()
	if len(came) > 0 {
		in.take(came)
	}
}
