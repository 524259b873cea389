package intake

import (
	"time"

	"linklog/capture"
	"linklog/service/gap"
)

// losses are what was counted as lost when it was last looked.
type losses struct {
	when                     time.Time
	kernel, refused, spooled uint64
}

// NoteLosses makes gaps of what was lost since it was called last. unspooled tells
// whether the spool could not be written.
func (in *Intake) NoteLosses(now time.Time) (unspooled bool) {
	in.lossMu.Lock()
	defer in.lossMu.Unlock()
	before := in.losses
	next := losses{when: now, spooled: in.lostSpool.Load()}
	next.kernel, _ = in.dropped()
	next.refused = in.sources.refusals()
	in.losses = next
	since := before.when
	if since.IsZero() {
		since = in.started
	}
	for _, loss := range []struct {
		n   uint64
		why capture.GapCode
	}{
		{next.kernel - before.kernel, capture.GapOverflow},
		{next.refused - before.refused, capture.GapRate},
		{next.spooled - before.spooled, capture.GapUnwritten},
	} {
		if loss.n > 0 {
			in.gaps.Add(gap.Gap{Since: since, Lost: loss.n, Text: capture.GapText(loss.why)})
		}
	}
	if next.kernel > before.kernel {
		for _, r := range in.receivers {
			r.writeDropped()
		}
	}
	return next.spooled > before.spooled
}
