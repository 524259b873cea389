package install

import (
	"context"
	"net"
	"strings"
	"sync"
)

// Program is LinkLog as a service: it works until ctx ends and then returns
// soon. It has to say when it is ready.
type Program func(ctx context.Context, m *Manager) error

// Sockets are open sockets that the service manager hands to the service.
type Sockets struct {
	UDP []*net.UDPConn     // for messages
	TCP []*net.TCPListener // for system logs
	API net.Listener       // the local socket; nil: there is none
}

// Manager is what a Program sees of the service manager, or of nobody, when it
// runs in a terminal or a container. Its methods may be called by any goroutine.
type Manager struct {
	tell    func(state string) // to systemd; nothing elsewhere
	ready   chan struct{}      // closed by Ready
	once    sync.Once
	reloads chan func()

	mu    sync.Mutex
	alive func() bool
}

func newManager(tell func(string)) *Manager {
	return &Manager{tell: tell, ready: make(chan struct{}), reloads: make(chan func(), 1), alive: func() bool { return true }}
}

// Ready says that the program serves: its sockets are taken over and the history
// is open. Whoever started the service waits for it. Only the first call counts.
func (m *Manager) Ready() {
	m.once.Do(func() {
		m.tell("READY=1")
		close(m.ready)
	})
}

// Say shows a short text in the manager's status of the service, where it has
// one: "162: 12,345 datagrams, 0 lost".
func (m *Manager) Say(text string) { m.tell("STATUS=" + oneLine(text)) }

// Reloads delivers a function whenever the settings are to be read again (SIGHUP,
// systemctl reload, a parameter change on Windows), to be called when that is
// done. Requests that come while one waits are one.
func (m *Manager) Reloads() <-chan func() { return m.reloads }

// Watch lets the program tell whether it still works: a service that the manager
// watches is ended and started again when alive returns false, or does not
// return, for a minute. Without it the program counts as alive as
// long as it can run a goroutine.
func (m *Manager) Watch(alive func() bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.alive = alive
}

// reload passes a request on; done is called when it has been met.
func (m *Manager) reload(done func()) {
	select {
	case m.reloads <- done:
	default: // one waits already and will read what is new, too
	}
}

// oneLine keeps a text from being read as several assignments.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune { return max(r, ' ') }, s)
}
