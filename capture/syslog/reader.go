package syslog

import "strings"

// Reader reads headers, and remembers how the last lines began: in a second many of a router
// begin alike. It is for one goroutine; the zero value has read nothing.
type Reader struct {
	known [8]beginning
	next  int // which makes room
}

// beginning is that of a line, up to a blank behind its program or, where it names none, its
// host and the word behind that.
type beginning struct {
	text [96]byte
	n    int // bytes of text, 0: there is none
	form form

	header        Header // without what is part of the line
	host, program place
	said          int // where Header.Text begins, of RFC 3164
}

// place is where a part of a line is.
type place struct{ begin, end int }

func (p place) of(s string) string { return s[p.begin:p.end] }

// find is the place of a part of s; it may as well be another where the same stands.
func find(s, part string) place {
	at := strings.Index(s, part)
	return place{at, at + len(part)}
}

// form is how a header that may come again continues.
type form uint8

const (
	unknown form = iota
	rfc3164
	rfc5424
)

// Parse is that of Header.
func (r *Reader) Parse(h *Header, line string) {
	s := trimmed(line)
	if s == "" || s[0] != '<' { // it begins with the message
		h.parse(s)
		return
	}
	for i := range r.known {
		if b := &r.known[i]; b.begins(s) {
			b.parse(h, s)
			return
		}
	}
	behind, form := h.parse(s)
	r.remember(h, s, s[:len(s)-len(behind)], form)
}

// begins reports whether a line begins so.
func (b *beginning) begins(s string) bool {
	return b.n > 0 && len(s) > b.n && s[:b.n] == string(b.text[:b.n]) && !blank(s[b.n])
}

// parse reads a line that begins so.
func (b *beginning) parse(h *Header, s string) {
	*h = b.header
	h.Host, h.Program = b.host.of(s), b.program.of(s)
	if b.form == rfc5424 {
		h.structured(s[b.n:])
		return
	}
	h.Text = s[b.said:]
	switch h.Program {
	case "":
		h.Message = h.Text
	case "kernel":
		h.Message = withoutUptime(s[b.n:])
	default:
		h.Message = s[b.n:]
	}
}

// remember keeps how a line began, if others may begin so, whatever stands behind that.
func (r *Reader) remember(h *Header, s, begin string, form form) {
	b := &r.known[r.next]
	switch {
	case form == unknown, h.Host == "" && h.Program == "", h.Stamp.Nanosecond != 0, len(begin) > len(b.text), !blank(begin[len(begin)-1]):
		return
	}
	r.next = (r.next + 1) % len(r.known)
	b.n, b.form, b.header = copy(b.text[:], begin), form, *h
	b.host, b.program, b.said = find(begin, h.Host), find(begin, h.Program), len(s)-len(h.Text)
	b.header.Host, b.header.Program, b.header.Text, b.header.Message = "", "", "", ""
}
