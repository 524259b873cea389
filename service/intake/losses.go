package intake

import (
	"time"

	"linklog/capture"
	"linklog/service/gap"
)

// Lost is the number of datagrams that are known to be lost since the start: "N lost".
func (in *Intake) Lost() uint64 {
	dropped, _ := in.dropped()
	return dropped + in.sources.refusals() + in.lostSpool.Load()
}

// Lost is the same of a Status.
func (s *Status) Lost() uint64 { return s.Dropped + s.Refused + s.Unspooled }

// dropped counts the datagrams the system dropped, where it counts ours apart
// from those of other programs.
func (in *Intake) dropped() (total uint64, exact bool) {
	for _, r := range in.receivers {
		n, exact := r.dropped()
		if !exact {
			return 0, false
		}
		total += n
	}
	return total, true
}

// turnedAway counts the connections by TCP that were closed at once, as too many were open.
func (in *Intake) turnedAway() (n uint64) {
	for _, r := range in.receivers {
		if l := r.listener.Load(); l != nil {
			n += l.TurnedAway()
		}
	}
	return n
}

// losses are what was counted as lost when it was last looked; at first, at the start.
type losses struct {
	when                     time.Time
	kernel, refused, spooled uint64

	turned      time.Time // when connections were looked for last
	connections uint64
}

// turnedEvery is how often it is told that connections are turned away: a client tries again
// all the time.
const turnedEvery = time.Minute

// NoteLosses makes gaps of what was lost since it was called last. unspooled tells
// whether the spool could not be written.
func (in *Intake) NoteLosses(now time.Time) (unspooled bool) { return in.noteLosses(now, 0) }

// noteLosses is NoteLosses that leaves connections out if it is less than a time since
// they were told.
func (in *Intake) noteLosses(now time.Time, turnedEvery time.Duration) (unspooled bool) {
	in.lossMu.Lock()
	defer in.lossMu.Unlock()
	before := in.losses
	next := losses{when: now, spooled: in.lostSpool.Load(), turned: before.turned, connections: before.connections}
	next.kernel, _ = in.dropped()
	next.refused = in.sources.refusals()
	if now.Sub(before.turned) >= turnedEvery {
		next.turned, next.connections = now, in.turnedAway()
	}
	if n := next.connections - before.connections; n > 0 {
		// How many messages that is, their senders know.
		in.gaps.Add(gap.Gap{Since: before.turned, Text: capture.GapText(capture.GapTurnedAway, "Count", n)})
	}
	in.losses = next
	for _, loss := range []struct {
		n   uint64
		why capture.GapCode
	}{
		{next.kernel - before.kernel, capture.GapOverflow},
		{next.refused - before.refused, capture.GapRate},
		{next.spooled - before.spooled, capture.GapUnwritten},
	} {
		if loss.n > 0 {
			in.gaps.Add(gap.Gap{Since: before.when, Lost: loss.n, Text: capture.GapText(loss.why)})
		}
	}
	if next.kernel > before.kernel {
		for _, r := range in.receivers {
			r.writeDropped()
		}
	}
	return next.spooled > before.spooled
}
