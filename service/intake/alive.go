package intake

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"linklog/capture"
	"linklog/service/clock"
	"linklog/service/datafile"
	"linklog/service/gap"
	"linklog/service/health"
)

// file is where something is kept about this port: "alive", "alive-514".
func (r *receiver) file(name string) string {
	if !r.first {
		name += "-" + strconv.Itoa(int(r.port))
	}
	return filepath.Join(r.in.o.DataDir, name)
}

// The file "alive" tells until when messages were received: what came between then
// and the next start is a gap. Its text names the sockets, if others hold them open
// when the service is not there; noPort: there were none, since that time.
func (r *receiver) aliveFile() string { return r.file("alive") }

const noPort = "no port"

// NoteAlive notes that messages are received now.
func (in *Intake) NoteAlive() {
	for _, r := range in.receivers {
		r.noteAlive()
	}
}

func (r *receiver) noteAlive() {
	if !r.receiving.Load() {
		return // what is missing goes back to when the port was ours last
	}
	now := r.in.clock.Wall()
	err := fs.ErrNotExist
	if !r.stale.Load() && !r.lastAlive().IsZero() {
		err = os.Chtimes(r.aliveFile(), now, now)
	}
	if err != nil {
		r.writeAlive(r.sockets)
		return
	}
	r.check(health.AliveUnwritten, nil)
}

// writeAlive writes the file anew, whatever stood there: all that was in it was read, if
// it could be. What could not be written is tried again as long as messages are received.
func (r *receiver) writeAlive(text string) {
	err := datafile.Replace(r.aliveFile(), []byte(text), 0o600)
	r.stale.Store(err != nil)
	r.check(health.AliveUnwritten, err)
}

// LastAlive is the last sign of life; zero: there is none, or nothing that tells it.
func (in *Intake) LastAlive() (last time.Time) {
	for _, r := range in.receivers {
		if t := r.lastAlive(); t.After(last) {
			last = t
		}
	}
	return last
}

func (r *receiver) lastAlive() time.Time {
	if info, err := os.Lstat(r.aliveFile()); err == nil && info.Mode().IsRegular() {
		return clock.Possible(info.ModTime())
	}
	return time.Time{}
}

// NoteBreak records that nothing was received for a while: between the last sign of
// life and the start, and until the ports were ours. Nothing is missing from sockets that
// stayed open all the time: what the system could not hold there is counted.
func (in *Intake) NoteBreak() {
	in.forgetPorts()
	in.newest = clock.Possible(in.o.Newest())
	in.noteBreak(in.receivers...)
}

// noteBreak is NoteBreak for some ports. What is missing from several for the same reason
// is one gap.
func (in *Intake) noteBreak(receivers ...*receiver) {
	var gaps []gap.Gap
	for _, r := range receivers {
		g, missed := r.missed()
		if !missed {
			continue
		}
		i := slices.IndexFunc(gaps, func(other gap.Gap) bool { return other.Text == g.Text })
		switch {
		case i < 0:
			gaps = append(gaps, g)
		case g.Since.Before(gaps[i].Since):
			gaps[i].Since = g.Since
		}
	}
	for _, g := range gaps {
		in.gaps.Add(g)
	}
	for _, r := range receivers {
		r.begin()
	}
}

// before is what the file had: which sockets, until when.
func (r *receiver) before() (sockets string, until time.Time) {
	text, _ := datafile.Read(r.aliveFile()) // a build before this one left it empty
	return string(text), r.lastAlive()
}

// now names the sockets there are.
func (r *receiver) now() string {
	if r.listener.Load() == nil {
		return noPort
	}
	return r.sockets
}

// missed is the gap until now, if there is one.
func (r *receiver) missed() (g gap.Gap, missed bool) {
	if r.tcp { // its clients notice that we are away
		return g, false
	}
	before, since := r.before()
	if now := r.now(); !since.IsZero() && before == now && now != "" {
		return g, false
	}
	switch newest := r.in.newest; {
	case since.IsZero() && r.first:
		since = newest
	case since.IsZero(), before == noPort:
	case newest.After(since) && !newest.After(r.in.clock.Wall()): // without an end in peace the last sign of life is older
		since = newest
	}
	if since.IsZero() { // nothing ever came here
		return g, false
	}
	why := capture.GapText(capture.GapOff)
	if before == noPort {
		why = cmp.Or(r.takenBy, capture.GapText(capture.GapNoPort))
	}
	if left := r.in.clock.Left(); since.After(r.in.clock.Wall()) && !left.IsZero() {
		since = left // the clock was ahead then
	}
	return gap.Gap{Since: since, Text: why}, true
}

// begin notes what is received from now on.
func (r *receiver) begin() {
	if r.tcp {
		return
	}
	before, since := r.before()
	now := r.now()
	r.receiving.Store(now != noPort)
	if now != noPort || before != noPort && (r.first || !since.IsZero()) {
		r.writeAlive(now)
	}
}

// forgetPorts removes the files of ports that are not listened on any more: nothing is
// missing from them until they are again.
func (in *Intake) forgetPorts() {
	entries, _ := os.ReadDir(in.o.DataDir)
	for _, e := range entries {
		for _, name := range []string{"alive-", "dropped-"} {
			n, found := strings.CutPrefix(e.Name(), name)
			if _, err := strconv.ParseUint(n, 10, 16); !found || err != nil {
				continue
			}
			if !slices.ContainsFunc(in.receivers, func(r *receiver) bool { return !r.first && !r.tcp && strconv.Itoa(int(r.port)) == n }) {
				os.Remove(filepath.Join(in.o.DataDir, e.Name()))
			}
		}
	}
}
