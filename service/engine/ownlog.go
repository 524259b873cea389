package engine

import (
	"net/netip"
	"sync"
	"time"

	"linklog/service/health"
	"linklog/service/port"
)

// ownLogFor is how long it is said of a router that it logs its own messages to this
// computer, after the last one.
const ownLogFor = time.Hour

// ownLog knows when such a message came last.
type ownLog struct {
	mu   sync.Mutex
	last time.Time
}

// sawOwnLog reports that a router logs its own messages to this computer, each of which
// makes another.
func (e *Engine) sawOwnLog(router netip.Addr) {
	e.ownLog.mu.Lock()
	now := time.Now()
	again := now.Sub(e.ownLog.last) < time.Second
	if !again {
		e.ownLog.last = now
	}
	e.ownLog.mu.Unlock()
	if again { // in a storm
		return
	}
	e.health.Report(health.New(health.OwnLogged, "", "Router", router.String(), "Ports", port.List(e.o.Ports, ", ")))
}

// lookForOwnLog finds out whether none has come for a while.
func (e *Engine) lookForOwnLog(now time.Time) {
	e.ownLog.mu.Lock()
	last := e.ownLog.last
	e.ownLog.mu.Unlock()
	if now.Sub(last) > ownLogFor {
		e.health.Over(health.OwnLogged, "")
	}
}
