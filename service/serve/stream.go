package serve

import (
	"bufio"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"linklog/capture"
	"linklog/format"
)

// stream writes lines to a caller. What he does not take within a while ends it.
type stream struct {
	rc      *http.ResponseController
	options *format.Options
	line    []byte

	mu      sync.Mutex // of what follows
	w       *bufio.Writer
	flushed time.Time
}

func newStream(w http.ResponseWriter, o *format.Options) *stream {
	w.Header().Set("Content-Type", "application/x-ndjson")
	return &stream{w: bufio.NewWriterSize(deadlined{w, http.NewResponseController(w)}, 64<<10), rc: http.NewResponseController(w), options: o}
}

// deadlined gives each write its time.
type deadlined struct {
	w  http.ResponseWriter
	rc *http.ResponseController
}

func (d deadlined) Write(b []byte) (int, error) {
	if err := d.rc.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return 0, err
	}
	return d.w.Write(b)
}

func (st *stream) event(ev *capture.Event) error {
	st.line = append(format.AppendJSON(st.line[:0], ev, st.options), '\n')
	return st.write(st.line)
}

// object writes a value as a line.
func (st *stream) object(v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return st.write(append(data, '\n'))
}

func (st *stream) write(line []byte) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	_, err := st.w.Write(line)
	return err
}

func (st *stream) flush() error {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.flushNow()
}

// flushNow is flush for who holds mu.
func (st *stream) flushNow() error {
	if err := st.w.Flush(); err != nil {
		return err
	}
	if err := st.rc.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return err
	}
	st.flushed = time.Now()
	return st.rc.Flush()
}

// waiting reports whether lines wait to be flushed, and since when none were.
func (st *stream) waiting() (some bool, since time.Time) {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.w.Buffered() > 0, st.flushed
}

// keepFlushing sends what was found while the search for more goes on. The function that it
// returns ends that.
func (st *stream) keepFlushing() (end func()) {
	return every(partWithin, func() {
		st.mu.Lock()
		defer st.mu.Unlock()
		if st.w.Buffered() > 0 {
			_ = st.flushNow() // the next write says what is wrong
		}
	})
}

// partWithin is how long what was found waits for more.
const partWithin = 50 * time.Millisecond

// every calls f until the function that it returns is called, which waits for f.
func every(d time.Duration, f func()) (end func()) {
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		ticks := time.NewTicker(d)
		defer ticks.Stop()
		for {
			select {
			case <-ticks.C:
				f()
			case <-stop:
				return
			}
		}
	}()
	return func() {
		close(stop)
		<-stopped
	}
}

// close lets the connection be used again without the deadline.
func (st *stream) close() { _ = st.rc.SetWriteDeadline(time.Time{}) }
