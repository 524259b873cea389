package router

import (
	"linklog/capture"
	"linklog/capture/syslog"
	"linklog/phrase"
)

// Fault says why a line gives no event.
type Fault struct {
	Reason  phrase.Phrase  // what is wrong, for people
	Code    capture.Reason // the same for an event; 0: the line is a message of the system
	Foreign bool           // the line is sound, but about something else
}

func (f *Fault) Error() string { return f.Reason.String() }

// Phrase is the same to be translated.
func (f *Fault) Phrase() phrase.Phrase { return f.Reason }

// Malformed is the Fault of a line that breaks its form.
func Malformed(reason phrase.Phrase) error {
	return &Fault{Reason: reason, Code: capture.BadTraffic}
}

// cutOff is the Fault of a line whose end is missing.
func cutOff(reason phrase.Phrase) error { return &Fault{Reason: reason, Code: capture.CutOff} }

// withoutAddresses is the Fault of a line that ends too soon to say between whom it was.
func withoutAddresses() error { return cutOff(phrase.Say("cut off before its addresses")) }

// otherForm is the Fault of a line that has not the form of which an example is given.
func otherForm(example string) error {
	return Malformed(phrase.Say("not of the form {{.Text}}", "Text", example))
}

// notAddress is the Fault of a part of a line that should be one.
func notAddress(s string) error {
	return Malformed(phrase.Say("not an address: {{.Text}}", "Text", Quoted(s)))
}

// Foreign is the Fault of a line about something else.
func Foreign(reason phrase.Phrase) error { return &Fault{Reason: reason, Foreign: true} }

// Unclaimed is the Fault of a line that no dialect knows: it is about something else, or
// about traffic in a form of its own, or cut before it could be known.
func Unclaimed(h *syslog.Header) error {
	switch {
	case repeatsStrangers(h.Program):
	case netfilterCut(h.Text):
		return withoutAddresses()
	case looksLikeTraffic(h.Text):
		return &Fault{Reason: phrase.Say(capture.Unfamiliar.String()), Code: capture.Unfamiliar}
	}
	return Foreign(phrase.Say("nothing about a router's traffic"))
}

// Quoted shows a part of a line inside a reason.
func Quoted(s string) string {
	const most = 60
	return `"` + capture.Clean(s[:min(len(s), most)]) + `"`
}
