package filter

import "linklog/capture"

// isNew wants the first event ever with a host.
func isNew() Condition {
	return headWith(func(ev *capture.Event) bool { return ev.New })
}

// headWith wants something in the head of an event.
func headWith(holds func(ev *capture.Event) bool) Condition {
	c := Condition{asks: Wanted, cost: costHead}
	c.look(func(ev *capture.Event, _ *capture.Endpoint, _ Verdict) Verdict {
		if holds(ev) {
			return Wanted
		}
		return 0
	}, Head)
	return c
}
