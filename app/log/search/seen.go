package search

import (
	"cmp"
	"iter"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"linklog/capture"
	"linklog/filter"
)

// Seen returns the values that a field has in events, most frequent first: addresses with
// their names, names with their addresses, ports with their services. It is made for
// some thousand events, as it looks at all of them. services may be nil.
func Seen(field string, events iter.Seq[*capture.Event], services filter.Services) []Known {
	hints, counts := make(map[string]string), make(map[string]int)
	add := func(text, hint string) {
		if text == "" {
			return
		}
		counts[text]++
		if hints[text] == "" {
			hints[text] = hint
		}
	}
	address := func(a netip.Addr) string {
		if !a.IsValid() {
			return ""
		}
		return a.Unmap().String()
	}
	name := func(port uint16, proto capture.Protocol) string {
		if services == nil {
			return ""
		}
		return services.Name(port, proto)
	}
	for ev := range events {
		if field == "router" {
			add(address(ev.Router), ev.RouterName)
			add(ev.RouterName, address(ev.Router))
		}
		if ev.Kind != capture.Traffic {
			continue
		}
		src, dst := &ev.Src, &ev.Dst
		switch field {
		case "ip", "ip-source", "ip-dest":
			if field != "ip-dest" {
				add(address(src.Addr), src.Name)
			}
			if field != "ip-source" {
				add(address(dst.Addr), dst.Name)
			}
		case "host", "host-source", "host-dest":
			if field != "host-dest" {
				add(src.Name, address(src.Addr))
			}
			if field != "host-source" {
				add(dst.Name, address(dst.Addr))
			}
		case "port", "port-dest": // those of sources are another every time
			if dst.Port != 0 {
				add(strconv.Itoa(int(dst.Port)), name(dst.Port, ev.Proto))
			}
		case "service":
			add(name(dst.Port, ev.Proto), strconv.Itoa(int(dst.Port)))
		case "protocol":
			add(strings.ToLower(ev.Proto.String()), "")
		}
	}
	texts := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	out := make([]Known, len(texts))
	for i, text := range texts {
		out[i] = Known{text, hints[text]}
	}
	return out
}
