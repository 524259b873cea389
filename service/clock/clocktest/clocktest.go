// Package clocktest has clocks that tests set.
package clocktest

import (
	"sync"
	"time"
)

// Clocks are what a service or a clock takes for the computer's.
type Clocks struct {
	mu     sync.Mutex
	Truth  time.Time
	Wrong  time.Duration // the computer's clock is ahead of the Truth
	uptime time.Duration
	Far    int // and years beside that, more than a Duration has
}

// New returns clocks in autumn 2026.
func New() *Clocks { return &Clocks{Truth: time.Date(2026, 10, 20, 12, 0, 0, 0, time.UTC)} }

// Now is the computer's clock.
func (c *Clocks) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Truth.Add(c.Wrong).AddDate(c.Far, 0, 0)
}

// Steady is a clock that nobody can set.
func (c *Clocks) Steady() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.uptime
}

// Pass lets time pass, off while the computer is off.
func (c *Clocks) Pass(d time.Duration, off bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Truth = c.Truth.Add(d)
	if c.uptime += d; off {
		c.uptime = 0
	}
}

// Set sets the computer's clock.
func (c *Clocks) Set(wrong time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Wrong = wrong
}
