package timeline

import (
	"time"

	"linklog/app/ui/chart"
	"linklog/capture"
)

// piece is the part of the history that a time line shows, with its bars, and the range that
// is chosen. It knows nothing of Fyne.
type piece struct {
	oldest, newest time.Time // the whole history
	from, to       time.Time // what is shown of it
	room           int       // bars there is room for

	step chart.Step
	bars []chart.Bar // what was counted, perhaps for a part that was shown before

	since, until time.Time // the range; zero: without an end there
}

// shortest is the least time that is shown.
const shortest = time.Minute

// setHistory says from when to when there is something. What is shown stays, or goes on to be
// all or the newest of it.
func (p *piece) setHistory(oldest, newest time.Time) {
	oldest = oldest.In(newest.Location())
	if oldest.IsZero() || newest.Sub(oldest) < shortest {
		oldest = newest.Add(-shortest)
	}
	whole, live := p.whole(), p.live()
	p.oldest, p.newest = oldest, newest
	switch {
	case whole:
		p.from, p.to = oldest, newest
	case live:
		p.show(newest.Add(p.from.Sub(p.to)), newest)
	default:
		p.show(p.from, p.to)
	}
}

// whole reports whether all of the history is shown.
func (p *piece) whole() bool { return !p.from.After(p.oldest) && p.live() }

// live reports whether the newest is shown.
func (p *piece) live() bool { return !p.to.Before(p.newest) }

// show shows another part, as near to it as there is one.
func (p *piece) show(from, to time.Time) {
	span := min(max(to.Sub(from), shortest), p.newest.Sub(p.oldest))
	if to.After(p.newest) {
		to = p.newest
	}
	if from = to.Add(-span); from.Before(p.oldest) {
		from = p.oldest
	}
	p.from, p.to = from, from.Add(span)
}

// showAll shows all of the history.
func (p *piece) showAll() { p.show(p.oldest, p.newest) }

// zoom shows more time, or less if factor is below 1; a moment stays where it is.
func (p *piece) zoom(at time.Time, factor float64) {
	before, after := at.Sub(p.from), p.to.Sub(at)
	p.show(at.Add(-scaled(before, factor)), at.Add(scaled(after, factor)))
}

// scaled is a part of a time, which is at most a few thousand years.
func scaled(d time.Duration, by float64) time.Duration {
	const most = time.Duration(1) << 61
	f := float64(d) * by
	return time.Duration(min(max(f, -float64(most)), float64(most)))
}

// pan shows what is later, or earlier, by a part of what is shown.
func (p *piece) pan(by float64) {
	d := scaled(p.to.Sub(p.from), by)
	from, to := p.from.Add(d), p.to.Add(d)
	if from.Before(p.oldest) {
		from, to = p.oldest, p.oldest.Add(to.Sub(from))
	}
	p.show(from, to)
}

// reveal shows a time range, with some time around it if it is not in sight.
func (p *piece) reveal(from, to time.Time) {
	if from.IsZero() {
		from = p.oldest
	}
	if to.IsZero() || to.After(p.newest) {
		to = p.newest
	}
	if !to.After(from) || !from.Before(p.from) && !to.After(p.to) || p.whole() {
		return
	}
	around := to.Sub(from) / 2
	p.show(from.Add(-around), to.Add(around))
}

// x is where a moment is, 0 to 1 from one end of what is shown to the other.
func (p *piece) x(t time.Time) float64 {
	return float64(t.Sub(p.from)) / float64(max(p.to.Sub(p.from), 1))
}

// at is the moment at a place.
func (p *piece) at(x float64) time.Time { return p.from.Add(scaled(p.to.Sub(p.from), x)) }

// wanted is the width that the bars of what is shown should have.
func (p *piece) wanted() chart.Step { return chart.StepFor(p.from, p.to, max(p.room, 8)) }

// covered reports whether the bars are those of what is shown.
func (p *piece) covered() bool {
	return len(p.bars) > 0 && p.step == p.wanted() && !p.bars[0].From.After(p.from) && !p.bars[len(p.bars)-1].To.Before(p.to)
}

// count counts an attempt that came. It returns false if the bars are to be asked for again.
func (p *piece) count(ev *capture.Event) bool {
	if len(p.bars) == 0 {
		return true
	}
	i := chart.At(p.bars, ev.Time)
	if i < 0 {
		return ev.Time.Before(p.bars[0].From) || !p.live() // it is out of sight
	}
	one := chart.Counts{}
	switch ev.Dir {
	case capture.In:
		one.In = 1
		if ev.Verdict == capture.Blocked {
			one.InBlocked = 1
		}
	case capture.Out:
		one.Out = 1
		if ev.Verdict == capture.Blocked {
			one.OutBlocked = 1
		}
	default:
		return true
	}
	if ev.Verdict == capture.Allowed {
		one.Allowed = 1
	}
	p.bars[i].Add(&one)
	return true
}

// goOn moves the end of the history to now. Bars are added where the newest is shown, and what
// was shown first goes, unless it is all. It returns false if the bars are to be asked for
// again: they would be too many.
func (p *piece) goOn(now time.Time) bool {
	if !now.After(p.newest) {
		return true
	}
	live, whole := p.live(), p.whole()
	moved := now.Sub(p.newest)
	p.newest = now
	if !live {
		return true
	}
	p.to = now
	if !whole {
		p.from = p.from.Add(moved)
	}
	for n := len(p.bars); n > 0 && !p.bars[n-1].To.After(now); n = len(p.bars) {
		if n > 2*max(p.room, 8) {
			return false
		}
		at := p.bars[n-1].To
		p.bars = append(p.bars, chart.Bar{From: at, To: p.step.Next(at)})
	}
	for len(p.bars) > 1 && !p.bars[0].To.After(p.from) {
		p.bars = p.bars[1:]
	}
	return p.step == p.wanted()
}

// highest are the most attempts in and out of a bar in sight.
func (p *piece) highest() (in, out uint64) {
	for i := range p.bars {
		if b := &p.bars[i]; b.To.After(p.from) && b.From.Before(p.to) {
			in, out = max(in, b.In), max(out, b.Out)
		}
	}
	return in, out
}
