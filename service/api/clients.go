package api

import (
	"context"
	"net"
	"slices"
	"sync"
	"time"

	"linklog/capture"
	"linklog/service/install"
	"linklog/service/peer"
)

// clients knows who is connected, and bounds how many.
type clients struct {
	mu     sync.Mutex
	policy peer.Policy
	open   map[*conn]struct{}
}

// caller is who is at the other end of a connection.
type caller struct {
	peer.Identity
	role    peer.Role
	tooMany bool // connections: only told so
	ofUser  bool // of this user; else of all
	since   time.Time
	agent   string // what it calls itself
	follows int    // streams
}

func (c *caller) who() string {
	if c.Name != "" {
		return capture.Clean(c.Name)
	}
	if c.UID != "" {
		return "user " + capture.Clean(c.UID)
	}
	return "an unknown user"
}

func (c *clients) setPolicy(p peer.Policy) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.policy = p
}

func (c *clients) group() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.policy.Group != "" {
		return c.policy.Group
	}
	return install.Group
}

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
	clients *clients
}

func (l *counted) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if c := l.clients.add(c); c != nil {
			return c, nil
		}
		c.Close()
	}
}

// conn is a connection of which we know whose it is.
type conn struct {
	net.Conn
	clients *clients
	caller  caller
	once    sync.Once
}

func (c *conn) Close() error {
	c.once.Do(func() {
		c.clients.mu.Lock()
		defer c.clients.mu.Unlock()
		delete(c.clients.open, c)
	})
	return c.Conn.Close()
}

// add takes a connection in, or gives nil if there are far too many.
func (c *clients) add(nc net.Conn) *conn {
	c.mu.Lock()
	policy, n := c.policy, len(c.open)
	c.mu.Unlock()
	if n >= MaxClients+2*spare {
		return nil
	}
	// Who cannot be told is refused: the zero Identity has no role.
	id, err := peer.Of(nc)
	added := &conn{Conn: nc, clients: c, caller: caller{Identity: id, since: time.Now().UTC()}}
	if err == nil {
		added.caller.role = policy.Role(id)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	ofUser, refused := 0, 0
	for other := range c.open {
		if other.caller.UID == id.UID {
			ofUser++
		}
		if other.caller.role == peer.Refused {
			refused++
		}
	}
	served := len(c.open) - refused
	switch {
	case ofUser >= MaxClientsPerUser+sparePerUser,
		added.caller.role == peer.Refused && refused >= spare,
		added.caller.role != peer.Refused && served >= MaxClients+spare:
		return nil
	}
	added.caller.ofUser = ofUser >= MaxClientsPerUser
	added.caller.tooMany = added.caller.ofUser || served >= MaxClients
	if c.open == nil {
		c.open = make(map[*conn]struct{})
	}
	c.open[added] = struct{}{}
	return added
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
func (s *Server) callers() []Caller {
	s.clients.mu.Lock()
	defer s.clients.mu.Unlock()
	list := []Caller{}
	for c := range s.clients.open {
		if c.caller.role != peer.Refused {
			list = append(list, Caller{c.caller.who(), c.caller.role.String(), c.caller.PID, c.caller.agent, c.caller.follows > 0, c.caller.since})
		}
	}
	slices.SortFunc(list, func(a, b Caller) int { return a.Since.Compare(b.Since) })
	return list
}
