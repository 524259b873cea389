// Package feed connects the app with the service, or with the same engine in this
// process where there is no service, and gathers what comes for the thread that
// draws.
//
// It is a queue between two paces: the service sends as it receives, the app takes
// a few times a second, or once while it is hidden. What the app has not taken
// yet is bounded; beyond that the service keeps it.
package feed

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"

	"linklog/capture"
	"linklog/service/api"
	"linklog/service/client"
	"linklog/service/client/overssh"
	"linklog/service/localsocket"
)

// Options says where the service is, and what to do without one.
type Options struct {
	// Socket of the service; "": where it usually is.
	Socket string

	// Host is the computer on which the service runs, to be reached by ssh; the zero Host is this
	// one. Socket and Embedded mean nothing for a different one.
	Host overssh.Host

	// Quiet begins with nothing but alerts: see SetQuiet.
	Quiet bool

	// Agent is what the app calls itself.
	Agent string

	// Embedded says how to run the engine here if no service answers; nil: not.
	Embedded *Embedded

	// Backlog is how many events to begin with, as far as there are; 0: DefaultBacklog.
	Backlog uint64

	// AlertAfter is the last alert the user was told about; nil: begin with those to
	// come.
	AlertAfter *uint64

	// Wake is called, from any goroutine, when there is something to take. It must
	// not wait.
	Wake func()
}

// DefaultBacklog is what a log shows when the app starts: older events come when the
// user scrolls to them.
const DefaultBacklog = 20_000

// maxWaiting bounds the events that wait to be taken. The store that takes them
// needs a millisecond for so many.
const maxWaiting = 32_768

// maxKept bounds the room for events that is kept to be used again: that of the first events alone
// would be some megabytes, twice.
const maxKept = 1024

// Connection is how the connection stands.
type Connection uint8

// The states of a Connection.
const (
	Connecting Connection = iota // not tried yet
	ToService                    // a service answers
	ToEmbedded                   // the engine runs here
	Lost                         // nothing answers; tried again and again
	Refused                      // the service does not let this user in
)

// String is for the program's own log.
func (c Connection) String() string {
	return [...]string{"connecting", "service", "own engine", "lost", "refused"}[c]
}

// State is how things stand with the other side.
type State struct {
	Connection Connection
	Hello      api.Hello // of whoever answers; zero if none
	Err        error     // why nothing answers
	Engine     error     // why the engine, though it was tried, does not run here
}

// Batch is what came since the last Take.
type Batch struct {
	// Reset means that what was shown is of a different history: begin again.
	Reset bool

	Events      []capture.Event // in their order
	Names       []NewName
	NamesMissed bool // ask for the names of all that is shown
	Alerts      []api.Alert
	State       *State // nil: as before
}

// Release lets the events go, if there are so many that their room is not worth being kept.
func (b *Batch) Release() {
	if cap(b.Events) > maxKept {
		b.Events = nil
	}
}

// NewName is another name for an address; see api.Record.
type NewName struct {
	// After is how many of the Events of its Batch came before it: they have the name, too. Those
	// behind it came with what they are called.
	After int

	Addr    netip.Addr
	MAC     capture.MAC
	Unknown bool
	Name    string
}

// Feed is a connection to the service that lasts.
type Feed struct {
	o      Options
	client *client.Client
	user   string // path of the user's own socket

	mu      sync.Mutex
	waiting Batch
	room    *sync.Cond
	closed  bool
	woken   bool
	quiet   bool
	again   context.CancelCauseFunc // ends what follows, or waits to, so that it begins again; nil: nothing does

	embedded *engine // nil: none runs here; owned by Run
	followed bool    // something was shown; owned by Run
	history  string  // of whoever answered last, its ID; owned by Run
}

// New returns a Feed; Run lets it work.
func New(o Options) *Feed {
	if o.Backlog == 0 {
		o.Backlog = DefaultBacklog
	}
	f := &Feed{o: o, user: localsocket.UserPath(), quiet: o.Quiet}
	f.room = sync.NewCond(&f.mu)
	if !o.Host.IsZero() {
		f.o.Embedded = nil
		f.client = client.New(client.Options{Host: o.Host, Agent: o.Agent})
		return f
	}
	paths := localsocket.DefaultPaths()
	if o.Socket != "" {
		paths = []string{o.Socket}
	}
	if o.Embedded != nil && o.Embedded.Socket != "" {
		f.user = o.Embedded.Socket
		if !slices.Contains(paths, f.user) { // each is tried with each connection
			paths = append(paths, f.user)
		}
	}
	f.client = client.New(client.Options{Paths: paths, Agent: o.Agent})
	return f
}

// Client is for all other requests to whoever answers.
func (f *Feed) Client() *client.Client { return f.client }

// Take returns what came since the last call, into a batch whose memory is used
// again; false: nothing did. With withoutEvents the events stay, and when too many
// wait the service keeps the rest.
func (f *Feed) Take(b *Batch, withoutEvents bool) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.woken = false
	w := &f.waiting
	old := *b
	*b = *w
	*w = Batch{Events: old.Events[:0], Names: old.Names[:0], Alerts: old.Alerts[:0]}
	w.Release()
	if withoutEvents && !b.Reset {
		b.Events, w.Events = w.Events, b.Events
		for _, n := range b.Names {
			if n.After > 0 { // of events that are still to be taken
				w.Names = append(w.Names, n)
			}
		}
	}
	f.room.Broadcast()
	return b.Reset || len(b.Events) > 0 || len(b.Names) > 0 || b.NamesMissed || len(b.Alerts) > 0 || b.State != nil
}

// SetQuiet says whether nothing but alerts is wanted, as the window shows a different computer. When
// events are wanted again, they begin with a Reset.
func (f *Feed) SetQuiet(quiet bool) {
	f.mu.Lock()
	changed := f.quiet != quiet
	f.quiet = quiet
	f.mu.Unlock()
	if changed {
		f.Retry()
	}
}

// Retry connects anew, and now, whatever was waited for.
func (f *Feed) Retry() {
	f.mu.Lock()
	if f.again != nil {
		f.again(errAgain)
	}
	f.mu.Unlock()
	f.room.Broadcast()
}

// attempt is the context of one connection, which Retry ends, and whether it is to be quiet.
func (f *Feed) attempt(ctx context.Context) (_ context.Context, quiet bool, end func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.again = cancel
	return ctx, f.quiet, func() { cancel(nil) }
}

// put changes what waits, and wakes the taker once.
func (f *Feed) put(change func(*Batch)) {
	f.mu.Lock()
	change(&f.waiting)
	wake := !f.woken && !f.closed
	f.woken = true
	f.mu.Unlock()
	if wake && f.o.Wake != nil {
		f.o.Wake()
	}
}

func (f *Feed) state(s State) { f.put(func(b *Batch) { b.State = &s }) }

// events queues events, as soon as there is room for them.
func (f *Feed) events(ctx context.Context, events []capture.Event) error {
	f.mu.Lock()
	for len(f.waiting.Events) >= maxWaiting && !f.closed && ctx.Err() == nil {
		f.room.Wait()
	}
	f.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	f.put(func(b *Batch) { b.Events = append(b.Events, events...) })
	return nil
}

// retryEvery is how often a service is looked for while none answers.
const retryEvery = time.Second

// Run connects, follows and comes back, until ctx ends.
func (f *Feed) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		f.mu.Lock()
		f.closed = true
		f.mu.Unlock()
		f.room.Broadcast()
	})
	defer stop()
	defer f.client.Close()
	defer func() { f.embedded.close() }()
	for ctx.Err() == nil {
		once, quiet, end := f.attempt(ctx)
		if f.connect(once); once.Err() == nil {
			f.follow(once, quiet)
		}
		end()
	}
	return ctx.Err()
}

// connect waits until someone answers: the service or, if there is none, the
// engine, which it starts.
func (f *Feed) connect(ctx context.Context) {
	var failed error // to start the engine
	for first := true; ctx.Err() == nil; first = false {
		h, err := f.hello(ctx)
		switch {
		case err == nil:
			if f.history != "" && f.history != h.ID {
				f.o.AlertAfter = nil // the numbers of the other's mean nothing
			}
			f.history = h.ID
			return
		case ctx.Err() != nil:
			return
		case errors.Is(err, context.DeadlineExceeded):
			f.state(State{Connection: Lost, Err: err})
		case !errors.Is(err, client.ErrNoService):
			f.state(State{Connection: Refused, Err: err})
		case f.o.Embedded != nil && first && f.embedded == nil:
			if f.embedded, failed = startEngine(ctx, f.o.Embedded, f.user); failed == nil {
				continue
			}
			fallthrough
		default:
			f.state(State{Connection: Lost, Err: err, Engine: failed})
		}
		select {
		case <-time.After(f.pause(err)):
		case <-ctx.Done():
		}
	}
}

// Pauses of tries by ssh: a host that lets nobody in may lock out whoever tries again and again.
const (
	retryHost    = 5 * time.Second
	retryRefused = time.Minute
)

// pause is how long to wait after an error.
func (f *Feed) pause(err error) time.Duration {
	switch {
	case f.o.Host.IsZero():
		return retryEvery
	case errors.Is(err, client.ErrNotAsked):
		return retryRefused
	}
	return retryHost
}

// answerWithin is how long whoever holds the socket may take to answer, and answerBySSH how long with
// a login before.
const (
	answerWithin = 3 * time.Second
	answerBySSH  = 30 * time.Second
)

// hello asks who answers; it does not wait for ever for someone who only accepts.
func (f *Feed) hello(ctx context.Context) (api.Hello, error) {
	within := answerWithin
	if !f.o.Host.IsZero() {
		within = answerBySSH
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	h, err := f.client.Hello(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("no answer within %v: %w", within, err)
	}
	return h, err
}

// follow takes what comes until nothing answers any more, or a service takes the
// place of the engine here.
func (f *Feed) follow(ctx context.Context, quiet bool) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if f.embedded != nil {
		go f.watchForService(ctx, cancel)
	}
	follower := client.Follower{
		Alert: func(a *api.Alert) {
			f.o.AlertAfter = &a.ID
			f.put(func(b *Batch) { b.Alerts = append(b.Alerts, *a) })
		},
		AlertAfter: f.o.AlertAfter,
		State:      func(s client.State) { f.changed(s, cancel) },
	}
	if quiet {
		follower.Now = true
	} else if !f.listen(ctx, &follower) {
		return
	}
	if f.followed { // what waits is not wanted any more, or comes again, or is of a different history
		f.put(func(b *Batch) { *b = Batch{Reset: true, Alerts: b.Alerts, State: b.State} })
	}
	f.followed = true
	_ = f.client.Follow(ctx, follower)
	if errors.Is(context.Cause(ctx), errServiceCame) {
		f.embedded.close()
		f.embedded = nil
	}
}

// listen has a follower get events and their names, from the newest that are there on; false: nobody
// answers.
func (f *Feed) listen(ctx context.Context, follower *client.Follower) (ok bool) {
	if follower.After, ok = f.begin(ctx); !ok {
		return false
	}
	follower.Events = func(events []capture.Event) error { return f.events(ctx, events) }
	follower.Name = func(r *api.Record) {
		mac, _ := capture.ParseMAC(r.MAC)
		f.put(func(b *Batch) { b.Names = append(b.Names, NewName{len(b.Events), r.Addr, mac, r.Unknown, r.Name}) })
	}
	follower.NamesMissed = func() { f.put(func(b *Batch) { b.NamesMissed = true }) }
	return true
}

// begin is the Seq behind which to follow, so that the newest events are there at
// once.
func (f *Feed) begin(ctx context.Context) (after uint64, ok bool) {
	h, err := f.hello(ctx)
	if err != nil {
		return 0, false
	}
	if h.Oldest > 1 {
		after = h.Oldest - 1
	}
	if h.Last-after <= f.o.Backlog {
		return after, true
	}
	// The numbers have holes, each crash leaves one of thousands: count events.
	newest := client.Query{After: after, Limit: int(f.o.Backlog)}
	err = f.client.Events(ctx, newest, func(ev *capture.Event) error {
		after = ev.Seq - 1
		return nil
	})
	return after, err == nil
}

// changed takes what the client says about its connection.
func (f *Feed) changed(s client.State, cancel context.CancelCauseFunc) {
	state := State{Hello: s.Hello, Err: s.Err, Connection: Lost}
	var refused *client.Error
	switch {
	case s.Connected && f.embedded != nil:
		state.Connection = ToEmbedded
	case s.Connected:
		state.Connection = ToService
	case errors.As(s.Err, &refused), errors.Is(s.Err, client.ErrNotAsked) && !f.o.Host.IsZero():
		state.Connection = Refused
	}
	if s.Connected && f.o.AlertAfter == nil { // where this follower begins, a later one goes on
		f.o.AlertAfter = &s.Hello.Alert
	}
	f.put(func(b *Batch) {
		if s.New {
			*b = Batch{Reset: true}
		}
		b.State = &state
	})
	if !s.Connected && f.o.Embedded != nil && f.embedded == nil && errors.Is(s.Err, client.ErrNoService) && !f.installed() {
		cancel(errNoService) // it was uninstalled: the engine here takes over
	}
}

var (
	errServiceCame = errors.New("a service came")
	errNoService   = errors.New("the service went")
	errAgain       = errors.New("to begin again")
)

// installed reports whether the service is there though it does not answer: its
// socket is, or it was asked for by name.
func (f *Feed) installed() bool {
	if f.o.Socket != "" {
		return true
	}
	_, err := os.Stat(localsocket.SystemPath())
	return err == nil
}

// watchForService ends the engine here when a service takes its place.
func (f *Feed) watchForService(ctx context.Context, cancel context.CancelCauseFunc) {
	path := f.o.Socket
	if path == "" {
		path = localsocket.SystemPath()
	}
	if path == f.user {
		return
	}
	c := client.New(client.Options{Paths: []string{path}, Agent: f.o.Agent})
	defer c.Close()
	for {
		select {
		case <-time.After(5 * retryEvery):
		case <-ctx.Done():
			return
		}
		if h, err := c.Hello(ctx); err == nil && h.API == api.Version {
			cancel(errServiceCame)
			return
		}
		c.Close()
	}
}
