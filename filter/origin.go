package filter

import (
	"slices"
	"strconv"
	"strings"

	"linklog/assets/origin"
	"linklog/capture"
	"linklog/phrase"
)

// compileOwner compiles patterns over the owners of addresses, of which "=" wants all, and numbers
// of autonomous systems: "AS15169".
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
		whole, exactly := strings.CutPrefix(p.text, "=")
		if whole == "" {
			return c, fd.error(p.text, phrase.Say("a name is missing after the ="))
		}
		o := owner{name: newGlob(whole)}
		if !o.name.star && !exactly {
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
	of := func(all []owner) *origin.Networks {
		return origin.OfOwners(func(as uint32, name string) bool {
			for i := range all {
				if o := &all[i]; o.as != 0 && o.as == as || o.as == 0 && name != "" && match(&o.name, name) {
					return true
				}
			}
			return false
		})
	}
	c.cost = costName
	c.lookInto(fd, &sought[*origin.Networks]{of(s.want), of(s.not)})
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
	of := func(all []string) *origin.Networks {
		return origin.OfCountries(func(code string) bool { return slices.Contains(all, code) || slices.Contains(all, "*") })
	}
	c.cost = costAddress
	c.lookInto(fd, &sought[*origin.Networks]{of(s.want), of(s.not)})
	return c, nil
}

// lookInto looks for addresses in networks.
func (c *Condition) lookInto(fd *field, s *sought[*origin.Networks]) {
	c.look(func(_ *capture.Event, end *capture.Endpoint, ask Verdict) Verdict {
		return search(ask, s, func(n **origin.Networks) bool { return (*n).Has(end.Addr) })
	}, endsOf[fd.where]...)
}
