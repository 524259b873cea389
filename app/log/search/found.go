package search

import (
	"net/netip"
	"strconv"
	"strings"
)

// Found is a text that a search text is about, to be shown in what matches.
type Found struct {
	Text string
	In   Where
	Of   End
}

// Where says in what a text may be found.
type Where uint8

// The places.
const (
	Anywhere    Where = iota
	InWords           // names, and what messages say
	InAddresses       // of both ends
	InPorts           // as whole numbers
)

// End says of which end of an attempt a text may be.
type End uint8

// The ends.
const (
	Either End = iota
	OfSource
	OfDestination
)

// endOf is the end that a field is about.
func endOf(field string) End {
	switch {
	case strings.HasSuffix(field, "-source"):
		return OfSource
	case strings.HasSuffix(field, "-dest"):
		return OfDestination
	}
	return Either
}

// Found lists the texts that are searched for, not those that are excluded. Of what is searched for
// otherwise, such as a range of addresses, there is none.
func (q *Query) Found() (list []Found) {
	var of End
	add := func(text string, in Where) {
		if text != "" {
			list = append(list, Found{text, in, of})
		}
	}
	for i, t := range q.Terms {
		of = endOf(t.Field)
		if t.Not || i == q.Wrong {
			continue
		}
		for element := range strings.SplitSeq(t.text, ",") {
			element = strings.TrimSpace(element)
			if strings.HasPrefix(element, "!") {
				continue
			}
			switch t.Field {
			case "", anyField:
				for piece := range strings.SplitSeq(element, "*") {
					add(piece, Anywhere)
				}
			case "host", "host-source", "host-dest", "text", "service":
				for piece := range strings.SplitSeq(element, "*") {
					add(piece, InWords)
				}
			case "ip", "ip-source", "ip-dest", "router":
				if before, _, wild := strings.Cut(element, "*"); wild {
					add(before, InAddresses)
				} else if a, err := netip.ParseAddr(element); err == nil {
					add(a.String(), InAddresses)
				} else if t.Field == "router" && !strings.ContainsAny(element, "/-") {
					add(element, InWords)
				}
			case "port", "port-source", "port-dest":
				if _, err := strconv.ParseUint(element, 10, 16); err == nil {
					add(element, InPorts)
				} else if !strings.Contains(element, "-") {
					add(strings.Trim(element, "*"), InWords)
				}
			}
		}
	}
	return list
}
