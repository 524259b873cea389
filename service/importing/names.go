package importing

import (
	"time"

	"linklog/capture"
	"linklog/service/book"
)

// names gives the events of files the names that devices and hosts had then, as leases and DNS
// answers in the same files tell them. They are nobody's names at present, and so not the service's.
type names struct {
	house  *book.Household
	late   *book.Late
	newest time.Time // of what came
	one    [1]capture.Event
}

// backwards is how far times go back in a log whose lines were written by several programs; files
// that begin before that were not written after the one before.
const backwards = time.Minute

// at says when the next line was written: what was known later is not known then.
func (n *names) at(t time.Time) {
	if n.house == nil || n.newest.Sub(t) > backwards {
		n.house = book.NewHousehold(nil)
		n.late = book.NewLate(n.house.Again)
		n.newest = t
	}
	if t.After(n.newest) {
		n.newest = t
	}
}

func (n *names) sight(x *capture.Sighting) {
	n.at(x.Time)
	n.house.Sight(x)
}

// pass names an event, and gives those that need not wait for an answer of DNS any more. They are
// good until the next call.
func (n *names) pass(ev *capture.Event) []capture.Event {
	n.at(ev.Time)
	n.one[0] = *ev
	n.house.Observe(&n.one[0])
	return n.late.Pass(n.one[:], ev.Time)
}

// rest are those that wait.
func (n *names) rest() []capture.Event {
	if n.late == nil {
		return nil
	}
	return n.late.All()
}
