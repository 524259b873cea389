package serve

import (
	"net/http"
	"time"

	"linklog/capture"
	"linklog/filter"
	"linklog/phrase"
	"linklog/service/api"
	"linklog/service/engine"
)

// follow sends what comes, and first what came behind an event the caller names.
func (s *Server) follow(w http.ResponseWriter, r *http.Request) error {
	p := readParams(r)
	f := follower{server: s, after: p.number("after", s.engine.Last()), names: p.yes("names"), alerts: p.has("alerts")}
	// Beyond the newest there is nothing: from there on it is those to come.
	newest := s.engine.Alerts().Last()
	f.alert = min(p.number("alerts", newest), newest)
	f.matcher = s.matcher(p)
	if p.end() != nil {
		return p.err
	}
	if last := s.engine.Received(); f.after > last {
		e := refuse(http.StatusRequestedRangeNotSatisfiable, phrase.Say("there is no event {{.Number}} yet; the newest is {{.Newest}}", "Number", f.after, "Newest", last))
		e.Last = last
		return e
	}
	// What is wrong with the position is told before the stream begins.
	f.events = make([]capture.Event, 256)
	var err error
	f.n, f.after, f.changed, err = s.engine.Poll(r.Context(), f.after, f.events)
	if err != nil {
		return err
	}
	defer s.clients.follows(r.Context())()
	f.out = newStream(w, s.options())
	defer f.out.close()
	err = f.run(r)
	if lost := lostRight(r.Context()); lost != nil {
		if err := f.record(&api.Record{Record: api.End, Error: lost.Message, Reason: lost.Reason}); err != nil {
			return err
		}
		return f.out.flush()
	}
	return err
}

// gather is how long a stream that is busy waits for more to send at once.
const gather = 5 * time.Millisecond

// follower is a stream of what happens. Its whole state is where it is.
type follower struct {
	server  *Server
	out     *stream
	matcher *filter.Matcher // nil: all events

	after   uint64 // Seq of the last event that was looked at
	events  []capture.Event
	n       int // of them to be sent
	changed <-chan struct{}

	names   bool
	renamed uint64
	renames []engine.Rename

	alerts bool
	alert  uint64 // ID of the last one sent
}

func (f *follower) run(r *http.Request) error {
	s, ctx := f.server, r.Context()
	f.renamed = s.engine.Renamed()
	var wake <-chan struct{}
	if f.alerts {
		var stop func()
		wake, stop = s.engine.Alerts().Wake()
		defer stop()
	}
	always := make(chan struct{})
	close(always)
	beat := time.NewTicker(s.config.Heartbeat)
	defer beat.Stop()
	// At once: a filter may match nothing of what is looked at for minutes.
	if err := f.position(f.start()); err != nil {
		return err
	}
	for {
		if err := f.sendEvents(); err != nil {
			return err
		}
		named, err := f.sendNames()
		if err != nil {
			return err
		}
		if err := f.sendAlerts(); err != nil {
			return err
		}
		changed, wait := f.changed, time.Duration(0)
		if changed == nil { // there is more at once
			changed, wait = always, flushWithin
		}
		if err := f.flushAfter(wait); err != nil {
			return err
		}
		select {
		case <-changed:
			if f.changed != nil {
				f.gather(r)
			}
		case <-named:
			f.gather(r)
		case <-wake:
		case <-beat.C:
			if err := f.position(f.after); err != nil {
				return err
			}
		case <-s.ending.Done():
			return nil
		case <-ctx.Done():
			return nil
		}
		if f.n, f.after, f.changed, err = s.engine.Poll(ctx, f.after, f.events); err != nil {
			return err
		}
	}
}

// flushWithin is how long what matched waits for more while older events are looked at.
const flushWithin = time.Second

// flushAfter sends what waits since the last time, if that is long enough ago.
func (f *follower) flushAfter(wait time.Duration) error {
	if some, since := f.out.waiting(); !some || wait > 0 && time.Since(since) < wait {
		return nil
	}
	return f.out.flush()
}

// position tells that all up to seq was sent or does not match: who comes back with it
// goes on from there.
func (f *follower) position(seq uint64) error {
	if err := f.record(&api.Record{Record: api.Position, Seq: seq}); err != nil {
		return err
	}
	return f.out.flush()
}

// start is the Seq behind which the stream begins.
func (f *follower) start() uint64 {
	if f.n > 0 {
		return f.events[0].Seq - 1
	}
	return f.after
}

// gather waits a moment if something was sent just now: so a busy stream costs a
// write for many events, and a quiet one sends each at once.
func (f *follower) gather(r *http.Request) {
	if rest := gather - time.Since(f.out.flushed); rest > 0 {
		select {
		case <-time.After(rest):
		case <-r.Context().Done():
		}
	}
}

func (f *follower) sendEvents() error {
	for i := range f.events[:f.n] {
		if ev := &f.events[i]; f.matcher == nil || f.matcher.Match(ev) {
			if err := f.out.event(ev); err != nil {
				return err
			}
		}
	}
	f.n = 0
	return nil
}

// sendNames sends the names that changed; the channel is closed when more do.
func (f *follower) sendNames() (<-chan struct{}, error) {
	if !f.names {
		return nil, nil
	}
	if f.renames == nil {
		f.renames = make([]engine.Rename, 64)
	}
	for {
		n, next, missed, changed := f.server.engine.Renames(f.renamed, f.renames)
		f.renamed = next
		if missed {
			if err := f.record(&api.Record{Record: api.NamesMissed}); err != nil {
				return nil, err
			}
		}
		for _, c := range f.renames[:n] {
			if err := f.record(&api.Record{Record: api.Name, Addr: c.Addr, Name: c.Name, MAC: c.MAC.String(), Unknown: c.Unknown}); err != nil {
				return nil, err
			}
		}
		if n < len(f.renames) {
			return changed, nil
		}
	}
}

// sendAlerts sends the alerts that are new.
func (f *follower) sendAlerts() error {
	store := f.server.engine.Alerts()
	for f.alerts && store.Last() > f.alert {
		list, err := store.After(f.alert, 100)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, a := range list {
			alert := a.API()
			if err := f.record(&api.Record{Record: api.AlertRecord, Alert: &alert}); err != nil {
				return err
			}
			f.alert = a.ID
		}
	}
	return nil
}

func (f *follower) record(r *api.Record) error { return f.out.object(r) }
