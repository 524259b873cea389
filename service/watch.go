package service

import (
	"cmp"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"linklog/service/datafile"
	"linklog/service/spool"
)

const (
	watchEvery = time.Second
	aliveEvery = 30 * time.Second
	trimEvery  = time.Minute // a flood fills a disk in less than an hour
)

// watch does what comes round with the clock: it looks for losses, lets alerts out
// that are due, and removes what is too old.
func (e *Engine) watch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	var alive, trimmed time.Time
	address := e.startAddress()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			e.lookAtClock()
			e.lookAtAddress(address, now)
			e.tryAgain(e.noteLosses(now))
			if due, ok := e.alerts.Due(); ok && !due.After(e.clock.calm()) {
				e.trouble("alerts", e.alerts.Tick(e.clock.calm()))
				e.commitHosts()
			}
			if now.Sub(alive) >= aliveEvery {
				alive = now
				e.noteAlive()
				e.saveClock(false)
				e.writeRouters()
			}
			if now.Sub(trimmed) >= trimEvery {
				trimmed = now
				e.trim()
			}
		}
	}
}

// trim removes what is older than it may be by a clock that is confirmed, and then
// what is too much.
func (e *Engine) trim() {
	e.mu.Lock()
	keep := e.settings.History
	e.mu.Unlock()
	var err error
	if keep.Days > 0 {
		_, err = e.remove("age", e.clock.confirmed().AddDate(0, 0, -keep.Days), 0)
	}
	if err == nil {
		_, err = e.remove("size", time.Time{}, int64(keep.Size))
	}
	e.trouble("removing old events", err)
}

// losses are what was counted as lost when it was last looked.
type losses struct {
	when                     time.Time
	kernel, refused, spooled uint64
}

// noteLosses makes gaps of what was lost since it was called last. It is called by
// the watch, and once more when that has nothing to do any more. unspooled tells
// whether the spool could not be written.
func (e *Engine) noteLosses(now time.Time) (unspooled bool) {
	e.lossMu.Lock()
	defer e.lossMu.Unlock()
	before := e.losses
	next := losses{when: now, spooled: e.lostSpool.Load()}
	next.kernel, _ = e.dropped()
	_, _, next.refused, _ = e.sources.snapshot()
	e.losses = next
	since := before.when
	if since.IsZero() {
		since = e.started
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
			e.appendGap(gap{Since: since, Lost: loss.n, Text: loss.text})
		}
	}
	if next.kernel > before.kernel {
		e.writeDropped(next.kernel)
	}
	return next.spooled > before.spooled
}

// maxUnwritten bounds the gaps that wait for room in the spool.
const maxUnwritten = 64

// appendGap records a gap. One that finds no room is tried again by the watch.
func (e *Engine) appendGap(g gap) {
	e.log.Warn("a gap", "why", g.Text, "lost", g.Lost, "since", g.Since)
	e.gapMu.Lock()
	defer e.gapMu.Unlock()
	same := slices.IndexFunc(e.unwritten, func(w gap) bool { return w.Text == g.Text })
	switch {
	case same >= 0:
		e.unwritten[same].Lost += g.Lost
	case len(e.unwritten) < maxUnwritten:
		e.unwritten = append(e.unwritten, g)
	default:
		e.log.Error("a gap could not be recorded", "why", g.Text, "lost", g.Lost)
	}
	e.writeGaps()
}

// writeGaps writes the gaps that wait, as far as there is room; gapMu is locked.
func (e *Engine) writeGaps() {
	for len(e.unwritten) > 0 {
		record, err := e.unwritten[0].record(e.clock.wall())
		if err == nil {
			_, err = e.spool.Append([]spool.Record{record})
		}
		if err != nil {
			e.trouble("spool", err)
			return
		}
		e.unwritten = e.unwritten[1:]
	}
}

// tryAgain does what could not be done before. lost tells that the spool failed
// since the last time.
func (e *Engine) tryAgain(lost bool) {
	if e.inTrouble("spool") && !lost {
		e.gapMu.Lock()
		e.writeGaps()
		if len(e.unwritten) == 0 { // what was lost is told, so there is room
			e.trouble("spool", nil)
		}
		e.gapMu.Unlock()
	}
	if e.inTrouble("hosts") || e.inTrouble("spool files") {
		e.commitHosts()
	}
}

// The file "alive" tells until when messages were received: what came between then
// and the next start is a gap. Its text names the sockets, if others hold them open
// when the service is not there; noPort: there were none, since that time.
func (e *Engine) aliveFile() string { return filepath.Join(e.config.DataDir, "alive") }

const noPort = "no port"

// noteAlive notes that messages are received now.
func (e *Engine) noteAlive() {
	if !e.receiving.Load() {
		return // what is missing goes back to when the port was ours last
	}
	now := e.clock.wall()
	err := fs.ErrNotExist
	if !e.lastAlive().IsZero() {
		err = os.Chtimes(e.aliveFile(), now, now)
	}
	if err != nil {
		err = e.writeAlive(e.sockets)
	}
	e.trouble("data folder", err)
}

// writeAlive writes the file anew, whatever stood there: all that was in it was read, if
// it could be.
func (e *Engine) writeAlive(text string) error {
	return datafile.Replace(e.aliveFile(), []byte(text), 0o600)
}

// lastAlive is the last sign of life; zero: there is none, or nothing that tells it.
func (e *Engine) lastAlive() time.Time {
	if info, err := os.Lstat(e.aliveFile()); err == nil && info.Mode().IsRegular() {
		return possible(info.ModTime())
	}
	return time.Time{}
}

// noteBreak records that nothing was received for a while: between the last sign of
// life and the start, and until the port was ours. Nothing is missing from sockets that
// stayed open all the time: what the system could not hold there is counted.
func (e *Engine) noteBreak() {
	now := e.sockets
	if e.listener.Load() == nil {
		now = noPort
	}
	file := e.aliveFile()
	text, _ := datafile.Read(file) // a build before this one left it empty
	before := string(text)
	since := e.lastAlive()
	if !since.IsZero() && before == now && now != "" {
		e.receiving.Store(now != noPort)
		e.noteAlive()
		return
	}
	if since.IsZero() {
		since = e.lastStored()
	}
	if !since.IsZero() {
		why := "the service was not running"
		if before == noPort {
			why = cmp.Or(e.takenBy, "the port could not be had: another program had it, or its address was not there")
		}
		if left := e.clock.left; since.After(e.clock.wall()) && !left.IsZero() {
			since = left // the clock was ahead then
		}
		e.appendGap(gap{Since: since, Text: why})
	}
	e.trouble("data folder", e.writeAlive(now))
	e.receiving.Store(now != noPort)
}
