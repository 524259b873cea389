package filter

import (
	"strings"

	"linklog/capture"
	"linklog/phrase"
)

// compileProtocol compiles names, numbers and wildcards over names.
func compileProtocol(fd *field, list []pattern, _ Services) (c Condition, err error) {
	c.head, c.found = protocol, new([256]Verdict) // nothing for protocol 0, which is none
	for _, p := range list {
		v := c.ask(p)
		if strings.Contains(p.text, "*") {
			g, any := newGlob(p.text), false
			for proto := capture.Protocol(255); proto > 0; proto-- {
				if match(&g, proto.String()) {
					c.found[proto] |= v
					any = true
				}
			}
			if !any {
				return c, fd.error(p.text, phrase.Say("no protocol has such a name"))
			}
			continue
		}
		proto, ok := capture.ParseProtocol(p.text)
		if !ok {
			reason := phrase.Say("write a name such as TCP or a number from 1 to 255")
			if near := phrase.Nearest(p.text, protocolNames); near != "" {
				reason = phrase.Say("unknown protocol: did you mean {{.Name}}?", "Name", near)
			}
			return c, fd.error(p.text, reason)
		}
		c.found[proto] |= v
	}
	return c, nil
}

func protocolNames(yield func(string) bool) {
	for proto := capture.Protocol(1); proto != 0; proto++ { // ends after 255
		if name := proto.String(); !isDigits(name) && !yield(name) {
			return
		}
	}
}
