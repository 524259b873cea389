// Package format shows events: as lines by a template, as JSON and as CSV.
//
// Whatever a router or a name server sent is cleaned on its way out: no control
// character, no escape sequence, no bidirectional override and no broken UTF-8
// reaches a terminal, a file or a spreadsheet from here. None of the functions
// ends its output with a line end: that is up to the caller. None of them
// allocates as long as the buffer it appends to is large enough.
package format

import (
	"slices"
	"strings"
)

// Default is the template of the original LinkLog, for traffic:
//
//	Nov 23 02:48:23 [ in, TCP] 203.0.113.4:51234 -> 192.168.1.10:http
const Default = `%t [%i, %p] %s:%S -> %d:%D`

// SystemDefault is the template for all that is no traffic: what routers tell
// about themselves and what was not understood.
//
//	Nov 23 02:48:23 [wan, 192.168.1.1] WAN IP = 203.0.113.7
//	Nov 23 02:48:23 [other, 192.168.1.1] @in TCP from (malformed traffic message)
const SystemDefault = `%t [%{kind}, %{router}] %{message}`

// Template is a compiled template. It is immutable, so that any number of
// Formatters may share it.
type Template struct{ parts []part }

// part is one token, with the text in front of it.
type part struct {
	front short
	op    op // opLiteral: there is nothing behind the text
	end   end
	text  string // of parseToken, what opLiteral stands for; the layout of opTime
}

// Compile reads a template: text with tokens, which Tokens lists. All else
// stands for itself, also a backslash and a line end, and a percent sign at the end
// or before a blank. The error is an *Error.
func Compile(template string) (*Template, error) {
	t := new(Template)
	var literal strings.Builder
	for rest := template; rest != ""; {
		before, after, found := strings.Cut(rest, "%")
		literal.WriteString(before)
		if !found {
			break
		}
		length, p, reason := parseToken(after)
		if !reason.IsZero() {
			offset := len(template) - len(after) - 1
			return nil, newError(template, offset, 1+length, reason)
		}
		rest = after[length:]
		if p.op == opLiteral {
			literal.WriteString(p.text)
			continue
		}
		t.add(&literal, p)
	}
	t.add(&literal, part{op: opLiteral})
	return t, nil
}

// add adds a part behind the literal text so far.
func (t *Template) add(literal *strings.Builder, p part) {
	text := literal.String()
	for ; len(text) > maxShort; text = text[maxShort:] {
		t.parts = append(t.parts, part{op: opLiteral, front: newShort(text[:maxShort])})
	}
	p.front = newShort(text)
	t.parts = append(t.parts, p)
	literal.Reset()
}

// NeedsSourceNames reports whether the template shows the names of sources, so
// that it is worth to ask for them.
func (t *Template) NeedsSourceNames() bool { return t.needsNames(src) }

// NeedsDestNames is NeedsSourceNames for destinations.
func (t *Template) NeedsDestNames() bool { return t.needsNames(dst) }

func (t *Template) needsNames(e end) bool {
	for i := range t.parts {
		p := &t.parts[i]
		// Either of the two may be the remote or the local end.
		if (p.op == opName || p.op == opHost) && (p.end == e || p.end == remote || p.end == local) {
			return true
		}
	}
	return false
}

// ShowsOrigins reports whether the template shows who addresses belong to, or where they are
// registered.
func (t *Template) ShowsOrigins() bool {
	return slices.ContainsFunc(t.parts, func(p part) bool { return p.op == opOwner || p.op == opCountry })
}

// ShowsLists reports whether the template shows what is on lists.
func (t *Template) ShowsLists() bool {
	return slices.ContainsFunc(t.parts, func(p part) bool { return p.op == opList })
}

// ShowsSystem reports whether the template says anything about messages other
// than traffic: whether it holds %{text}, %{message}, %{reason} or %{kind}. To
// show them by one that does not, take SystemDefault.
func (t *Template) ShowsSystem() bool {
	for i := range t.parts {
		switch t.parts[i].op {
		case opText, opMessage, opReason, opKind:
			return true
		}
	}
	return false
}
