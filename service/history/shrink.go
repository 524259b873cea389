package history

import (
	"context"
	"slices"
	"strconv"

	"linklog/service/sqlite"
)

// Whoever runs the DNS of an address may give it a new name at each look-up, and
// whoever sends may do so from any number of addresses. Names must not take the room
// of events.
const (
	// Of an address are kept the names it had first, and those it had last.
	firstNames = 8
	lastNames  = 24

	// namesBytes bounds the file: some 300,000 names. Those go that were not seen for
	// longest. Less is kept where the history may be small; see Trim.
	namesBytes = 32 << 20

	lookEvery = 256 // names, between two looks at the size
)

// thinOut is the statement that keeps of each address that meets a condition the
// names it had first and last.
func thinOut(condition string) string {
	return `DELETE FROM names WHERE (addr, name) IN (SELECT addr, name FROM (
		SELECT addr, name, row_number() OVER (PARTITION BY addr ORDER BY first, name) AS begun,
			row_number() OVER (PARTITION BY addr ORDER BY last DESC, name) AS ended
		FROM names WHERE ` + condition + `) WHERE begun > ` + strconv.Itoa(firstNames) + ` AND ended > ` + strconv.Itoa(lastNames) + `)`
}

// bound sets how large the file may be for a history of so many bytes, 0: of any
// size, and gives what to count of the file: what is above that goes anyhow.
func (n *names) bound(history int64) (bytes int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.limit = namesBytes
	if history > 0 {
		n.limit = min(n.limit, history/8)
	}
	return min(sqlite.Bytes(n.path), n.limit)
}

// shrink makes the file smaller if it is too large, as one of an earlier version may
// be, or has much free room in it. It takes a part of the names at a time, so that nobody
// waits long for it.
func (n *names) shrink(ctx context.Context) error {
	used, free, limit, err := n.size()
	if err != nil {
		return err
	}
	old := false // of a version that kept all names of an address
	n.mu.Lock()
	err = n.try(func() error {
		how, _, err := n.c.Int("PRAGMA auto_vacuum")
		old = how != incremental
		return err
	})
	n.mu.Unlock()
	if err != nil {
		return err
	}
	if used > limit {
		var seen []int64 // when some of the names were seen last
		all := 0
		err = n.eachPart(ctx, func(after, upTo string) error {
			if old {
				if err := n.c.Exec(thinOut("addr > ?1 AND addr <= ?2"), after, upTo); err != nil {
					return err
				}
			}
			return n.c.Each(func(row sqlite.Row) error {
				if all++; all%16 == 0 {
					seen = append(seen, row.Int(0))
				}
				return nil
			}, "SELECT last FROM names WHERE addr > ?1 AND addr <= ?2", after, upTo)
		})
		if err == nil {
			used, free, _, err = n.size()
		}
		if err == nil && used > limit && len(seen) > 0 {
			// An eighth of free room, so that this is not done for every name.
			keep := float64(limit-limit/8) / float64(used)
			slices.Sort(seen)
			from := seen[min(int(float64(len(seen))*(1-keep)), len(seen)-1)]
			err = n.eachPart(ctx, func(after, upTo string) error {
				return n.c.Exec("DELETE FROM names WHERE addr > ?1 AND addr <= ?2 AND last < ?3", after, upTo, from)
			})
		}
		if err == nil {
			_, free, _, err = n.size()
		}
		if err != nil {
			return err
		}
	}
	if free <= max(limit/8, 64<<10) {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.try(func() error {
		var err error
		if old {
			err = n.c.Exec("PRAGMA auto_vacuum = INCREMENTAL; VACUUM")
		} else {
			err = n.c.Each(func(sqlite.Row) error { return nil }, "PRAGMA incremental_vacuum")
		}
		if err == nil {
			err = n.c.Each(func(sqlite.Row) error { return nil }, "PRAGMA wal_checkpoint(TRUNCATE)")
		}
		return err
	})
}

// incremental is what auto_vacuum is in a file that gives room back.
const incremental = 2

// size gives the bytes that are used in the file, those that are free in it, and the limit.
func (n *names) size() (used, free, limit int64, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	err = n.try(func() error {
		var pages, freePages, size int64
		for _, p := range []struct {
			to   *int64
			name string
		}{{&pages, "page_count"}, {&freePages, "freelist_count"}, {&size, "page_size"}} {
			if *p.to, _, err = n.c.Int("PRAGMA " + p.name); err != nil {
				return err
			}
		}
		used, free = (pages-freePages)*size, freePages*size
		return nil
	})
	return used, free, n.limit, err
}

// partRows is how many names are looked at without a break.
const partRows = 5000

// eachPart calls f, which must use n.c, for one part of the addresses after the other:
// those after one up to another.
func (n *names) eachPart(ctx context.Context, f func(after, upTo string) error) error {
	after, more := "", true
	for more {
		if err := ctx.Err(); err != nil {
			return err
		}
		n.mu.Lock()
		n.cached.clear()
		n.forget()
		err := n.try(func() error {
			upTo := "~" // above every address
			more = false
			err := n.c.Each(func(row sqlite.Row) error {
				upTo, more = row.Text(0), true
				return nil
			}, "SELECT addr FROM names WHERE addr > ? ORDER BY addr LIMIT 1 OFFSET ?", after, int64(partRows))
			if err == nil {
				err = n.c.Transaction(func() error { return f(after, upTo) })
			}
			after = upTo
			return err
		})
		n.mu.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}
