package dns

import (
	"context"
	"time"
)

// work takes look-ups from the queue until none is left. Workers are started on
// demand, so that a Resolver nobody asks costs nothing.
func (r *Resolver) work() {
	for {
		e := r.next()
		if e == nil {
			return
		}
		ctx, cancel := context.WithTimeout(r.ctx, r.o.Timeout)
		// A look-up that hangs in the operating system must not keep those waiting
		// who wait for it. It still holds its worker, which bounds how many hang.
		stop := context.AfterFunc(ctx, func() { r.end(e, nil, noAnswer) })
		names, failure := r.lookup(ctx, e.addr)
		stop()
		cancel()
		r.end(e, names, failure)
	}
}

// next takes the look-up that waits longest; nil ends the worker.
func (r *Resolver) next() *entry {
	for {
		r.mu.Lock()
		e := r.waiting.back
		if e == nil {
			r.running--
			if r.closed && r.running == 0 {
				close(r.idle)
			}
			r.mu.Unlock()
			return nil
		}
		r.waiting.remove(e)
		e.state = running
		late := r.now()-e.since > queuePatience
		if late {
			r.stats.GivenUp++
			r.remember(e, "", failureTTL)
		} else {
			r.stats.Lookups++
		}
		r.mu.Unlock()
		if !late {
			return e
		}
		r.report(e)
	}
}

// end takes the answer to a look-up, unless it ended before: the time-out and the
// answer may both come.
func (r *Resolver) end(e *entry, names []string, failure failure) {
	name := best(names)
	r.mu.Lock()
	if e.state != running {
		r.mu.Unlock()
		return
	}
	var ttl time.Duration
	switch {
	case name != "":
		ttl = r.o.TTL
		r.stats.Found++
	case failure == noAnswer:
		ttl = failureTTL
		r.stats.Failed++
	default:
		ttl = r.o.NegativeTTL
		r.stats.None++
	}
	r.remember(e, name, ttl)
	r.mu.Unlock()
	r.report(e)
}

// report calls Done.
func (r *Resolver) report(e *entry) {
	if r.o.Done == nil {
		return
	}
	r.reporting.Lock()
	defer r.reporting.Unlock()
	r.mu.Lock()
	closed := r.closed
	r.mu.Unlock()
	if !closed {
		r.o.Done(e.addr, e.name)
	}
}
