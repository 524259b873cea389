package intake

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"linklog/capture"
	"linklog/service/clock"
	"linklog/service/datafile"
	"linklog/service/gap"
	"linklog/service/health"
)

// The file "alive" tells until when messages were received: what came between then
// and the next start is a gap. Its text names the sockets, if others hold them open
// when the service is not there; noPort: there were none, since that time.
func (in *Intake) aliveFile() string { return filepath.Join(in.o.DataDir, "alive") }

const noPort = "no port"

// NoteAlive notes that messages are received now.
func (in *Intake) NoteAlive() {
	if !in.receiving.Load() {
		return // what is missing goes back to when the port was ours last
	}
	now := in.clock.Wall()
	err := fs.ErrNotExist
	if !in.stale.Load() && !in.LastAlive().IsZero() {
		err = os.Chtimes(in.aliveFile(), now, now)
	}
	if err != nil {
		in.writeAlive(in.sockets)
		return
	}
	in.health.Over(health.AliveUnwritten, "")
}

// writeAlive writes the file anew, whatever stood there: all that was in it was read, if
// it could be. What could not be written is tried again as long as messages are received.
func (in *Intake) writeAlive(text string) {
	err := datafile.Replace(in.aliveFile(), []byte(text), 0o600)
	in.stale.Store(err != nil)
	in.health.Check(health.AliveUnwritten, err)
}

// LastAlive is the last sign of life; zero: there is none, or nothing that tells it.
func (in *Intake) LastAlive() time.Time {
	if info, err := os.Lstat(in.aliveFile()); err == nil && info.Mode().IsRegular() {
		return clock.Possible(info.ModTime())
	}
	return time.Time{}
}

// NoteBreak records that nothing was received for a while: between the last sign of
// life and the start, and until the port was ours. Nothing is missing from sockets that
// stayed open all the time: what the system could not hold there is counted.
func (in *Intake) NoteBreak() {
	now := in.sockets
	if in.listener.Load() == nil {
		now = noPort
	}
	file := in.aliveFile()
	text, _ := datafile.Read(file) // a build before this one left it empty
	before := string(text)
	since := in.LastAlive()
	if !since.IsZero() && before == now && now != "" {
		in.receiving.Store(now != noPort)
		in.NoteAlive()
		return
	}
	if since.IsZero() {
		since = in.o.Newest()
	}
	if !since.IsZero() {
		why := capture.GapText(capture.GapOff)
		if before == noPort {
			why = cmp.Or(in.takenBy, capture.GapText(capture.GapNoPort))
		}
		if left := in.clock.Left(); since.After(in.clock.Wall()) && !left.IsZero() {
			since = left // the clock was ahead then
		}
		in.gaps.Add(gap.Gap{Since: since, Text: why})
	}
	in.writeAlive(now)
	in.receiving.Store(now != noPort)
}
