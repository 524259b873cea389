package filter

import "linklog/capture"

// isNew wants the first event ever with a host.
func isNew() Condition {
	c := Condition{wants: true}
	c.look(Head, func(ev *capture.Event) Verdict { return verdicts(ev.New, false) })
	return c
}
