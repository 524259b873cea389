package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"linklog/capture"
	"linklog/phrase"
	"linklog/service/api"
	"linklog/service/localsocket"
)

// clients knows who is connected, and bounds how many.
type clients struct {
	mu     sync.Mutex
	policy localsocket.Policy
	open   map[*conn]struct{}
}

// caller is who is at the other end of a connection.
type caller struct {
	localsocket.Identity
	role    localsocket.Role // when it was looked at last
	tooMany bool             // connections: only told so
	ofUser  bool             // of this user; else of all
	since   time.Time
	agent   string // what it calls itself
	follows int    // streams
}

// who is a caller as people know it.
func (c *clients) who(of *caller) phrase.Phrase {
	c.mu.Lock()
	policy := c.policy
	c.mu.Unlock()
	if name := policy.Name(of.Identity); name != "" {
		return phrase.Say("{{.Text}}", "Text", capture.Clean(name))
	}
	if of.UID != "" {
		return phrase.Say("user {{.UID}}", "UID", capture.Clean(of.UID))
	}
	return phrase.Say("an unknown user")
}

// by is who makes a request, for the log.
func (s *Server) by(r *http.Request) string { return s.clients.who(callerOf(r.Context())).String() }

// spare is how many connections beyond the limit are answered, with a refusal;
// those of one user must not be all of them. As many may those have together who may
// do nothing: they take no places of others, however many users they are.
const (
	spare        = 16
	sparePerUser = 2
)

// counted is a listener whose connections are counted.
type counted struct {
	net.Listener
	server *Server
	ready  chan *conn
	failed chan error
	start  func()
	closed context.Context
	close  context.CancelFunc
}

func (s *Server) counted(l net.Listener) *counted {
	c := &counted{Listener: l, server: s, ready: make(chan *conn), failed: make(chan error)}
	c.closed, c.close = context.WithCancel(context.Background())
	c.start = sync.OnceFunc(func() { go c.accept() })
	return c
}

func (l *counted) Accept() (net.Conn, error) {
	l.start()
	select {
	case c := <-l.ready:
		return c, nil
	case err := <-l.failed:
		return nil, err
	case <-l.closed.Done():
		return nil, net.ErrClosed
	}
}

func (l *counted) Close() error {
	l.close()
	return l.Listener.Close()
}

func (l *counted) accept() {
	for {
		nc, err := l.Listener.Accept()
		if err != nil {
			select {
			case l.failed <- err:
				continue
			case <-l.closed.Done():
				return
			}
		}
		switch c, role := l.server.clients.add(nc); {
		case c == nil:
			nc.Close()
		case role == localsocket.Refused:
			go l.doubt(c)
		default:
			l.admit(c)
		}
	}
}

// admit hands a connection over to be served.
func (l *counted) admit(c *conn) {
	select {
	case l.ready <- c:
	case <-l.closed.Done():
		c.Close()
	}
}

// doubt asks once more whether a caller may do nothing: the system may have to ask a
// server far away, for which nobody else waits. Then it is admitted, or told so and gets
// no further.
func (l *counted) doubt(c *conn) {
	stop := context.AfterFunc(l.closed, func() { c.Close() })
	defer stop()
	role := l.server.clients.present(&c.caller)
	switch {
	case role == localsocket.Refused:
		l.server.turnAway(c)
	case !l.server.clients.place(c, role):
		c.Close()
	default:
		l.admit(c)
	}
}

// turnAway answers whoever may do nothing, whatever is asked, and however: a stranger
// gets no further than here.
func (s *Server) turnAway(c *conn) {
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(readWithin))
	var head []byte
	for b := make([]byte, 1024); len(head) < maxHeader && !bytes.Contains(head, []byte("\n\r\n")) && !bytes.Contains(head, []byte("\n\n")); {
		n, err := c.Read(b)
		head = append(head, b[:n]...)
		if err != nil {
			break
		}
	}
	if len(head) == 0 {
		return // it only knocked
	}
	e := s.clients.refusal(&c.caller, localsocket.Refused, localsocket.Viewer)
	data, _ := json.Marshal(e)
	data = append(data, '\n')
	answer := fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nCache-Control: no-store\r\n"+
		"X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n", e.Status, http.StatusText(e.Status), len(data))
	if !bytes.HasPrefix(head, []byte("HEAD ")) {
		answer = append(answer, data...)
	}
	if _, err := c.Write(answer); err != nil {
		return
	}
	// The rest is read for a moment: closed at once, the caller could miss the answer.
	_ = c.SetReadDeadline(time.Now().Add(time.Second))
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	_, _ = io.CopyN(io.Discard, c, maxBody)
}

// conn is a connection of which we know whose it is.
type conn struct {
	net.Conn
	clients *clients
	caller  caller
	request *request // that is being answered; nil: none
	once    sync.Once
}

// request is one that is being answered.
type request struct {
	need   localsocket.Role
	cancel context.CancelCauseFunc
}

func (c *conn) Close() error {
	c.once.Do(func() {
		c.clients.mu.Lock()
		defer c.clients.mu.Unlock()
		delete(c.clients.open, c)
	})
	return c.Conn.Close()
}

// add takes a connection in, or gives nil if there are too many. Its role is what can be
// told at once.
func (c *clients) add(nc net.Conn) (*conn, localsocket.Role) {
	c.mu.Lock()
	policy, n := c.policy, len(c.open)
	c.mu.Unlock()
	if n >= api.MaxClients+2*spare {
		return nil, localsocket.Refused
	}
	// Who cannot be told is refused: the zero Identity has no role.
	id, err := localsocket.Of(nc)
	added := &conn{Conn: nc, clients: c, caller: caller{Identity: id, since: time.Now().UTC()}}
	role := localsocket.Refused
	if err == nil {
		role = policy.Role(id)
	}
	if !c.place(added, role) {
		return nil, role
	}
	return added, role
}

// place gives a connection its place among the others; false: there is none.
func (c *clients) place(of *conn, role localsocket.Role) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	ofUser, refused, served := 0, 0, 0
	for other := range c.open {
		if other == of {
			continue
		}
		if other.caller.UID == of.caller.UID {
			ofUser++
		}
		if other.caller.role == localsocket.Refused {
			refused++
		} else {
			served++
		}
	}
	switch {
	case ofUser >= api.MaxClientsPerUser+sparePerUser,
		role == localsocket.Refused && refused >= spare,
		role != localsocket.Refused && served >= api.MaxClients+spare:
		return false
	}
	of.caller.role = role
	of.caller.ofUser = ofUser >= api.MaxClientsPerUser
	of.caller.tooMany = of.caller.ofUser || served >= api.MaxClients
	if c.open == nil {
		c.open = make(map[*conn]struct{})
	}
	c.open[of] = struct{}{}
	return true
}

type callerKey struct{}

// identify makes the connection known to the requests on it.
func (c *clients) identify(ctx context.Context, nc net.Conn) context.Context {
	return context.WithValue(ctx, callerKey{}, nc)
}

func callerOf(ctx context.Context) *caller {
	if c, ok := ctx.Value(callerKey{}).(*conn); ok {
		return &c.caller
	}
	return &caller{}
}

// named notes what a caller calls himself.
func (c *clients) named(ctx context.Context, agent string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	callerOf(ctx).agent = capture.Clean(agent[:min(len(agent), 100)])
}

// follows notes that a caller follows, until end is called.
func (c *clients) follows(ctx context.Context) (end func()) {
	add := func(n int) {
		c.mu.Lock()
		defer c.mu.Unlock()
		callerOf(ctx).follows += n
	}
	add(1)
	return func() { add(-1) }
}

// callers lists who is connected, longest first.
func (s *Server) callers() []api.Caller {
	s.clients.mu.Lock()
	var served []caller
	for c := range s.clients.open {
		if c.caller.role != localsocket.Refused {
			served = append(served, c.caller)
		}
	}
	s.clients.mu.Unlock()
	list := []api.Caller{}
	for i := range served {
		c := &served[i]
		list = append(list, api.Caller{User: s.clients.who(c).String(), Role: c.role.String(), PID: c.PID, Agent: c.agent, Follows: c.follows > 0, Since: c.since})
	}
	slices.SortFunc(list, func(a, b api.Caller) int { return a.Since.Compare(b.Since) })
	return list
}
