package localsocket

import (
	"sync"
	"time"
)

// keptFor is how long an answer of the system's user database is used again. Users
// may come from a server far away, and the service accepts nobody meanwhile.
const keptFor = 5 * time.Second

// cache keeps answers of the user database, "unknown" too.
type cache[V any] struct {
	mu   sync.Mutex
	kept map[string]entry[V]
}

type entry[V any] struct {
	value V
	until time.Time
}

// maxKept bounds the memory; a household has few users.
const maxKept = 256

func (c *cache[V]) get(key string, now time.Time, ask func(string) V) V {
	c.mu.Lock()
	a, ok := c.kept[key]
	c.mu.Unlock()
	// Earlier than kept: the clock was set back.
	if left := a.until.Sub(now); ok && left > 0 && left <= keptFor {
		return a.value
	}
	v := ask(key)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil || len(c.kept) >= maxKept {
		c.kept = make(map[string]entry[V])
	}
	c.kept[key] = entry[V]{v, now.Add(keptFor)}
	return v
}
