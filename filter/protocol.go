package filter

import (
	"strings"

	"linklog/capture"
	"linklog/phrase"
)

// protocolSet has a bit for every protocol; that of 0, for none, is never set.
type protocolSet [4]uint64

func (s *protocolSet) add(p capture.Protocol)      { s[p>>6] |= 1 << (p & 63) }
func (s *protocolSet) has(p capture.Protocol) bool { return s[p>>6]>>(p&63)&1 != 0 }

// compileProtocol compiles names, numbers and wildcards over names.
func compileProtocol(fd *field, list []pattern, _ Services) (c Condition, err error) {
	var want, not protocolSet
	for _, p := range list {
		set := choose(p, &want, &not)
		if strings.Contains(p.text, "*") {
			g, found := newGlob(p.text), false
			for proto := capture.Protocol(255); proto > 0; proto-- {
				if match(&g, proto.String()) {
					set.add(proto)
					found = true
				}
			}
			if !found {
				return c, fd.error(p.text, phrase.Say("no protocol has such a name"))
			}
			continue
		}
		proto, ok := capture.ParseProtocol(p.text)
		if !ok {
			reason := phrase.Say("write a name such as TCP or a number from 1 to 255")
			if near := Nearest(p.text, protocolNames); near != "" {
				reason = phrase.Say("unknown protocol: did you mean {{.Name}}?", "Name", near)
			}
			return c, fd.error(p.text, reason)
		}
		set.add(proto)
	}
	c.wants, c.nots = want != protocolSet{}, not != protocolSet{}
	c.look(Head, func(ev *capture.Event) Verdict { return verdicts(want.has(ev.Proto), not.has(ev.Proto)) })
	return c, nil
}

func protocolNames(yield func(string) bool) {
	for proto := capture.Protocol(1); proto != 0; proto++ { // ends after 255
		if name := proto.String(); !isDigits(name) && !yield(name) {
			return
		}
	}
}
