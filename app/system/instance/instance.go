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
	"strings"
	"time"

	"linklog/capture"
)

// ErrRunning says that the app is already running, and was asked to show its window.
var ErrRunning = errors.New("LinkLog is already running")

// Instance is the one that runs.
type Instance struct {
	listener net.Listener
	lock     *os.File
	done     chan struct{}
}

const (
	// answerWithin bounds how long the running app may take to answer once it is spoken to.
	answerWithin = 3 * time.Second

	// settleWithin bounds how long it may take until it opens its socket: at login all
	// programs start at once.
	settleWithin = 10 * time.Second

	// maxRequest bounds what another program of the user may say, in bytes.
	maxRequest = 256
)

// Acquire makes this process the one that runs, with its socket at a path (see
// Path). Each later start calls show, from a goroutine of its own, with what the
// other wants to be shown. If another process runs already, it is asked to show
// want ("": its window) and the error is ErrRunning.
//
// A lock that ends with its process decides who it is, so that what a killed
// process left behind is in no one's way; if it is killed while it is being asked,
// this process takes its place.
func Acquire(ctx context.Context, path, want string, show func(want string)) (*Instance, error) {
	if !valid(want) {
		return nil, fmt.Errorf("single instance: %q cannot be asked for: at most %d bytes on one line", want, maxRequest-len(verb)-1)
	}
	if err := prepare(path); err != nil {
		return nil, fmt.Errorf("single instance: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	for {
		lock, err := lockFile(path + ".lock")
		if err == nil {
			return serve(path, lock, show)
		}
		if !errors.Is(err, errLocked) {
			return nil, fmt.Errorf("single instance: %w", err)
		}
		if err = request(ctx, path, want); err == nil {
			return nil, ErrRunning
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w, but does not answer: %w", ErrRunning, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// serve listens with the lock held.
func serve(path string, lock *os.File, show func(string)) (*Instance, error) {
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

// verb begins a request.
const verb = "show "

// valid reports whether a text may be asked for: one short line without characters
// that control something.
func valid(want string) bool {
	return len(want) <= maxRequest-len(verb)-1 && capture.Clean(want) == want
}

// answer reads a request and answers it.
func answer(c net.Conn) (want string, ok bool) {
	defer c.Close()
	if c.SetDeadline(time.Now().Add(answerWithin)) != nil {
		return "", false
	}
	line, err := bufio.NewReaderSize(io.LimitReader(c, maxRequest), maxRequest).ReadString('\n')
	want, found := strings.CutPrefix(strings.TrimSuffix(line, "\n"), verb)
	if err != nil || !found || !valid(want) {
		return "", false
	}
	_, err = io.WriteString(c, "ok\n")
	return want, err == nil
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
	if _, err := io.WriteString(c, verb+want+"\n"); err != nil {
		return err
	}
	reply, err := bufio.NewReader(io.LimitReader(c, maxRequest)).ReadString('\n')
	if err == nil && reply != "ok\n" {
		err = fmt.Errorf("it answered %q", reply)
	}
	return err
}
