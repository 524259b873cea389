package router

import (
	"net/netip"
	"strings"

	"linklog/capture"
	"linklog/capture/syslog"
)

// linksysd reads "linksysd: [router] message", and a message of the usual form
// from any program.
func (r *Reader) linksysd(ev *capture.Event, h *syslog.Header) (bool, error) {
	rest := h.Text
	message, ours := behind(rest, "linksysd")
	if ours {
		_, message, ours = strings.Cut(message, ": ")
	}
	if !ours {
		at := strings.Index(rest, "@in ")
		if out := strings.Index(rest, "@out "); at < 0 || out >= 0 && out < at {
			at = out
		}
		if at < 0 {
			return false, nil
		}
		message = rest[at:]
	}
	var from netip.Addr
	if inside, after, ok := strings.Cut(strings.TrimPrefix(message, "["), "] "); ok && strings.HasPrefix(message, "[") {
		if addr, ok := Address(inside); ok {
			from = addr
		}
		message = after
	}
	var told capture.Event
	r.Text(&told, []byte(message), true)
	if !ours && told.Kind != capture.Traffic { // somebody else's words
		return false, nil
	}
	told.Router = from
	*ev = told
	return true, nil
}
