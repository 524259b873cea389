package receive

import (
	"bytes"
	"cmp"
	"context"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"linklog/capture"
)

// stream takes lines of system logs by TCP (RFC 6587): each ends with LF or NUL, or has its
// length before it. What one client does wrong ends its own connection at most.
type stream struct {
	listener   *net.TCPListener
	allow      func(from netip.Addr, lines int) (now int, wait time.Duration) // see Options.Allow
	turnedAway atomic.Uint64

	mu      sync.Mutex
	open    map[*net.TCPConn]netip.Addr
	queued  int           // connections that wait for room
	left    chan struct{} // closed when one of open ends, and then a new one
	running sync.WaitGroup
}

const (
	maxConns   = 64 // read at the same time
	maxClients = 8  // of these, of one address

	// Programs that connect anew for every line, such as logger in a script, begin the next
	// before the last is read to its end: what finds no room waits for it, for a while.
	maxQueued = 256
	queuedFor = 2 * time.Second

	// maxLine bounds a line, in bytes; the end of a longer one is skipped.
	maxLine = 16 << 10

	// idleFor is how long a connection may be silent between lines, unfinishedFor within
	// one. A router that has little to say keeps its connection, and would lose a line by
	// our closing it.
	idleFor       = 24 * time.Hour
	unfinishedFor = time.Minute
)

func newStream(l *net.TCPListener, o *Options) *stream {
	return &stream{listener: l, allow: o.Allow, open: make(map[*net.TCPConn]netip.Addr), left: make(chan struct{})}
}

// receive hands out lines until ctx ends or the listener fails.
func (s *stream) receive(ctx context.Context, handle func([]capture.Datagram)) error {
	defer s.running.Wait()
	defer context.AfterFunc(ctx, func() { s.listener.SetDeadline(time.Unix(1, 0)) })()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // before it is waited for the connections
	var patience patience
	for {
		c, err := s.listener.AcceptTCP()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				c.Close()
			}
			return nil
		case err != nil:
			if err := patience.again(ctx, err); err != nil {
				return err
			}
			continue
		}
		patience.failures = 0
		from := c.RemoteAddr().(*net.TCPAddr).AddrPort()
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		s.running.Go(func() {
			if !s.admit(ctx, c, from.Addr()) {
				c.Close()
				return
			}
			defer s.leave(c)
			defer context.AfterFunc(ctx, func() { c.SetReadDeadline(time.Unix(1, 0)) })()
			(&connection{conn: c, from: from, ctx: ctx, allow: s.allow, handle: handle}).receive()
		})
	}
}

// admit takes a connection in, as soon as not too many others are open. After a while it
// is turned away.
func (s *stream) admit(ctx context.Context, c *net.TCPConn, from netip.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fits(c, from) {
		return true
	}
	if s.queued == maxQueued {
		s.turnedAway.Add(1)
		return false
	}
	s.queued++
	defer func() { s.queued-- }()
	for late := time.After(queuedFor); ; {
		left := s.left
		s.mu.Unlock()
		over := false
		select {
		case <-left:
		case <-late:
			over = true
		case <-ctx.Done():
		}
		s.mu.Lock()
		switch {
		case ctx.Err() != nil:
			return false
		case s.fits(c, from):
			return true
		case over:
			s.turnedAway.Add(1)
			return false
		}
	}
}

// fits opens a connection if there is room for it; s is locked.
func (s *stream) fits(c *net.TCPConn, from netip.Addr) bool {
	same := 0
	for _, a := range s.open {
		if a == from {
			same++
		}
	}
	if len(s.open) >= maxConns || same >= maxClients {
		return false
	}
	s.open[c] = from
	return true
}

func (s *stream) leave(c *net.TCPConn) {
	c.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, c)
	if s.queued > 0 {
		close(s.left)
		s.left = make(chan struct{})
	}
}

// connection is one client's.
type connection struct {
	conn   net.Conn
	from   netip.AddrPort
	ctx    context.Context
	allow  func(from netip.Addr, lines int) (now int, wait time.Duration) // nil: all at once
	handle func([]capture.Datagram)

	buffer []byte // what was read and is not handed out
	skip   int    // bytes of a line that is too long, of those that have their length before them
	ending bool   // the rest of a line that is too long is skipped, up to its end
	batch  []capture.Datagram
}

// receive hands out the client's lines until it leaves, is silent for too long, or ctx ends.
func (c *connection) receive() {
	c.buffer = make([]byte, 0, maxLine+len("1000000 "))
	for {
		wait := idleFor
		if len(c.buffer) > 0 || c.skip > 0 || c.ending {
			wait = unfinishedFor
		}
		err := cmp.Or(c.conn.SetReadDeadline(time.Now().Add(wait)), c.ctx.Err())
		if err == nil {
			var n int
			n, err = c.conn.Read(c.buffer[len(c.buffer):cap(c.buffer)])
			c.buffer = c.buffer[:len(c.buffer)+n]
		}
		now := time.Now().UTC().Round(0)
		rest := c.buffer
		for {
			var line []byte
			var cut, ok bool
			if line, rest, cut, ok = c.next(rest, err != nil); !ok {
				break
			}
			if len(bytes.Trim(line, "\r\n\x00 ")) > 0 {
				c.batch = append(c.batch, capture.Datagram{Data: line[:len(line):len(line)], From: c.from, Time: now, Truncated: cut})
			}
			if len(c.batch) == maxBatch {
				c.flush()
			}
		}
		c.flush()
		c.buffer = c.buffer[:copy(c.buffer, rest)]
		if err != nil {
			return
		}
	}
}

// maxBatch is how many lines are handed out at once.
const maxBatch = 64

// flush hands out the lines that were read, no faster than their client may send: what it
// sends meanwhile waits in the network, and then at the client. The end waits for nobody.
func (c *connection) flush() {
	for left := c.batch; len(left) > 0; {
		now, wait := len(left), time.Duration(0)
		if c.allow != nil && c.ctx.Err() == nil {
			now, wait = c.allow(c.from.Addr(), now)
		}
		if now > 0 {
			c.handle(left[:now])
			left = left[now:]
			continue
		}
		select {
		case <-time.After(wait):
		case <-c.ctx.Done():
		}
		late := time.Now().UTC().Round(0) // others may have been first
		for i := range left {
			left[i].Time = late
		}
	}
	c.batch = c.batch[:0]
}

// next cuts the first line off b; ok is false where it is not complete yet, and rest then
// what there is of it. last tells that no more will come; cut that a line was too long, of
// which this is the beginning.
func (c *connection) next(b []byte, last bool) (line, rest []byte, cut, ok bool) {
	if c.skip > 0 {
		n := min(c.skip, len(b))
		c.skip -= n
		b = b[n:]
	}
	if c.ending {
		end := bytes.IndexAny(b, "\n\x00")
		if end < 0 {
			return nil, nil, false, false // all of it goes
		}
		b, c.ending = b[end+1:], false
	}
	n, head, counted := count(b)
	end := -1
	if !counted {
		end = bytes.IndexAny(b, "\n\x00")
	}
	switch have := len(b) - head; {
	case counted && n <= maxLine && have >= n:
		return b[head : head+n], b[head+n:], false, true
	case counted && n > maxLine && have >= maxLine:
		c.skip = n - maxLine
		return b[head : head+maxLine], b[head+maxLine:], true, true
	case end >= 0 && end <= maxLine:
		return b[:end], b[end+1:], false, true
	case !counted && len(b) > maxLine:
		c.ending = true
		return b[:maxLine], b[maxLine:], true, true
	case last && len(b) > 0:
		return b[head:], nil, false, true
	}
	return nil, b, false, false
}

// count reads the length before a line: "123 <4>…". A line may begin with a number of its
// own, but then no "<" follows.
func count(b []byte) (n, head int, ok bool) {
	for head < len(b) && head < len("1000000") && '0' <= b[head] && b[head] <= '9' {
		n = n*10 + int(b[head]-'0')
		head++
	}
	if head == 0 || b[0] == '0' || head+1 >= len(b) || b[head] != ' ' || b[head+1] != '<' {
		return 0, 0, false
	}
	return n, head + 1, true
}
