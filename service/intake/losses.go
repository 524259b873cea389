package intake

import (
	"time"

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
		n    uint64
		text string
	}{
		{next.kernel - before.kernel, "they came faster than the system could hold them"},
		{next.refused - before.refused, "a source sent more than its rate allows"},
		{next.spooled - before.spooled, "the spool could not be written"},
	} {
		if loss.n > 0 {
			in.gaps.Add(gap.Gap{Since: since, Lost: loss.n, Text: loss.text})
		}
	}
	if next.kernel > before.kernel {
		in.writeDropped(next.kernel)
	}
	return next.spooled > before.spooled
}
