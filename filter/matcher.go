package filter

import (
	"net/netip"

	"linklog/capture"
)

// Matcher is a compiled Filter. It never changes, so that any number of
// goroutines may use it at once. The zero Matcher matches every event.
//
// It holds one test for each field that has patterns, in lists by what they
// look at; every test has what is wanted and what is not.
type Matcher struct {
	onlyNew    bool
	directions []directionTest
	protocols  []protocolTest
	ports      []portTest
	addresses  []addressTest
	hosts      []hostTest
	texts      []textTest
	words      []wordTest
	inDigits   bool // of a word, see there
}

// Match reports whether an event passes the filter. It does not allocate.
func (m *Matcher) Match(ev *capture.Event) bool {
	if m.onlyNew && !ev.New {
		return false
	}
	// The cheap ones first.
	for i := range m.directions {
		if !m.directions[i].match(ev.Dir) {
			return false
		}
	}
	for i := range m.protocols {
		if !m.protocols[i].match(ev.Proto) {
			return false
		}
	}
	for i := range m.ports {
		if !m.ports[i].match(ev) {
			return false
		}
	}
	for i := range m.addresses {
		if !m.addresses[i].match(ev) {
			return false
		}
	}
	for i := range m.hosts {
		if !m.hosts[i].match(ev) {
			return false
		}
	}
	for i := range m.texts {
		if !m.texts[i].match(ev.Text) {
			return false
		}
	}
	return len(m.words) == 0 || m.matchWords(ev)
}

// NeedsNames reports whether the names of hosts matter, so that an event
// should have those that reverse DNS knows before it is matched.
func (m *Matcher) NeedsNames() bool { return m.NeedsSourceNames() || m.NeedsDestNames() }

// NeedsSourceNames is NeedsNames for the source only.
func (m *Matcher) NeedsSourceNames() bool { return m.needsNames(dest) }

// NeedsDestNames is NeedsNames for the destination only.
func (m *Matcher) NeedsDestNames() bool { return m.needsNames(source) }

// needsNames reports whether a test looks at names that are not only those of
// the other end.
func (m *Matcher) needsNames(other where) bool {
	for i := range m.hosts {
		if m.hosts[i].where != other {
			return true
		}
	}
	return len(m.words) > 0
}

// Every test decides alike: what is excluded is out, and where something is
// wanted, some of it must be there.

// directionTest has bit 1<<d for every direction d.
type directionTest struct{ want, not uint8 }

func (t *directionTest) match(d capture.Direction) bool {
	bit := uint8(1) << d & allDirections // no bit for none
	return t.not&bit == 0 && (t.want == 0 || t.want&bit != 0)
}

const allDirections = 1<<capture.In | 1<<capture.Out

type protocolTest struct{ want, not protocolSet }

func (t *protocolTest) match(p capture.Protocol) bool {
	return !t.not.has(p) && (t.want == protocolSet{} || t.want.has(p))
}

// protocolSet has a bit for every protocol; that of 0, for none, is never set.
type protocolSet [4]uint64

func (s *protocolSet) add(p capture.Protocol)      { s[p>>6] |= 1 << (p & 63) }
func (s *protocolSet) has(p capture.Protocol) bool { return s[p>>6]>>(p&63)&1 != 0 }

type portTest struct {
	where     where
	want, not portSet
}

func (t *portTest) match(ev *capture.Event) bool {
	if ev.Kind != capture.Traffic { // the others have no ports
		return t.want.empty()
	}
	if !t.not.empty() && t.in(&t.not, ev) {
		return false
	}
	return t.want.empty() || t.in(&t.want, ev)
}

func (t *portTest) in(s *portSet, ev *capture.Event) bool {
	return t.where != dest && s.has(ev.Src.Port, ev.Proto) || t.where != source && s.has(ev.Dst.Port, ev.Proto)
}

type addressTest struct {
	where     where
	want, not addressSet
}

func (t *addressTest) match(ev *capture.Event) bool {
	var a, b netip.Addr
	switch t.where {
	case source:
		a = bare(ev.Src.Addr)
	case dest:
		a = bare(ev.Dst.Addr)
	case router:
		a = bare(ev.Router)
	case either:
		a, b = bare(ev.Src.Addr), bare(ev.Dst.Addr)
	}
	if !t.not.empty() && (t.not.has(a) || t.not.has(b)) {
		return false
	}
	return t.want.empty() || t.want.has(a) || t.want.has(b)
}

type hostTest struct {
	where     where
	want, not []glob
}

func (t *hostTest) match(ev *capture.Event) bool {
	return !t.in(t.not, ev) && (len(t.want) == 0 || t.in(t.want, ev))
}

func (t *hostTest) in(globs []glob, ev *capture.Event) bool {
	return t.where != dest && matchAny(globs, ev.Src.Name) || t.where != source && matchAny(globs, ev.Dst.Name)
}

type textTest struct{ want, not []glob }

func (t *textTest) match(text string) bool {
	return !matchAny(t.not, text) && (len(t.want) == 0 || matchAny(t.want, text))
}

// matchAny reports whether one of the patterns matches; an empty text is none,
// which no pattern matches.
func matchAny(globs []glob, s string) bool {
	if s == "" {
		return false
	}
	for i := range globs {
		if match(&globs[i], s) {
			return true
		}
	}
	return false
}
