package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"linklog/capture"
	"linklog/service/api"
)

// Follower gets what happens. Its functions are called one at a time, from the
// goroutine of Follow; those that are nil are not called.
type Follower struct {
	// After is the Seq behind which to begin: 0 is the oldest event there is. Now
	// begins with what is still to come instead.
	After uint64
	Now   bool

	// Filter is a search text that the service applies; "": all events.
	Filter string

	// Events gets events in their order, each once. The slice is reused. nil: none are asked for.
	Events func(events []capture.Event) error

	// Name is called when an address got another name than it was shown with. A
	// lost Name (NamesMissed) means that names changed faster than they were read.
	Name        func(r *api.Record)
	NamesMissed func()

	// Alert is called for alerts behind AlertAfter; nil AlertAfter: for those to come.
	Alert      func(a *api.Alert)
	AlertAfter *uint64

	// State is called when the connection changes.
	State func(s State)
}

// State is how the connection to the service stands.
type State struct {
	Connected bool
	Hello     api.Hello // of the service; zero if not Connected
	Err       error     // why not Connected; nil before the first try
	Retry     time.Duration

	// Gone tells, on a connection, that events in between are no longer there:
	// those from Gone.From to Gone.To. New tells that it is another history: what
	// was remembered of the one before means nothing here.
	Gone Range
	New  bool
}

// Range are Seqs from From to To; both 0: none.
type Range struct{ From, To uint64 }

// Times of a connection.
const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 5 * time.Second

	// refusedRetry is the pause where a host lets nobody in, or is not trusted: it may lock out
	// whoever tries again and again.
	refusedRetry = time.Minute

	// silent is how long a stream may say nothing, heartbeats included, before it
	// counts as dead.
	silent = 45 * time.Second
)

// Follow calls the functions of f with what happens until ctx ends or Events
// returns an error, which it returns. When the connection ends, or there is no
// service yet, it tries again, and goes on with the event behind the last one: none
// is lost, none comes twice.
func (c *Client) Follow(ctx context.Context, f Follower) error {
	if f.Filter = asked(f.Filter); f.Events == nil {
		f.Filter = none
	}
	st := &following{Follower: f, client: c, cursor: f.After, begun: !f.Now}
	if f.AlertAfter != nil {
		st.alert, st.alertKnown = *f.AlertAfter, true
	}
	wait := firstRetry
	for {
		connected, err := st.once(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var own *ownError
		if errors.As(err, &own) {
			return own.error
		}
		if connected {
			wait = firstRetry
		}
		// Not all at the same time when a service with many followers comes back.
		pause := wait + rand.N(wait/2)
		if !c.host.IsZero() && errors.Is(err, ErrNotAsked) {
			pause = refusedRetry
		}
		st.tell(State{Err: err, Retry: pause})
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
		wait = min(2*wait, lastRetry)
	}
}

// none is a search text that finds no event.
const none = "ip:0.0.0.0 port:0"

// ownError is an error of the follower's own.
type ownError struct{ error }

// following is a Follower on its way.
type following struct {
	Follower
	client *Client

	id         string // of the history
	cursor     uint64
	begun      bool // cursor counts
	alert      uint64
	alertKnown bool
	batch      []capture.Event
}

func (f *following) tell(s State) {
	if f.State != nil {
		f.State(s)
	}
}

// once is one connection.
func (f *following) once(ctx context.Context) (connected bool, err error) {
	hello, err := f.client.Hello(ctx)
	if err != nil {
		return false, err
	}
	state := State{Connected: true, Hello: hello}
	if f.id != "" && f.id != hello.ID {
		state.New, f.cursor, f.begun, f.alertKnown = true, 0, true, false
	}
	f.id = hello.ID
	if !f.begun {
		f.cursor, f.begun = hello.Last, true
	}
	if !f.alertKnown {
		f.alert, f.alertKnown = hello.Alert, true
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	resp, err := f.open(ctx)
	var e *Error
	switch {
	case errors.As(err, &e) && e.Status == http.StatusGone && e.Oldest > f.cursor:
		state.Gone = Range{f.cursor + 1, e.Oldest - 1}
		f.cursor = e.Oldest - 1
		resp, err = f.open(ctx)
	case errors.As(err, &e) && e.Status == http.StatusRequestedRangeNotSatisfiable:
		// The machine lost what it had shown us (power loss): go on with what is there.
		f.cursor = e.Last
		resp, err = f.open(ctx)
	}
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	f.tell(state)
	alive := time.AfterFunc(silent, cancel)
	defer alive.Stop()
	return true, f.read(newLines(resp.Body), alive)
}

func (f *following) open(ctx context.Context) (*http.Response, error) {
	v := values{"after": {strconv.FormatUint(f.cursor, 10)}}
	v.text("filter", f.Filter)
	v.yes("names", f.Name != nil || f.NamesMissed != nil)
	if f.Alert != nil {
		v.text("alerts", strconv.FormatUint(f.alert, 10))
	}
	// Once it has begun its heartbeats show that the service lives.
	ctx, w := f.client.watch(ctx)
	defer w.stop()
	resp, err := f.client.do(ctx, http.MethodGet, "follow", url.Values(v), nil)
	return resp, w.why(ctx, err)
}

// maxBatch bounds how many events are given at once.
const maxBatch = 1024

// read gives what a stream says to the functions.
func (f *following) read(l *lines, alive *time.Timer) error {
	f.batch = f.batch[:0]
	for {
		line, err := l.next()
		if err != nil {
			return errors.Join(fmt.Errorf("connection to the service: %w", err), f.deliver())
		}
		alive.Reset(silent)
		var ev capture.Event
		r, isEvent, err := record(line, &ev)
		switch {
		case err != nil:
			return errors.Join(fmt.Errorf("unexpected message from the service: %w", err), f.deliver())
		case isEvent:
			f.batch = append(f.batch, ev)
		default:
			// Whatever else is said was said after these events.
			if err := f.deliver(); err != nil {
				return err
			}
			if r.Record == api.End {
				return &Error{Status: http.StatusForbidden, Message: r.Error, Reason: r.Reason}
			}
			f.other(&r)
		}
		if len(f.batch) == maxBatch || len(f.batch) > 0 && !l.more() {
			if err := f.deliver(); err != nil {
				return err
			}
		}
	}
}

func (f *following) deliver() error {
	if len(f.batch) == 0 {
		return nil
	}
	last := f.batch[len(f.batch)-1].Seq
	if f.Events != nil {
		if err := f.Events(f.batch); err != nil {
			return &ownError{err}
		}
	}
	f.cursor = last
	f.batch = f.batch[:0]
	return nil
}

func (f *following) other(r *api.Record) {
	switch r.Record {
	case api.Position:
		f.cursor = max(f.cursor, r.Seq)
	case api.Name:
		if f.Name != nil {
			f.Name(r)
		}
	case api.NamesMissed:
		if f.NamesMissed != nil {
			f.NamesMissed()
		}
	case api.AlertRecord:
		if f.Alert != nil && r.Alert != nil {
			f.Alert(r.Alert)
			f.alert = r.Alert.ID
		}
	}
}
