package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"linklog/service/api"
)

// helloWithin bounds the question that takes the service no time. The manager may hold the
// socket of a service that fails at each start, and accept for it. Elsewhere it takes longer
// than a try to connect.
const (
	helloWithin    = 5 * time.Second
	helloFarWithin = 30 * time.Second
)

// ErrNoAnswer says that somebody accepts connections and does not answer.
var ErrNoAnswer = errors.New("LinkLog's service did not answer")

// noAnswer is ErrNoAnswer in the words of a person who waited.
func (c *Client) noAnswer(within time.Duration) error {
	where := ""
	if !c.host.IsZero() {
		where = " on " + c.host.Name
	}
	return fmt.Errorf("%w within %v: it is starting, or it fails or hangs (linklog doctor%s says which)", ErrNoAnswer, within, where)
}

// Hello asks who the service is, and what the caller may do.
func (c *Client) Hello(ctx context.Context) (h api.Hello, err error) {
	within := helloWithin
	if !c.host.IsZero() {
		within = helloFarWithin
	}
	late := c.noAnswer(within)
	bounded, cancel := context.WithTimeoutCause(ctx, within, late)
	defer cancel()
	resp, err := c.do(bounded, http.MethodGet, "hello", nil, nil)
	if err == nil {
		err = decode(resp, &h)
	}
	if err != nil && context.Cause(bounded) == late {
		err = late
	}
	return h, err
}

// statusWithin bounds a status: it may have to wait for the disk.
const statusWithin = 30 * time.Second

// Status asks how things stand.
func (c *Client) Status(ctx context.Context) (s api.Status, err error) {
	bounded, cancel := context.WithTimeout(ctx, statusWithin)
	defer cancel()
	err = c.call(bounded, http.MethodGet, "status", nil, nil, &s)
	if err != nil && bounded.Err() != nil && ctx.Err() == nil {
		err = fmt.Errorf("LinkLog's service is running, but its status takes longer than %v", statusWithin)
	}
	return s, err
}
