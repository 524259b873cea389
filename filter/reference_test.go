package filter

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"linklog/capture"
)

// This file says again what a filter means: slowly, a pattern at a time, with
// regular expressions and nothing of the code it is held against. It takes only
// sound filters.

// refWord is an alternative of a word of Any.
type refWord struct {
	not, address bool
	text         string
}

// wild makes a regular expression of a pattern.
func wild(pattern string, anywhere bool) *regexp.Regexp {
	expr := strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`)
	if !anywhere {
		expr = `^(?:` + expr + `)$`
	}
	return regexp.MustCompile(`(?is)` + expr)
}

func refMatch(f Filter, words [][]refWord, ev capture.Event) bool {
	hasText := func(pattern string, anywhere bool, s string) bool {
		return s != "" && wild(pattern, anywhere).MatchString(s)
	}
	list := func(text string, match func(pattern string) bool) bool {
		wanted, any := false, false
		for _, p := range strings.Split(text, ",") {
			p = strings.TrimSpace(p)
			switch {
			case p == "":
			case p[0] == '!':
				if match(strings.TrimSpace(p[1:])) {
					return false
				}
			default:
				any = true
				wanted = wanted || match(p)
			}
		}
		return wanted || !any
	}
	ports := func(ends ...capture.Endpoint) func(string) bool {
		return func(p string) bool {
			for _, e := range ends {
				if ev.Kind == capture.Traffic && refPort(p, e.Port, ev.Proto) {
					return true
				}
			}
			return false
		}
	}
	addresses := func(as ...netip.Addr) func(string) bool {
		return func(p string) bool {
			for _, a := range as {
				if a.IsValid() && refAddress(p, a) {
					return true
				}
			}
			return false
		}
	}
	hosts := func(names ...string) func(string) bool {
		return func(p string) bool {
			for _, name := range names {
				if hasText(p, false, name) {
					return true
				}
			}
			return false
		}
	}
	day := func(s string) string { return strings.TrimSpace(s)[:len(time.DateOnly)] }
	for _, ok := range []bool{
		!f.New || ev.New,
		f.Since == "" || ev.Time.Compare(refTime(f.Since)) >= 0,
		f.Until == "" || ev.Time.Compare(refTime(f.Until)) < 0,
		f.Date == "" || day(ev.Time.UTC().Format(time.RFC3339)) == day(f.Date),
		list(f.Direction, func(p string) bool { return hasText(p, false, ev.Dir.String()) }),
		list(f.Protocol, func(p string) bool {
			return hasText(p, false, ev.Proto.String()) || p == strconv.Itoa(int(ev.Proto)) && ev.Proto != 0
		}),
		list(f.IP, addresses(ev.Src.Addr, ev.Dst.Addr)),
		list(f.IPSource, addresses(ev.Src.Addr)),
		list(f.IPDest, addresses(ev.Dst.Addr)),
		list(f.Router, func(p string) bool {
			return hasText(p, false, ev.RouterName) || !strings.ContainsAny(p, "oglOGL") && addresses(ev.Router)(p) // those letters are of no address
		}),
		list(f.Host, hosts(ev.Src.Name, ev.Dst.Name)),
		list(f.HostSource, hosts(ev.Src.Name)),
		list(f.HostDest, hosts(ev.Dst.Name)),
		list(f.MAC, hosts(ev.Src.MAC.String(), ev.Dst.MAC.String())),
		list(f.Port, ports(ev.Src, ev.Dst)),
		list(f.PortSource, ports(ev.Src)),
		list(f.PortDest, ports(ev.Dst)),
		list(f.Service, func(p string) bool { return ev.Kind == capture.Traffic && refService(p, ev.Dst.Port, ev.Proto) }),
		list(f.Bytes, func(p string) bool { return refVolume(p, ev.Src.Sent.Bytes, ev.Dst.Sent.Bytes) }),
		list(f.Packets, func(p string) bool { return refVolume(p, ev.Src.Sent.Packets, ev.Dst.Sent.Packets) }),
		list(f.Text, func(p string) bool { return hasText(p, !strings.Contains(p, "*"), ev.Text) }),
	} {
		if !ok {
			return false
		}
	}
	for _, word := range words {
		wanted, any, excluded := false, false, false
		for _, w := range word {
			found := hasText(w.text, true, ev.Src.Name) || hasText(w.text, true, ev.Dst.Name) || hasText(w.text, true, ev.Text) ||
				ev.Kind == capture.Traffic && hasText(w.text, true, services.Name(ev.Dst.Port, ev.Proto))
			for _, a := range []netip.Addr{ev.Src.Addr, ev.Dst.Addr} {
				if a.IsValid() && (w.address && refAddress(w.text, a) || !w.address && hasText(w.text, true, a.String())) {
					found = true
				}
			}
			if w.not {
				excluded = excluded || found
			} else {
				wanted, any = wanted || found, true
			}
		}
		if excluded || any && !wanted {
			return false
		}
	}
	return true
}

func refTime(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return t
}

func refPort(p string, port uint16, proto capture.Protocol) bool {
	switch proto {
	case 0, 6, 17, 33, 132, 136:
	default:
		if port == 0 {
			return false
		}
	}
	if p == "*" {
		return true
	}
	if from, to, ok := strings.Cut(p, "-"); ok {
		first, err1 := strconv.Atoi(from)
		last, err2 := strconv.Atoi(to)
		if err1 == nil && err2 == nil {
			return first <= int(port) && int(port) <= last
		}
	}
	if n, err := strconv.Atoi(p); err == nil {
		return n == int(port)
	}
	return refService(p, port, proto)
}

func refService(p string, port uint16, proto capture.Protocol) bool {
	for _, e := range services {
		if e.port == port && (e.proto == proto || proto == 0) && wild(p, false).MatchString(e.name) {
			return true
		}
	}
	return false
}

// wholeGroups are the wildcards that stand for IPv6 prefixes.
var wholeGroups = regexp.MustCompile(`(?i)^([0-9a-f]{1,4}:)+\*$`)

func refAddress(p string, a netip.Addr) bool {
	if wholeGroups.MatchString(p) {
		groups := strings.Split(a.StringExpanded(), ":")
		for i, group := range strings.Split(strings.TrimSuffix(p, ":*"), ":") {
			want, err := strconv.ParseUint(group, 16, 16)
			if got, err2 := strconv.ParseUint(groups[i], 16, 16); err != nil || err2 != nil || got != want {
				return false
			}
		}
		return a.Is6()
	}
	if strings.Contains(p, "*") {
		return wild(p, false).MatchString(a.String())
	}
	if strings.Contains(p, "/") {
		return netip.MustParsePrefix(p).Masked().Contains(a)
	}
	if from, to, ok := strings.Cut(p, "-"); ok {
		if separator := strings.LastIndexAny(from, ".:"); !strings.ContainsAny(to, ".:") {
			to = from[:separator+1] + to
		}
		first, last := netip.MustParseAddr(from), netip.MustParseAddr(to)
		return a.Is4() == first.Is4() && !a.Less(first) && !last.Less(a)
	}
	return netip.MustParseAddr(p) == a
}

// refVolume takes what the pools have: whole numbers with k, M or G, far from the largest.
func refVolume(p string, src, dst uint64) bool {
	n := float64(src) + float64(dst)
	value := func(s string) float64 {
		s = strings.NewReplacer("k", "e3", "M", "e6", "G", "e9").Replace(strings.TrimSpace(s))
		x, err := strconv.ParseFloat(s, 64)
		if err != nil {
			panic(err)
		}
		return x
	}
	from, to, isRange := strings.Cut(p, "-")
	switch {
	case n == 0:
		return false
	case p == "*":
		return true
	case strings.HasPrefix(p, ">="):
		return n >= value(p[2:])
	case p[0] == '>':
		return n > value(p[1:])
	case strings.HasPrefix(p, "<="):
		return n <= value(p[2:])
	case p[0] == '<':
		return n < value(p[1:])
	case isRange:
		return value(from) <= n && n <= value(to)
	}
	return n == value(p)
}
