package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"
)

// output writes lines to one destination in a goroutine of its own, so that a
// slow terminal, a stopped pipe or a full disk never holds up the receiving of
// datagrams. What cannot be written yet waits in memory, up to maxPending bytes;
// lines beyond that are counted as lost.
type output struct {
	name  string        // for messages: "standard output", "log file x"
	every time.Duration // how long lines may be gathered before the next write
	tell  func(string)  // takes messages about trouble
	broke func(error)   // called once when the destination is gone for good

	mu      sync.Mutex
	file    io.WriteCloser
	pending []byte
	lost    uint64 // lines
	failing bool   // the last write failed
	ended   bool
	wake    chan struct{} // holds one token: there is something to do
	enough  chan struct{} // the same: there is so much that it need not wait
	done    chan struct{} // closed when the goroutine has ended
}

const (
	// maxPending is what an output keeps for a destination that does not take it:
	// about 800,000 lines.
	maxPending = 64 << 20

	// flushSize is the amount at which lines wait no longer to be written. A flood fills
	// it some times a second; each time the one who writes has to be woken.
	flushSize = 256 << 10

	// usualPending has room for that, and for what comes until it is taken. A buffer that
	// grew to it would be memory that is new to the program with each step, which costs
	// more than the lines in it; of one that is not filled the system gives nothing.
	usualPending = 2 * flushSize

	// retryEvery is how often a failing destination is tried again.
	retryEvery = time.Second

	// endWithin is how long an output may still write when the program ends.
	endWithin = 2 * time.Second
)

// newOutput starts an output; end must be called to stop it.
func newOutput(name string, file io.WriteCloser, every time.Duration, tell func(string), broke func(error)) *output {
	o := &output{
		name: name, every: every, tell: tell, broke: broke, file: file, pending: make([]byte, 0, usualPending),
		wake: make(chan struct{}, 1), enough: make(chan struct{}, 1), done: make(chan struct{}),
	}
	go o.run()
	return o
}

// write takes n whole lines. It never waits for the destination.
func (o *output) write(lines []byte, n int) {
	o.mu.Lock()
	if len(o.pending)+len(lines) > maxPending || o.ended {
		o.lost += uint64(n)
	} else {
		o.pending = append(o.pending, lines...)
	}
	enough := len(o.pending) >= flushSize
	o.mu.Unlock()
	wakeUp(o.wake)
	if enough {
		wakeUp(o.enough)
	}
}

// crowded reports whether the destination does not keep up; then callers that can
// wait should.
func (o *output) crowded() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.pending) >= maxPending/16 && !o.ended
}

// wakeUp puts a token into a channel that has room for one.
func wakeUp(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it is there
	}
}

// reopen puts another file in the place of the one written to, which is closed.
// Lines that wait go to the new one.
func (o *output) reopen(file io.WriteCloser) {
	o.mu.Lock()
	old := o.file
	o.file = file
	o.mu.Unlock()
	old.Close()
	wakeUp(o.wake)
}

// end writes what is left, for at most endWithin, and returns the number of
// lines that were lost since the start, those included that could not be
// written any more.
func (o *output) end() (lost uint64) {
	o.mu.Lock()
	o.ended = true
	o.mu.Unlock()
	wakeUp(o.wake)
	wakeUp(o.enough)
	select {
	case <-o.done:
	case <-time.After(endWithin):
		o.tell(fmt.Sprintf("%s does not accept the last lines", o.name))
		o.mu.Lock()
		defer o.mu.Unlock()
		return o.lost + countLines(o.pending)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.lost
}

func (o *output) run() {
	defer close(o.done)
	lines := make([]byte, 0, usualPending)
	written := time.Time{}
	for {
		<-o.wake
		for {
			o.gather(written)
			o.mu.Lock()
			if len(lines) == 0 { // else it holds what failed, which goes first
				lines, o.pending = o.pending, lines
			}
			file, ended := o.file, o.ended
			o.mu.Unlock()
			if len(lines) == 0 {
				if ended {
					file.Close()
					return
				}
				break
			}
			n, err := file.Write(lines)
			written = time.Now()
			lines = lines[:copy(lines, lines[n:])]
			if !o.went(file, err, lines, ended) {
				return
			}
		}
	}
}

// gather lets lines come together, if the last write was short ago and they are
// few.
func (o *output) gather(written time.Time) {
	wait := o.every - time.Since(written)
	if wait <= 0 {
		return
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		o.mu.Lock()
		enough := o.ended || len(o.pending) >= flushSize
		o.mu.Unlock()
		if enough {
			return
		}
		select {
		case <-timer.C:
			return
		case <-o.enough:
		}
	}
}

// went takes the result of a write whose unwritten rest is given; false ends the
// output. A problem is reported once when it begins and once when it is over.
func (o *output) went(file io.Writer, err error, rest []byte, ended bool) bool {
	o.mu.Lock()
	reopened := o.file != file
	o.mu.Unlock()
	switch {
	case err == nil:
		o.mu.Lock()
		failed, lost := o.failing, o.lost
		o.failing = false
		o.mu.Unlock()
		if failed {
			o.tell(fmt.Sprintf("%s: writing again; lost so far: %s", o.name, count(lost, "line")))
		}
		return true
	case reopened: // under our feet: the next round writes to the new file
		return true
	case isBrokenPipe(err):
		o.give(rest)
		o.broke(nil)
		return false
	}
	o.mu.Lock()
	first := !o.failing
	o.failing = true
	o.mu.Unlock()
	if first {
		o.tell(fmt.Sprintf("%s: %v; still counting, and trying again every second", o.name, cause(err)))
	}
	if ended {
		o.give(rest)
		return false
	}
	time.Sleep(retryEvery)
	return true
}

// give gives up on all that is not written.
func (o *output) give(rest []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended = true
	o.lost += countLines(rest) + countLines(o.pending)
	o.pending = nil
	o.file.Close()
}

func countLines(b []byte) (n uint64) {
	for _, c := range b {
		if c == '\n' {
			n++
		}
	}
	return n
}

// cause leaves out the path of an os error where the message names it already.
func cause(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

func isBrokenPipe(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe) || isClosedByReader(err)
}
