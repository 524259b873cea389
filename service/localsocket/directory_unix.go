//go:build unix

package localsocket

import (
	"sync"
	"time"
)

// directory keeps what the system said about users who are in no file. It may take
// seconds to say so, or say nothing for a while; whoever only wants to know what was said
// does not wait.
type directory struct {
	mu    sync.Mutex
	users map[string]directoryEntry // by number and group
}

// directoryEntry is a user; the zero entry: there is none.
type directoryEntry struct {
	name   string
	member bool // of the group that was asked for
	asked  time.Time
	said   time.Time // when it was answered last
}

// remembered is how long an answer counts while there is no other: a server that does not
// answer must not cut everybody off.
const remembered = 5 * time.Minute

// known gives what was said last.
func (d *directory) known(uid, group string) directoryEntry {
	d.mu.Lock()
	defer d.mu.Unlock()
	if e := d.users[uid+" "+group]; time.Since(e.said) < remembered {
		return e
	}
	return directoryEntry{}
}

// ask asks the system, unless it was asked just now.
func (d *directory) ask(uid, group string) {
	key := uid + " " + group
	d.mu.Lock()
	before := d.users[key]
	if time.Since(before.asked) < keptFor {
		d.mu.Unlock()
		return
	}
	d.mu.Unlock()
	e, err := askSystem(uid, group)
	now := time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		e = before
	} else {
		e.said = now
	}
	e.asked = now
	if d.users == nil || len(d.users) >= maxKept {
		d.users = make(map[string]directoryEntry)
	}
	d.users[key] = e
}
