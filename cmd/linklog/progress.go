package main

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/term"
)

// progress shows on a terminal how far the reading of a file has come; elsewhere
// nothing.
type progress struct {
	out   *os.File // nil: not shown
	name  string
	shown bool
	last  time.Time
}

// progressEvery is how often progress is shown again.
const progressEvery = 200 * time.Millisecond

func newProgress(out *os.File) *progress {
	p := &progress{last: time.Now()}
	if out != nil && term.IsTerminal(int(out.Fd())) {
		p.out = out
	}
	return p
}

// at says how many bytes of how many were read (0: unknown) and how many events were in them.
func (p *progress) at(bytes, of int64, events int) {
	if p.out == nil || time.Since(p.last) < progressEvery {
		return
	}
	p.last, p.shown = time.Now(), true
	share := ""
	if of > 0 {
		share = fmt.Sprintf("%3d %%, ", bytes*100/of)
	}
	fmt.Fprintf(p.out, "\r\x1b[K%s: %s%s", p.name, share, count(events, "event"))
}

// clear makes room for another line; the next at shows it again.
func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.shown = false
	}
}

func (p *progress) end() { p.clear() }
