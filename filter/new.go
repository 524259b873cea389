package filter

import "linklog/capture"

// isNew wants the first event ever with a host.
func isNew() Condition {
	c := Condition{asks: Wanted, cost: costNew}
	c.look(func(ev *capture.Event, _ *capture.Endpoint, _ Verdict) Verdict { return verdicts(ev.New, false) }, Head)
	return c
}
