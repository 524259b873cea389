// Package instance lets the app run once for each user: a second start asks the
// first to show its window, and ends.
package instance

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// ErrRunning says that the app runs already, and was asked to show itself.
var ErrRunning = errors.New("LinkLog is running already")

// Instance is the one that runs.
type Instance struct {
	listener net.Listener
	lock     *os.File
	done     chan struct{}
}

const (
	// answerWithin bounds how long the running app may take to answer.
	answerWithin = 3 * time.Second

	// maxRequest bounds what another program of the user may say, in bytes.
	maxRequest = 256
)

// Acquire makes this process the one that runs, with its socket at a path (see
// Path). Each later start calls show, from a goroutine of its own, with what the
// other wants to be shown. If another process runs already, it is asked to show
// want ("": its window) and the error is ErrRunning.
//
// A lock that ends with its process decides who it is, so that what a killed
// process left behind is in nobody's way.
func Acquire(ctx context.Context, path, want string, show func(want string)) (*Instance, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("single instance: %w", err)
	}
	lock, err := lockFile(path + ".lock")
	if errors.Is(err, errLocked) {
		return nil, ask(ctx, path, want)
	}
	if err != nil {
		return nil, fmt.Errorf("single instance: %w", err)
	}
	l, err := listen(path)
	if err != nil {
		lock.Close()
		return nil, fmt.Errorf("single instance: %w", err)
	}
	i := &Instance{listener: l, lock: lock, done: make(chan struct{})}
	go i.serve(show)
	return i, nil
}

// Close lets another process run.
func (i *Instance) Close() error {
	err := i.listener.Close()
	<-i.done
	return errors.Join(err, i.lock.Close())
}

func (i *Instance) serve(show func(string)) {
	defer close(i.done)
	for {
		c, err := i.listener.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			time.Sleep(100 * time.Millisecond) // out of descriptors: it passes
			continue
		}
		if want, ok := answer(c); ok {
			show(want)
		}
	}
}

// answer reads a request and answers it.
func answer(c net.Conn) (want string, ok bool) {
	defer c.Close()
	if c.SetDeadline(time.Now().Add(answerWithin)) != nil {
		return "", false
	}
	line, err := bufio.NewReaderSize(io.LimitReader(c, maxRequest), maxRequest).ReadString('\n')
	want, found := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "show ")
	if err != nil || !found || strings.ContainsFunc(want, func(r rune) bool { return r < ' ' || r == 0xfffd }) {
		return "", false
	}
	_, err = io.WriteString(c, "ok\n")
	return want, err == nil
}

// ask asks the process that runs, which may be about to open its socket still.
func ask(ctx context.Context, path, want string) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	for {
		err := request(ctx, path, want)
		if err == nil {
			return ErrRunning
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w, but does not answer: %w", ErrRunning, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func request(ctx context.Context, path, want string) error {
	c, err := dial(ctx, path)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(answerWithin)); err != nil {
		return err
	}
	if _, err := io.WriteString(c, "show "+want+"\n"); err != nil {
		return err
	}
	reply, err := bufio.NewReader(io.LimitReader(c, maxRequest)).ReadString('\n')
	if err == nil && reply != "ok\n" {
		err = fmt.Errorf("it answered %q", reply)
	}
	return err
}
