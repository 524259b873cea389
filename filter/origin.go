package filter

import (
	"strconv"
	"strings"

	"linklog/assets/origin"
	"linklog/capture"
	"linklog/phrase"
)

// compileOwner compiles patterns over the owners of addresses, and numbers of autonomous
// systems: "AS15169".
func compileOwner(fd *field, list []pattern, _ Services) (c Condition, err error) {
	type owner struct {
		name glob
		as   uint32 // not 0: instead of the name
	}
	var s sought[[]owner]
	for _, p := range list {
		if reason := checkText(p.text); !reason.IsZero() {
			return c, fd.error(p.text, reason)
		}
		o := owner{name: newGlob(p.text)}
		if !o.name.star {
			o.name = newContains(p.text)
		}
		if len(p.text) > 2 && strings.EqualFold(p.text[:2], "as") && isDigits(p.text[2:]) {
			n, err := strconv.ParseUint(p.text[2:], 10, 32)
			if err != nil || n == 0 {
				return c, fd.error(p.text, phrase.Say("is not the number of an autonomous system"))
			}
			o.as = uint32(n)
		}
		set := s.of(c.ask(p))
		*set = append(*set, o)
	}
	c.cost = costName
	c.look(func(_ *capture.Event, end *capture.Endpoint, ask Verdict) Verdict {
		found := origin.Of(end.Addr)
		if found.Owner == "" && found.AS == 0 {
			return 0
		}
		return search(ask, &s, func(all *[]owner) bool {
			for i := range *all {
				if o := &(*all)[i]; o.as != 0 && o.as == found.AS || o.as == 0 && found.Owner != "" && match(&o.name, found.Owner) {
					return true
				}
			}
			return false
		})
	}, endsOf[fd.where]...)
	return c, nil
}

// compileCountry compiles the codes of countries; "*" is any.
func compileCountry(fd *field, list []pattern, _ Services) (c Condition, err error) {
	var s sought[[]string]
	for _, p := range list {
		code := strings.ToUpper(collapseStars(p.text))
		if code != "*" && (len(code) != 2 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "") {
			return c, fd.error(p.text, phrase.Say("write a country as two letters, such as DE"))
		}
		set := s.of(c.ask(p))
		*set = append(*set, code)
	}
	c.cost = costAddress
	c.look(func(_ *capture.Event, end *capture.Endpoint, ask Verdict) Verdict {
		country := origin.Of(end.Addr).Country
		if country == "" {
			return 0
		}
		return search(ask, &s, func(all *[]string) bool {
			for _, code := range *all {
				if code == country || code == "*" {
					return true
				}
			}
			return false
		})
	}, endsOf[fd.where]...)
	return c, nil
}
