// Package client speaks with the service through its local socket (see package
// api), on this computer or by ssh on a different one, for the command and the app alike.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"linklog/capture/plainly"
	"linklog/service/api"
	"linklog/service/client/overssh"
	"linklog/service/localsocket"
)

// ErrNoService says that nobody listens: no service runs, or elsewhere. The error that
// wraps it names the sockets that were tried.
var ErrNoService = errors.New("LinkLog's service does not answer")

// ErrNotAsked says that there may be a service, but it cannot be asked: it is not trusted
// (localsocket.ErrNotTrusted), or this user may not reach the socket (fs.ErrPermission).
var ErrNotAsked = errors.New("LinkLog's service cannot be asked")

// Options says how to find the service.
type Options struct {
	// Paths of the socket, to be tried in this order; none: localsocket.DefaultPaths.
	Paths []string

	// Host is the computer on which the service runs, to be reached by ssh; the zero Host is
	// this one. Paths mean nothing then: they are those that the other computer has.
	Host overssh.Host

	// Agent is what the client calls itself: "linklog/1.2".
	Agent string

	// Dial connects instead of the function Dial, for a program that may not itself.
	Dial func(context.Context) (net.Conn, error)
}

// Client speaks with a service. Its methods may be called from any goroutine.
type Client struct {
	agent string
	host  overssh.Host
	http  http.Client
	path  atomic.Value // string: see Path
}

// New makes a Client; it connects when it is asked for something.
func New(o Options) *Client {
	c := &Client{agent: o.Agent, host: o.Host}
	dial := o.Dial
	if !o.Host.IsZero() {
		dial = func(ctx context.Context) (net.Conn, error) { return dialHost(ctx, o.Host) }
	}
	if dial == nil {
		dial = func(ctx context.Context) (net.Conn, error) {
			conn, path, err := dialOne(ctx, o.Paths)
			if err == nil {
				c.path.Store(path)
			}
			return conn, err
		}
	}
	c.http.Transport = &http.Transport{
		DialContext:     func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
		MaxIdleConns:    2,
		MaxConnsPerHost: maxConnections,
		IdleConnTimeout: 30 * time.Second,
		// A body of NDJSON is not worth packing on one machine.
		DisableCompression: true,
	}
	return c
}

// maxConnections bounds the connections of a Client: the service refuses more of one user, and what else he
// runs needs some, too. Requests beyond that wait.
const maxConnections = api.MaxClientsPerUser - 6

// Path is the one of Options.Paths that was connected to last, "" for none yet: it tells
// whose service answers.
func (c *Client) Path() string {
	path, _ := c.path.Load().(string)
	return path
}

// Elsewhere is the computer on which the service is; the zero Host is this one.
func (c *Client) Elsewhere() overssh.Host { return c.host }

// Close lets go of connections that are not in use.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// dialWithin bounds a try to connect: the socket is on this machine.
const dialWithin = 3 * time.Second

// Dial connects to the service at the first of these paths where one lets this user in;
// none: localsocket.DefaultPaths. So whoever may not ask the system's service has his own. Where
// all turn him away, the first does.
func Dial(ctx context.Context, paths []string) (net.Conn, error) {
	conn, _, err := dialOne(ctx, paths)
	return conn, err
}

// dialOne is Dial, and returns the path, too.
func dialOne(ctx context.Context, paths []string) (net.Conn, string, error) {
	if len(paths) == 0 {
		paths = localsocket.DefaultPaths()
	}
	ctx, cancel := context.WithTimeout(ctx, dialWithin)
	defer cancel()
	var absent, wrong []error
	for i, path := range paths {
		conn, err := localsocket.Dial(ctx, path)
		switch {
		case err == nil:
			if rest := paths[i+1:]; len(rest) > 0 {
				if other, its, err := dialOne(ctx, rest); err == nil {
					if turnsAway(ctx, path) && !turnsAway(ctx, its) {
						conn, other, path = other, conn, its
					}
					other.Close()
				}
			}
			return conn, path, nil
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ENOTDIR):
			absent = append(absent, plainly.Error(err))
		default:
			wrong = append(wrong, plainly.Error(err))
		}
	}
	if len(wrong) > 0 { // somebody may be there
		return nil, "", fmt.Errorf("%w: %w", ErrNotAsked, errors.Join(wrong...))
	}
	return nil, "", fmt.Errorf("%w: %w", ErrNoService, errors.Join(absent...))
}

// dialHost connects to the service of a different computer.
func dialHost(ctx context.Context, h overssh.Host) (net.Conn, error) {
	conn, err := overssh.Dial(ctx, h)
	var e *overssh.Error
	if errors.As(err, &e) {
		switch e.Kind {
		case overssh.Unreachable, overssh.NotRunning: // waiting may help
			err = fmt.Errorf("%w: %w", ErrNoService, err)
		default:
			err = fmt.Errorf("%w: %w", ErrNotAsked, err)
		}
	}
	return conn, err
}

// turnsAway reports whether the service at a path lets this user do nothing at all. It is
// asked where there is another, which is rare; one that does not say so keeps its place.
func turnsAway(ctx context.Context, path string) bool {
	c := New(Options{Dial: func(ctx context.Context) (net.Conn, error) { return localsocket.Dial(ctx, path) }})
	defer c.Close()
	_, err := c.Hello(ctx)
	var e *Error
	return errors.As(err, &e) && e.Status == http.StatusForbidden
}

// Error is what the service says when it does not do what it was asked for.
type Error = api.Error

// request makes a request and checks the answer; path is escaped. The caller closes the
// body. It takes as long as the service needs, and ends when that does not live any more.
func (c *Client) request(ctx context.Context, method, path string, query url.Values, body io.Reader) (*http.Response, error) {
	ctx, w := c.watch(ctx)
	resp, err := c.do(ctx, method, path, query, body)
	if err != nil {
		defer w.cancel(nil)
		return nil, w.why(ctx, err)
	}
	resp.Body = &watched{resp.Body, ctx, w}
	return resp, nil
}

func (c *Client) do(ctx context.Context, method, path string, query url.Values, body io.Reader) (*http.Response, error) {
	u := "http://linklog/v1/" + path
	if len(query) > 0 {
		u += "?" + query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, method, u, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", c.agent)
	r.Header.Set(api.VersionHeader, strconv.Itoa(api.Version))
	resp, err := c.http.Do(r)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // without the URL, which says nothing to people
		}
		if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
			err = fmt.Errorf("LinkLog's service is running, but closed the connection without an answer: it has too many clients, or is stopping (%w)", plainly.Error(err))
		}
		return nil, plainly.Error(err)
	}
	if resp.StatusCode < 300 {
		return resp, nil
	}
	defer resp.Body.Close()
	e := &Error{Status: resp.StatusCode}
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if json.Unmarshal(text, e) != nil || e.Message == "" {
		e.Message = fmt.Sprintf("the service answered %s", resp.Status)
	}
	return nil, e
}

// maxAnswer bounds an answer that is read whole, in bytes.
const maxAnswer = 256 << 20

// call makes a request with in as its body, if not nil, and reads the answer to out.
func (c *Client) call(ctx context.Context, method, path string, query url.Values, in, out any) error {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	resp, err := c.request(ctx, method, path, query, body)
	if err != nil {
		return err
	}
	return decode(resp, out)
}

// decode reads an answer to out, if that is not nil.
func decode(resp *http.Response, out any) error {
	defer resp.Body.Close()
	if out == nil || resp.StatusCode == http.StatusNoContent {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(out); err != nil {
		return fmt.Errorf("answer of the service: %w", err)
	}
	return nil
}

// find gets one of several into out; false: it is not there.
func (c *Client) find(ctx context.Context, among, ref string, v url.Values, out any) (found bool, err error) {
	err = c.call(ctx, http.MethodGet, among+"/"+url.PathEscape(ref), v, nil, out)
	if notFound(err) {
		return false, nil
	}
	return err == nil, err
}

func notFound(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == http.StatusNotFound
}
