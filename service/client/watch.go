package client

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"
)

// quietFor is how long an answer may say nothing until it is looked whether the service
// lives: a search in a large history may find nothing for minutes.
const quietFor = 3 * time.Second

// watch ends a request to a service that does not live any more.
type watch struct {
	cancel context.CancelCauseFunc // ends the request
	stop   context.CancelFunc      // ends the watch
	heard  atomic.Int64            // when something came last, ns since begin
	begin  time.Time
}

// watch begins to watch over a request that is made with the context.
func (c *Client) watch(ctx context.Context) (context.Context, *watch) {
	w := &watch{begin: time.Now()}
	ctx, w.cancel = context.WithCancelCause(ctx)
	looking, stop := context.WithCancel(ctx)
	w.stop = stop
	go func() {
		look := time.NewTicker(quietFor)
		defer look.Stop()
		for {
			select {
			case <-look.C:
			case <-looking.Done():
				return
			}
			if time.Since(w.begin)-time.Duration(w.heard.Load()) < quietFor {
				continue
			}
			// Whatever it answers, it lives.
			if _, err := c.Hello(looking); errors.Is(err, ErrNoAnswer) {
				w.cancel(err)
				return
			}
		}
	}()
	return ctx, w
}

// why is the error of a request, or why it was ended.
func (w *watch) why(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, ErrNoAnswer) {
		return cause
	}
	return err
}

// watched is the body of an answer.
type watched struct {
	io.ReadCloser
	ctx context.Context
	*watch
}

func (b *watched) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.heard.Store(int64(time.Since(b.begin)))
	if err != nil && err != io.EOF {
		err = b.why(b.ctx, err)
	}
	return n, err
}

func (b *watched) Close() error {
	defer b.cancel(nil) // and the watch with it
	return b.ReadCloser.Close()
}
