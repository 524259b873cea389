package capture

import "strings"

// Texts cleans texts (see Clean) and remembers them, so that a text that was met
// before costs no allocation. It is for one goroutine; the zero value is empty.
type Texts struct{ cleaned map[string]string }

// maxTexts bounds what is remembered, at 253 bytes for the longest name that DNS
// allows: 2 MiB.
const maxTexts = 8192

// MaxName bounds a host's name, in bytes: DNS allows no more (RFC 1035, 2.3.4).
const MaxName = 253

// MaxText bounds Event.Text, in bytes before cleaning: router messages are below 200.
const MaxText = 1024

// Clean returns b cleaned and bounded to MaxText bytes before that.
func (t *Texts) Clean(b []byte) string {
	b = b[:min(len(b), MaxText)]
	if s, ok := t.cleaned[string(b)]; ok {
		return s
	}
	return t.add(string(b))
}

// Name returns b cleaned and bounded to MaxName bytes before that.
func (t *Texts) Name(b []byte) string { return t.Clean(b[:min(len(b), MaxName)]) }

// CleanString is Clean of a string, of which nothing is kept.
func (t *Texts) CleanString(s string) string {
	s = s[:min(len(s), MaxText)]
	if known, ok := t.cleaned[s]; ok {
		return known
	}
	return t.add(strings.Clone(s))
}

func (t *Texts) add(s string) string {
	clean := Clean(s)
	if len(s) > MaxName {
		return clean // hardly comes again
	}
	if t.cleaned == nil || len(t.cleaned) == maxTexts {
		t.cleaned = make(map[string]string) // what is in use comes back at once
	}
	t.cleaned[s] = clean
	return clean
}
