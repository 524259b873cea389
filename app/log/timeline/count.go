package timeline

import (
	"context"
	"errors"
	"time"

	"linklog/app/ui"
	"linklog/app/ui/chart"
	"linklog/capture"
	"linklog/filter"
	"linklog/format/services"
	"linklog/service/client"
	"linklog/service/client/overssh"

	"fyne.io/fyne/v2/lang"
)

// counting is what is asked of the service, and how what comes is added to the answer.
type counting struct {
	active  bool
	query   string          // what is counted, without times; "": nothing was searched for yet
	matcher *filter.Matcher // of the query

	seen    uint64 // the Seq of the newest event that came
	counted uint64 // up to which Seq the bars have all
	stale   bool   // something came or changed that the bars do not have

	asked  int                // counts questions: an answer to an older one is dropped
	cancel context.CancelFunc // ends the question on its way; nil: there is none
	timer  *time.Timer        // for the next question
	since  []capture.Event    // what came since it was asked, as far as it is counted
}

// maxSince bounds what is kept of what comes while the service counts; of more it is asked again.
const maxSince = 50_000

// askSoon is how long it is waited for the next turn of the wheel, or the next key.
const askSoon = 120 * time.Millisecond

// askAgain is how long after an error it is asked once more: the service may just be starting.
const askAgain = 2 * time.Second

func (n *counting) asking() bool { return n.cancel != nil }

// stop ends what was asked.
func (n *counting) stop() {
	n.asked++
	if n.cancel != nil {
		n.cancel()
		n.cancel = nil
	}
	if n.timer != nil {
		n.timer.Stop()
		n.timer = nil
	}
}

// Search shows what a filter lets through; its times are the range.
func (l *Line) Search(f filter.Filter, names *services.Table) {
	now := l.now()
	query, m, since, until, err := divide(f, names, now)
	if err != nil {
		return // whoever reads the filter says so
	}
	l.piece.since, l.piece.until = since, until
	if !since.IsZero() || !until.IsZero() {
		l.piece.reveal(since, until)
	}
	if query == l.counts.query {
		l.moved()
		return
	}
	l.counts.query, l.counts.matcher = query, m
	l.ask()
	if l.counts.active {
		l.redraw()
	}
}

// SetActive says whether anybody can see the line. While nobody can nothing is asked or drawn.
func (l *Line) SetActive(active bool) {
	n := &l.counts
	if n.active == active {
		return
	}
	n.active = active
	if !active {
		n.stale = n.stale || n.asking()
		n.stop()
		return
	}
	l.ask() // imports and removals are not told
	l.redraw()
}

// Again counts again, as the history changed in other ways than by what came.
func (l *Line) Again() {
	l.counts.stale = true
	if l.counts.active {
		l.ask()
	}
}

// Active reports whether anybody can see the line.
func (l *Line) Active() bool { return l.counts.active }

// Sum is how many attempts there are in what is shown, as far as they are counted.
func (l *Line) Sum() chart.Counts { return chart.Sum(l.piece.bars) }

// Reset forgets all, as the history is a different one.
func (l *Line) Reset() {
	since, until, room := l.piece.since, l.piece.until, l.piece.room
	l.piece = piece{since: since, until: until, room: room}
	l.counts.seen, l.counts.counted = 0, 0
	l.pick.Clear()
	l.ask()
}

// Take counts events that came, oldest first.
func (l *Line) Take(events []capture.Event) {
	n := &l.counts
	if len(events) == 0 {
		return
	}
	n.seen = max(n.seen, events[len(events)-1].Seq)
	if !n.active {
		n.stale = true
		return
	}
	now := l.now()
	again := false
	if len(l.piece.bars) > 0 {
		again = !l.piece.goOn(now)
	}
	for i := range events {
		ev := &events[i]
		if ev.Seq <= n.counted || n.matcher == nil || ev.Kind != capture.Traffic || !n.matcher.Match(ev) {
			continue
		}
		switch {
		case !n.asking():
			again = !l.piece.count(ev) || again
		case len(n.since) < maxSince:
			n.since = append(n.since, *ev)
		default:
			n.stale = true
		}
	}
	switch {
	case again:
		l.askIn(askSoon)
	case !n.asking():
		l.redrawSoon()
	}
}

// moved is called when another part of the history is to be shown: what is known of it
// at once, and the rest as soon as it was counted.
func (l *Line) moved() {
	if !l.counts.active || l.counts.query == "" {
		return
	}
	if !l.piece.covered() {
		l.askIn(askSoon)
	}
	l.redraw()
}

func (l *Line) askIn(wait time.Duration) {
	n := &l.counts
	if n.timer != nil {
		return
	}
	asked := n.asked
	n.timer = time.AfterFunc(wait, func() {
		l.c.Do(func() {
			if asked == l.counts.asked {
				l.ask()
			}
		})
	})
}

// ask asks the service for the bars of what is shown.
func (l *Line) ask() {
	n := &l.counts
	n.stop()
	if !n.active || n.query == "" || l.piece.room <= 0 {
		n.stale = true
		return
	}
	n.stale, n.since = false, nil
	stopped, cancel := context.WithCancel(context.Background())
	n.cancel = cancel
	asked, p, seen, query := n.asked, l.piece, n.seen, n.query
	now := l.now()
	l.c.While(stopped, func(ctx context.Context) (err error) {
		p, seen, err = count(ctx, l.c.Client, p, query, seen, now)
		return err
	}, func(err error) {
		cancel()
		if asked == l.counts.asked {
			l.answered(p, seen, err)
		}
	})
}

// count counts what a piece shows, up to an event; 0: the newest, whose Seq it returns.
func count(ctx context.Context, c *client.Client, p piece, query string, seen uint64, now time.Time) (piece, uint64, error) {
	status, err := c.Status(ctx)
	if err != nil {
		return p, seen, err
	}
	if seen == 0 {
		seen = status.Last
	}
	p.setHistory(status.Since(), now)
	p.step = p.wanted()
	// What comes meanwhile is counted as it comes, so that here it must end.
	p.bars, _, err = chart.Count(ctx, c, client.Query{Filter: query, Before: seen + 1}, p.from, p.to, p.step)
	if err == nil && status.Imported.Events > 0 {
		var old []chart.Bar
		old, _, err = chart.Count(ctx, c, client.Query{Filter: query, Imported: true}, p.from, p.to, p.step)
		for i := range old {
			p.bars[i].Add(&old[i].Counts)
		}
	}
	return p, seen, err
}

// answered shows what the service counted.
func (l *Line) answered(p piece, seen uint64, err error) {
	n := &l.counts
	n.cancel = nil
	l.failed = ""
	if err != nil {
		n.stale = true
		l.failed = lang.L("The attempts could not be counted: {{.Error}}", map[string]any{"Error": ui.Cause(err)})
		if far := (*overssh.Error)(nil); errors.As(err, &far) { // the window says what is wrong, in several lines
			l.failed = lang.L("The service does not answer")
		}
		l.redraw()
		l.askIn(askAgain)
		return
	}
	p.room, p.since, p.until = l.piece.room, l.piece.since, l.piece.until
	l.piece, n.counted = p, seen
	again := !l.piece.goOn(l.now())
	for i := range n.since {
		if ev := &n.since[i]; ev.Seq > seen {
			again = !l.piece.count(ev) || again
		}
	}
	n.since = nil // at the start they are thousands, later few
	if again || n.stale {
		l.askIn(drawEvery)
	}
	l.redraw()
}
