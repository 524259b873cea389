package timeline

import "time"

// pace is how often is drawn for what came, of which nobody asked to see each: when that is due with what
// comes, so that one frame of the window shows both, and else, when nothing comes any more, a little later.
type pace struct {
	drawn time.Time
	alone *time.Timer // draws if nothing comes
}

const (
	drawEvery = time.Second            // the least time between two drawings
	drawAlone = 500 * time.Millisecond // how long after that is waited for something to come
)

// due reports whether what came is to be drawn now. If not, alone is called, in a goroutine of its own,
// unless it is drawn before.
func (p *pace) due(alone func()) bool {
	left := drawEvery - time.Since(p.drawn)
	if left > 0 && p.alone == nil {
		p.alone = time.AfterFunc(left+drawAlone, alone)
	}
	return left <= 0
}

// draws takes that all is drawn now.
func (p *pace) draws() {
	if p.alone != nil {
		p.alone.Stop()
		p.alone = nil
	}
	p.drawn = time.Now()
}
