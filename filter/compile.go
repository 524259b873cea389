package filter

import (
	"strings"

	"linklog/capture"
)

// Compile makes a Matcher of the filter. The error, an *Error, is about the
// first pattern that is wrong or can match nothing. services may be nil: then
// patterns that need the names of services are errors, and words of Any are not
// looked for in them.
func (f Filter) Compile(services Services) (*Matcher, error) {
	m := &Matcher{onlyNew: f.New}
	for i := range fields {
		fd := &fields[i]
		var err error
		switch fd.kind {
		case kindWords:
			err = fd.compileWords(m, f.Any, services)
		case kindNew:
		default:
			err = fd.compileList(m, *fd.value(&f), services)
		}
		if err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (fd *field) error(text, reason string) error {
	return &Error{Field: fd.name, Pattern: text, Reason: reason, Offset: -1}
}

func (fd *field) compileList(m *Matcher, text string, services Services) error {
	list, err := splitList(fd.name, text)
	if err != nil || len(list) == 0 {
		return err
	}
	switch fd.kind {
	case kindDirection:
		return fd.compileDirection(m, list)
	case kindProtocol:
		return fd.compileProtocol(m, list)
	case kindAddress:
		return fd.compileAddress(m, list)
	case kindHost:
		return fd.compileHost(m, list)
	case kindText:
		return fd.compileText(m, list)
	}
	return fd.compilePort(m, list, services)
}

func (fd *field) compileDirection(m *Matcher, list []pattern) error {
	var t directionTest
	for _, p := range list {
		set := choose(p, &t.want, &t.not)
		switch text := collapseStars(strings.ToLower(p.text)); text {
		case "in":
			*set |= 1 << capture.In
		case "out":
			*set |= 1 << capture.Out
		case "*":
			*set |= allDirections
		default:
			return fd.error(p.text, "write in or out")
		}
	}
	m.directions = append(m.directions, t)
	return nil
}

// choose gives where a pattern belongs: to what is wanted or to what is not.
func choose[T any](p pattern, want, not *T) *T {
	if p.not {
		return not
	}
	return want
}

func (fd *field) compileProtocol(m *Matcher, list []pattern) error {
	var t protocolTest
	for _, p := range list {
		set := choose(p, &t.want, &t.not)
		if strings.Contains(p.text, "*") {
			g, found := newGlob(p.text), false
			for proto := capture.Protocol(255); proto > 0; proto-- {
				if match(&g, proto.String()) {
					set.add(proto)
					found = true
				}
			}
			if !found {
				return fd.error(p.text, "no protocol has such a name")
			}
			continue
		}
		proto, ok := capture.ParseProtocol(p.text)
		if !ok {
			reason := "write a name such as TCP or a number from 1 to 255"
			if near := nearest(p.text, protocolNames); near != "" {
				reason = "unknown protocol: did you mean " + near + "?"
			}
			return fd.error(p.text, reason)
		}
		set.add(proto)
	}
	m.protocols = append(m.protocols, t)
	return nil
}

func protocolNames(yield func(string) bool) {
	for proto := capture.Protocol(1); proto != 0; proto++ { // ends after 255
		if name := proto.String(); !isDigits(name) && !yield(name) {
			return
		}
	}
}

func (fd *field) compileAddress(m *Matcher, list []pattern) error {
	t := addressTest{where: fd.where}
	for _, p := range list {
		address, reason := parseAddress(p.text)
		switch {
		case reason == looksLikeName && fd.twin != "":
			reason += ": use " + fd.twin
		case reason == looksLikeName:
			reason += ": write the address"
		}
		if reason != "" {
			return fd.error(p.text, reason)
		}
		choose(p, &t.want, &t.not).add(address)
	}
	t.want.done()
	t.not.done()
	m.addresses = append(m.addresses, t)
	return nil
}

func (fd *field) compileHost(m *Matcher, list []pattern) error {
	t := hostTest{where: fd.where}
	for _, p := range list {
		if !strings.Contains(p.text, "*") { // with one it can be the beginning of a name: 10.0.0.1.example.com
			if _, reason := parseAddress(p.text); reason == "" {
				return fd.error(p.text, "is an address, not a name: use "+fd.twin)
			}
		}
		if reason := checkText(p.text); reason != "" {
			return fd.error(p.text, reason)
		}
		set := choose(p, &t.want, &t.not)
		*set = append(*set, newGlob(p.text))
	}
	m.hosts = append(m.hosts, t)
	return nil
}

func (fd *field) compileText(m *Matcher, list []pattern) error {
	var t textTest
	for _, p := range list {
		if reason := checkText(p.text); reason != "" {
			return fd.error(p.text, reason)
		}
		g := newGlob(p.text)
		if !g.star {
			g = newContains(p.text)
		}
		set := choose(p, &t.want, &t.not)
		*set = append(*set, g)
	}
	m.texts = append(m.texts, t)
	return nil
}

// compilePort compiles ports and services.
func (fd *field) compilePort(m *Matcher, list []pattern, services Services) error {
	t := portTest{where: fd.where}
	var names []nameTest
	for _, p := range list {
		set := choose(p, &t.want, &t.not)
		switch fd.kind {
		case kindService:
			if isDigits(p.text) {
				return fd.error(p.text, "is a number: use port or port-dest")
			}
		default:
			named, reason := parsePort(set, p.text)
			if reason != "" {
				return fd.error(p.text, reason)
			}
			if !named {
				continue
			}
		}
		names = append(names, nameTest{pattern: p.text, name: newGlob(p.text), set: set})
	}
	if err := resolve(fd, names, services); err != nil {
		return err
	}
	t.want.done()
	t.not.done()
	m.ports = append(m.ports, t)
	return nil
}

func (fd *field) compileWords(m *Matcher, text string, services Services) error {
	lists, err := splitWords(fd.name, text)
	if err != nil {
		return err
	}
	for _, list := range lists {
		var t wordTest
		for _, p := range list {
			w, reason := newWord(p)
			if reason != "" {
				return fd.error(p.text, reason)
			}
			m.inDigits = m.inDigits || w.inDigits
			set := choose(p, &t.want, &t.not)
			*set = append(*set, w)
		}
		m.words = append(m.words, t)
	}
	var words []*word // once they are where they stay
	for i := range m.words {
		for j := range m.words[i].want {
			words = append(words, &m.words[i].want[j])
		}
		for j := range m.words[i].not {
			words = append(words, &m.words[i].not[j])
		}
	}
	if len(words) > 0 {
		addShownServices(words, services)
	}
	return nil
}
