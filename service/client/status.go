package client

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"linklog/service/api"
)

// helloWithin bounds the question that takes the service no time. The manager may hold the
// socket of a service that fails at each start, and accept for it.
const helloWithin = 5 * time.Second

// ErrNoAnswer says that somebody accepts connections and does not answer.
var ErrNoAnswer = fmt.Errorf("LinkLog's service did not answer within %v: it is starting, or it fails or hangs (linklog doctor says which)", helloWithin)

// Hello asks who the service is, and what the caller may do.
func (c *Client) Hello(ctx context.Context) (h api.Hello, err error) {
	bounded, cancel := context.WithTimeoutCause(ctx, helloWithin, ErrNoAnswer)
	defer cancel()
	resp, err := c.do(bounded, http.MethodGet, "hello", nil, nil)
	if err == nil {
		err = decode(resp, &h)
	}
	if err != nil && context.Cause(bounded) == ErrNoAnswer {
		err = ErrNoAnswer
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
