package importer

import (
	"context"
	"errors"
	"sync"
	"time"

	"linklog/capture/oldlogs"
	"linklog/service/client"
	"linklog/service/importing"
)

// job imports files one after the other.
type job struct {
	files []file
	at    func(progress) // called now and then, from the goroutine of run

	sender importing.Sender
	done   []result // of the files that were read
	bytes  int64    // of these
	last   time.Time
}

// result is what became of a file.
type result struct {
	file
	importing.Outcome
	bad []oldlogs.LineError // the first
	err error
}

// progress is how far a job has come.
type progress struct {
	name              string
	file, files       int
	share             float64 // of all bytes
	events, bad, none int     // none: lines about something else
}

// progressEvery is how often progress is shown again.
const progressEvery = 100 * time.Millisecond

func newJob(c *client.Client, files []file, at func(progress)) *job {
	j := &job{at: at}
	j.sender.Client = c
	for _, f := range files {
		if f.err != nil {
			j.done = append(j.done, result{file: f, err: f.err})
			continue
		}
		j.files = append(j.files, f)
	}
	return j
}

// run imports until the end, or until the context or an error of the service ends it. What a file
// does not have is in its result.
func (j *job) run(ctx context.Context) error {
	all := float64(byteCount(j.files))
	events, bad, none := 0, 0, 0
	for i, f := range j.files {
		r := result{file: f}
		badHere, noneHere := 0, 0
		done, err := j.sender.File(ctx, f.path, nil, options(), importing.Reading{
			Line: func(e *oldlogs.LineError) {
				if e.Foreign {
					noneHere++
					return
				}
				if badHere++; len(r.bad) < maxBad {
					r.bad = append(r.bad, *e)
				}
			},
			At: func(bytes, _ int64, n int) {
				if now := time.Now(); now.Sub(j.last) >= progressEvery {
					j.last = now
					j.at(progress{name: f.name(), file: i + 1, files: len(j.files), share: min(float64(j.bytes+bytes)/all, 1), events: events + n, bad: bad + badHere, none: none + noneHere})
				}
			},
		})
		events, bad, none = events+done.Events, bad+badHere, none+noneHere
		j.bytes += f.size
		r.Outcome = done
		var stop importing.Stopped
		if stopped := errors.As(err, &stop); !stopped {
			r.err = err
		}
		j.done = append(j.done, r)
		if errors.As(err, &stop) {
			return stop.Unwrap()
		}
	}
	return nil
}

// latest hands the newest value from one goroutine to another, which is woken once for several.
type latest[T any] struct {
	mu    sync.Mutex
	value T
	woken bool
}

// put stores a value, and reports whether the other has to be woken.
func (l *latest[T]) put(v T) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	wake := !l.woken
	l.value, l.woken = v, true
	return wake
}

func (l *latest[T]) take() T {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.woken = false
	return l.value
}
