package filter

import (
	"iter"
	"strings"

	"linklog/capture"
	"linklog/phrase"
)

// Services tells the names of ports. It must not change while a filter is
// compiled.
type Services interface {
	// Name gives the name to show, "" if there is none. For protocol 0, where
	// the router named none, it is the name if TCP and UDP agree on it or only
	// one of them has one.
	Name(port uint16, proto capture.Protocol) string
	// Each yields every name of every port, aliases included.
	Each(yield func(name string, port uint16, proto capture.Protocol) bool)
	// Categories yields what ports are counted as, such as "games", and the ports of each; those
	// of protocol 0 are for events whose router named none.
	Categories() iter.Seq2[string, iter.Seq2[uint16, capture.Protocol]]
}

// compilePort compiles numbers, ranges and the names of services.
func compilePort(fd *field, list []pattern, services Services) (Condition, error) {
	return fd.ports(list, services, parsePort, resolve)
}

// compileService compiles the names of services.
func compileService(fd *field, list []pattern, services Services) (Condition, error) {
	return fd.ports(list, services, func(_ *portSet, s string) (named bool, reason phrase.Phrase) {
		if isDigits(s) {
			return false, phrase.Say("is a number: use port or port-dest")
		}
		return true, reason
	}, resolve)
}

// ports asks for ports and for those of services; parse puts a pattern into a set, or
// tells that it is a name, for which resolve finds the ports.
func (fd *field) ports(list []pattern, services Services, parse func(*portSet, string) (named bool, reason phrase.Phrase), resolve func(*field, []nameTest, Services) error) (c Condition, err error) {
	var s sought[portSet]
	var names []nameTest
	for _, p := range list {
		set := s.of(c.ask(p))
		named, reason := parse(set, p.text)
		if !reason.IsZero() {
			return c, fd.error(p.text, reason)
		}
		if named {
			names = append(names, nameTest{pattern: p.text, name: newGlob(p.text), set: set})
		}
	}
	if len(names) > 0 {
		if err := resolve(fd, names, services); err != nil {
			return c, err
		}
	}
	s.want.done()
	s.not.done()
	c.cost = costPort
	c.look(func(ev *capture.Event, end *capture.Endpoint, ask Verdict) Verdict {
		if ev.Kind != capture.Traffic { // the others have no ports
			return 0
		}
		return search(ask, &s, func(s *portSet) bool { return s.has(end.Port, ev.Proto) })
	}, portsOf[fd.where]...)
	return c, nil
}

// nameTest is a pattern over service names and the sets that take its ports.
type nameTest struct {
	pattern string // as written
	name    glob
	set     *portSet
	found   bool
}

// parsePort reads a number, a range or "*" into set. named tells that the
// pattern is none of these, but a service's name.
func parsePort(set *portSet, s string) (named bool, reason phrase.Phrase) {
	if strings.Trim(s, "*") == "" {
		set.add(0, 65535)
		return false, reason
	}
	from, to, isRange := strings.Cut(s, "-")
	from, to = strings.TrimSpace(from), strings.TrimSpace(to)
	switch {
	case isDigits(s):
		to = s
	case strings.Trim(s, "0123456789*- ") == "" && strings.Contains(s, "*") && strings.ContainsAny(s, "0123456789"):
		return false, phrase.Say("* stands for a part of a service name: write a range, such as 8000-8999")
	case isRange && strings.Trim(s, "0123456789- ") == "":
		if !isDigits(from) || !isDigits(to) {
			return false, phrase.Say("a range of ports has two ends, such as 8000-8999")
		}
	default:
		if digits, proto, ok := strings.Cut(s, "/"); ok && isDigits(digits) {
			return false, phrase.Say("write {{.Port}} here and {{.Protocol}} as the protocol", "Port", digits, "Protocol", proto)
		}
		return true, reason
	}
	first, ok1 := number(from, 65535)
	last, ok2 := number(to, 65535)
	switch {
	case !ok1 || !ok2:
		return false, phrase.Say("a port is a number from 0 to 65535")
	case last < first:
		return false, endsFirst
	}
	set.add(uint16(first), uint16(last))
	return false, reason
}

// resolve looks for the services that tests ask for and adds their ports; the
// error is about the first pattern that none has.
func resolve(fd *field, tests []nameTest, services Services) error {
	if services == nil {
		return fd.error(tests[0].pattern, phrase.Say("the names of services are not known here: write the port as a number"))
	}
	services.Each(func(name string, port uint16, proto capture.Protocol) bool {
		for i := range tests {
			if t := &tests[i]; match(&t.name, name) {
				t.found = true
				t.set.addNamed(port, proto)
				if proto != 0 {
					t.set.addNamed(port, 0)
				}
			}
		}
		return true
	})
	for i := range tests {
		if t := &tests[i]; !t.found {
			return fd.error(t.pattern, unknownService(t, services))
		}
	}
	return nil
}

func unknownService(t *nameTest, services Services) phrase.Phrase {
	if t.name.star {
		return phrase.Say("no service has such a name")
	}
	names := func(yield func(string) bool) {
		services.Each(func(name string, _ uint16, _ capture.Protocol) bool { return yield(name) })
	}
	if near := phrase.Nearest(t.pattern, names); near != "" {
		return phrase.Say("unknown service: did you mean {{.Name}}?", "Name", near)
	}
	return phrase.Say("unknown service: write the port as a number")
}
