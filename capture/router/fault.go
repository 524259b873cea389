package router

import (
	"fmt"

	"linklog/capture"
)

// Fault says why a line gives no event.
type Fault struct {
	Reason  string // what is wrong, for people
	Foreign bool   // the line is sound, but about something else
}

func (f *Fault) Error() string { return f.Reason }

// Malformed is the Fault of a line that breaks its form.
func Malformed(format string, args ...any) error { return &Fault{Reason: fmt.Sprintf(format, args...)} }

// Foreign is the Fault of a line about something else.
func Foreign(reason string) error { return &Fault{Reason: reason, Foreign: true} }

// Quoted shows a part of a line inside a reason.
func Quoted(s string) string {
	const most = 60
	return `"` + capture.Clean(s[:min(len(s), most)]) + `"`
}
