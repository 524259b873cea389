package search

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"linklog/capture"
	"linklog/filter"
)

// protocols are the names of protocols, those that routers log first.
func protocols() []Known {
	list := []capture.Protocol{capture.TCP, capture.UDP, capture.ICMP, capture.ICMPv6}
	for p := capture.Protocol(1); p != 0; p++ {
		if !slices.Contains(list, p) && p.String() != strconv.Itoa(int(p)) {
			list = append(list, p)
		}
	}
	out := make([]Known, len(list))
	for i, p := range list {
		out[i].Text = strings.ToLower(p.String())
	}
	return out
}

// words are values that say themselves what they mean.
func words(list []string) (out []Known) {
	for _, w := range list {
		out = append(out, Known{Text: w})
	}
	return out
}

// ports are names of services that begin with what is typed, with their lowest ports;
// and, where they will do, numbers that begin with it.
func ports(typed string, numbers bool, services filter.Services) []Known {
	if services == nil || typed == "" {
		return nil // all of them are none
	}
	type service struct {
		name string
		port uint16
	}
	byName, byPort := make(map[string]uint16), make(map[uint16]string)
	isNumber := strings.Trim(typed, "0123456789") == ""
	services.Each(func(name string, port uint16, _ capture.Protocol) bool {
		switch {
		case isNumber && numbers:
			if _, known := byPort[port]; !known && strings.HasPrefix(strconv.Itoa(int(port)), typed) {
				byPort[port] = name
			}
		case hasPrefix(name, typed):
			if low, known := byName[name]; !known || port < low {
				byName[name] = port
			}
		}
		return true
	})
	var found []service
	for name, port := range byName {
		found = append(found, service{name, port})
	}
	for port, name := range byPort {
		found = append(found, service{name, port})
	}
	slices.SortFunc(found, func(a, b service) int {
		if !isNumber { // what is typed is most of a short name
			if c := cmp.Compare(len(a.name), len(b.name)); c != 0 {
				return c
			}
		}
		return cmp.Or(cmp.Compare(a.port, b.port), cmp.Compare(a.name, b.name))
	})
	out := make([]Known, 0, min(len(found), maxCandidates))
	for _, s := range found {
		k := Known{s.name, strconv.Itoa(int(s.port))}
		if isNumber && numbers {
			k.Text, k.Hint = k.Hint, k.Text
		}
		if out = append(out, k); len(out) == maxCandidates {
			break
		}
	}
	return out
}
