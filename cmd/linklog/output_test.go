package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// told gathers what an output tells.
type told struct {
	mu    sync.Mutex
	lines []string
}

func (t *told) tell(s string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines = append(t.lines, s)
}

func (t *told) all() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.lines, "\n")
}

// destination is a file whose writes the test decides about.
type destination struct {
	mu     sync.Mutex
	got    bytes.Buffer
	closed bool
	write  func(p []byte) (int, error) // nil: takes all
}

func (d *destination) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := len(p), error(nil)
	if d.write != nil {
		n, err = d.write(p)
	}
	d.got.Write(p[:n])
	return n, err
}

func (d *destination) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	return nil
}

func (d *destination) string() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.got.String()
}

func lineNumbers(from, to int) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, "line %d\n", i)
	}
	return b.String()
}

func TestOutputKeepsOrder(t *testing.T) {
	d, messages := &destination{}, &told{}
	o := newOutput("test", d, time.Millisecond, messages.tell, nil)
	for i := range 10_000 {
		o.write(fmt.Appendf(nil, "line %d\n", i), 1)
	}
	if lost := o.end(); lost != 0 || d.string() != lineNumbers(0, 10_000) || !d.closed {
		t.Errorf("lost %d, closed %v, %d bytes written", lost, d.closed, len(d.string()))
	}
	if messages.all() != "" {
		t.Errorf("told %q", messages.all())
	}
}

// A full disk is told once; what did not fit is written when there is room again,
// beginning in the middle of the line where it stopped.
func TestOutputFullDisk(t *testing.T) {
	full := true
	tried := make(chan struct{}, 100)
	d, messages := &destination{}, &told{}
	d.write = func(p []byte) (int, error) {
		tried <- struct{}{}
		if full {
			return min(len(p), 3), &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
		}
		return len(p), nil
	}
	o := newOutput("log file x", d, 0, messages.tell, nil)
	o.write([]byte(lineNumbers(0, 1)), 1)
	<-tried
	o.write([]byte(lineNumbers(1, 5)), 4)
	<-tried // a second later
	d.mu.Lock()
	full = false
	d.mu.Unlock()
	<-tried
	if lost := o.end(); lost != 0 || d.string() != lineNumbers(0, 5) {
		t.Errorf("lost %d, wrote %q", lost, d.string())
	}
	if s := messages.all(); strings.Count(s, "no space left") != 1 || strings.Count(s, "writing again") != 1 {
		t.Errorf("told %q", s)
	}
}

func TestOutputCountsWhatItCannotKeep(t *testing.T) {
	hold := make(chan struct{})
	d := &destination{}
	entered := make(chan struct{}, 1)
	d.write = func(p []byte) (int, error) {
		select {
		case entered <- struct{}{}:
		default:
		}
		<-hold
		return len(p), nil
	}
	o := newOutput("test", d, 0, (&told{}).tell, nil)
	o.write([]byte("first\n"), 1)
	<-entered
	block := []byte(strings.Repeat("x", 1<<20-1) + "\n")
	for range maxPending>>20 + 5 {
		o.write(block, 1) // must not wait, though nothing is taken
	}
	close(hold)
	if lost := o.end(); lost != 5 {
		t.Errorf("lost %d lines, want 5", lost)
	}
}

func TestOutputBrokenPipe(t *testing.T) {
	r, w := io.Pipe()
	broke := make(chan error, 1)
	messages := &told{}
	o := newOutput("standard output", w, 0, messages.tell, func(err error) { broke <- err })
	r.Close()
	o.write([]byte("a\nb\n"), 2)
	<-broke
	o.write([]byte("c\n"), 1)
	if lost := o.end(); lost != 3 || messages.all() != "" {
		t.Errorf("lost %d, told %q", lost, messages.all())
	}
}

func TestOutputEndGivesUp(t *testing.T) {
	d, messages := &destination{}, &told{}
	forever := make(chan struct{})
	defer close(forever)
	d.write = func(p []byte) (int, error) { <-forever; return len(p), nil }
	o := newOutput("standard output", d, 0, messages.tell, nil)
	o.write([]byte("a\n"), 1)
	begin := time.Now()
	o.end()
	if took := time.Since(begin); took < endWithin || !strings.Contains(messages.all(), "does not accept the last lines") {
		t.Errorf("ended after %v, told %q", took, messages.all())
	}
}

func TestOutputReopen(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "log")
	file, err := openLog(name, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	o := newOutput("log file", file, 0, (&told{}).tell, nil)
	for round := range 20 {
		o.write([]byte(lineNumbers(100*round, 100*round+100)), 100)
		if err := os.Rename(name, fmt.Sprintf("%s.%02d", name, round)); err != nil {
			t.Fatal(err)
		}
		if file, err = openLog(name, 0o644); err != nil {
			t.Fatal(err)
		}
		o.reopen(file)
	}
	if lost := o.end(); lost != 0 {
		t.Errorf("lost %d lines", lost)
	}
	files, _ := filepath.Glob(name + ".*")
	var all []byte
	for _, f := range append(files, name) {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	if string(all) != lineNumbers(0, 2000) {
		t.Errorf("the files together hold %d bytes, not the lines in order", len(all))
	}
}
