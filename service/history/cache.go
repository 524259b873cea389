package history

// cache is a map of bounded size. It keeps two generations: what was not asked
// for while limit/2 others were added goes. The zero value holds nothing.
type cache[K comparable, V any] struct {
	limit      int
	young, old map[K]V
}

func newCache[K comparable, V any](limit int) *cache[K, V] {
	return &cache[K, V]{limit: limit, young: make(map[K]V)}
}

func (c *cache[K, V]) get(k K) (V, bool) {
	v, ok := c.young[k]
	if ok {
		return v, true
	}
	if v, ok = c.old[k]; ok {
		c.put(k, v)
	}
	return v, ok
}

func (c *cache[K, V]) put(k K, v V) {
	if len(c.young) >= c.limit/2 {
		c.young, c.old = c.old, c.young
		if c.young == nil {
			c.young = make(map[K]V)
		}
		clear(c.young)
	}
	c.young[k] = v
}

func (c *cache[K, V]) clear() {
	clear(c.young)
	clear(c.old)
}
