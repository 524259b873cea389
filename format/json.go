package format

import (
	"encoding/base64"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"linklog/capture"
)

// AppendJSON appends an event as one JSON object on one line, without a line
// end. The names of its members do not change, and what the event does not have
// is left out:
//
//	seq           number, 1 and up; of an imported event, which has import, one among what was imported
//	time          RFC 3339 in UTC, to the nanosecond
//	kind          traffic, system, wan, other, rejected, gap
//	router        IP address
//	direction     in, out
//	protocol      TCP, UDP, …; a number where it has no name
//	src_ip        IP address
//	src_host      name
//	src_port      number, also 0; always there for traffic
//	src_service   name of the service at that port
//	dst_ip, dst_host, dst_port, dst_service
//	src_mac, dst_mac   hardware address of the device at that end, where it is known
//	new           true
//	text          message
//	reason        why it was not understood
//	raw           the datagram, base64 (RFC 4648, section 4)
//	since         when a gap began, as time
//	lost          how many datagrams are missing in a gap, at least
//	verdict       allowed, blocked; left out where the router does not say
//	src_bytes     how many bytes the source sent; left out where that is not known, as the next three
//	src_packets   and packets
//	dst_bytes, dst_packets
//	gap           why something is missing, as a word
//	values        what text says of that beside words, by name
//	router_host   what the router calls itself
//	import        number of the import it came with, 0 if that has none; left out where it was received
//	src_owner     who the address belongs to; this and the next three only with Options.Origins
//	src_country   where it is registered, two letters
//	dst_owner, dst_country
//	list          name of a list that an end is on, the outer one first
//	list_entry    what stands there: an address, a network or a name
//
// The output is always valid JSON and printable: control characters, format
// characters and the like are escaped, broken UTF-8 becomes U+FFFD. o may be
// nil; its Location does not matter.
func AppendJSON(dst []byte, ev *capture.Event, o *Options) []byte {
	if o == nil {
		o = new(Options)
	}
	// Each member begins with a comma; the first of them becomes the brace.
	start := len(dst)
	if ev.Seq != 0 {
		dst = append(dst, `,"seq":`...)
		dst = strconv.AppendUint(dst, ev.Seq, 10)
	}
	if hasTime(ev.Time) {
		dst = append(dst, `,"time":"`...)
		dst = append(appendTime(dst, ev.Time), '"')
	}
	dst = appendJSONWord(dst, `,"kind":"`, ev.Kind.String())
	dst = appendJSONAddr(dst, `,"router":"`, ev.Router)
	dst = appendJSONWord(dst, `,"direction":"`, ev.Dir.String())
	dst = appendJSONWord(dst, `,"protocol":"`, ev.Proto.String())

	traffic := ev.Kind == capture.Traffic
	dst = appendJSONAddr(dst, `,"src_ip":"`, ev.Src.Addr)
	dst = appendJSONText(dst, `,"src_host":"`, name(&ev.Src, o.NoNamesSource))
	if traffic || ev.Src.Port != 0 {
		dst = append(dst, `,"src_port":`...)
		dst = strconv.AppendUint(dst, uint64(ev.Src.Port), 10)
	}
	if traffic {
		dst = appendJSONWord(dst, `,"src_service":"`, o.service(ev, &ev.Src))
	}
	dst = appendJSONAddr(dst, `,"dst_ip":"`, ev.Dst.Addr)
	dst = appendJSONText(dst, `,"dst_host":"`, name(&ev.Dst, o.NoNamesDest))
	if traffic || ev.Dst.Port != 0 {
		dst = append(dst, `,"dst_port":`...)
		dst = strconv.AppendUint(dst, uint64(ev.Dst.Port), 10)
	}
	if traffic {
		dst = appendJSONWord(dst, `,"dst_service":"`, o.service(ev, &ev.Dst))
	}

	dst = appendJSONMAC(dst, `,"src_mac":"`, ev.Src.MAC)
	dst = appendJSONMAC(dst, `,"dst_mac":"`, ev.Dst.MAC)
	if ev.New {
		dst = append(dst, `,"new":true`...)
	}
	dst = appendJSONText(dst, `,"text":"`, ev.Message())
	dst = appendJSONWord(dst, `,"reason":"`, ev.Reason.String())
	if ev.Raw != "" {
		dst = append(dst, `,"raw":"`...)
		dst = append(base64.StdEncoding.AppendEncode(dst, []byte(ev.Raw)), '"')
	}
	if hasTime(ev.Since) {
		dst = append(dst, `,"since":"`...)
		dst = append(appendTime(dst, ev.Since), '"')
	}
	if ev.Lost != 0 {
		dst = append(dst, `,"lost":`...)
		dst = strconv.AppendUint(dst, ev.Lost, 10)
	}
	dst = appendJSONWord(dst, `,"verdict":"`, ev.Verdict.String())
	dst = appendJSONVolume(dst, `,"src_bytes":`, `,"src_packets":`, ev.Src.Sent)
	dst = appendJSONVolume(dst, `,"dst_bytes":`, `,"dst_packets":`, ev.Dst.Sent)
	if ev.Kind == capture.Gap {
		dst = appendJSONGap(dst, ev)
	}
	dst = appendJSONText(dst, `,"router_host":"`, ev.RouterName)
	if ev.Import != 0 {
		dst = append(dst, `,"import":`...)
		dst = strconv.AppendInt(dst, int64(max(ev.Import, 0)), 10)
	}
	if o.Origins {
		from, to := o.origin(ev.Src.Addr), o.origin(ev.Dst.Addr)
		dst = appendJSONText(dst, `,"src_owner":"`, from.Owner)
		dst = appendJSONWord(dst, `,"src_country":"`, from.Country)
		dst = appendJSONText(dst, `,"dst_owner":"`, to.Owner)
		dst = appendJSONWord(dst, `,"dst_country":"`, to.Country)
	}
	dst = appendJSONList(dst, ev)
	if len(dst) == start {
		return append(dst, "{}"...)
	}
	dst[start] = '{'
	return append(dst, '}')
}

func appendJSONVolume(dst []byte, bytes, packets string, v capture.Volume) []byte {
	if v.Bytes != 0 {
		dst = strconv.AppendUint(append(dst, bytes...), v.Bytes, 10)
	}
	if v.Packets != 0 {
		dst = strconv.AppendUint(append(dst, packets...), v.Packets, 10)
	}
	return dst
}

// appendJSONGap appends why something is missing, as programs read it.
func appendJSONGap(dst []byte, ev *capture.Event) []byte {
	code, values, known := capture.ReadGap(ev.Text)
	if !known || ev.Message() == ev.Text { // as an earlier LinkLog kept it
		return dst
	}
	dst = appendJSONWord(dst, `,"gap":"`, string(code))
	for i, name := range slices.Sorted(maps.Keys(values)) {
		if dst = append(dst, ','); i == 0 {
			dst = append(dst, `"values":{`...)
		}
		dst = append(append(append(dst, '"'), name...), `":`...)
		switch v := values[name].(type) {
		case string:
			dst = append(appendEscaped(append(dst, '"'), v), '"')
		case uint64:
			dst = strconv.AppendUint(dst, v, 10)
		}
	}
	if len(values) > 0 {
		dst = append(dst, '}')
	}
	return dst
}

// hasTime reports whether a time is known and RFC 3339 can write it.
func hasTime(t time.Time) bool {
	return !t.IsZero() && t.UTC().Year() >= 0 && t.UTC().Year() <= 9999
}

// appendTime appends a time as JSON and CSV have it.
func appendTime(dst []byte, t time.Time) []byte {
	return t.UTC().AppendFormat(dst, time.RFC3339Nano)
}

// appendJSONWord appends a member whose value is one of our own words.
func appendJSONWord(dst []byte, key, word string) []byte {
	if word == "" {
		return dst
	}
	dst = append(dst, key...)
	dst = append(dst, word...)
	return append(dst, '"')
}

// appendJSONText appends a member whose value is a text from the network.
func appendJSONText(dst []byte, key, text string) []byte {
	if text == "" {
		return dst
	}
	dst = append(dst, key...)
	dst = appendEscaped(dst, text)
	return append(dst, '"')
}

func appendJSONAddr(dst []byte, key string, a netip.Addr) []byte {
	if !a.IsValid() {
		return dst
	}
	dst = append(dst, key...)
	dst = appendUnzoned(dst, a)
	if a.Zone() != "" {
		dst = append(dst, '%')
		dst = appendEscaped(dst, a.Zone())
	}
	return append(dst, '"')
}

func appendJSONMAC(dst []byte, key string, m capture.MAC) []byte {
	if m == (capture.MAC{}) {
		return dst
	}
	return append(m.AppendTo(append(dst, key...)), '"')
}

// appendEscaped appends a text as it stands in a JSON string (RFC 8259,
// section 7). Beyond what the RFC asks for it escapes all that is not printable,
// so that the output can be shown on a terminal.
func appendEscaped(dst []byte, s string) []byte {
	if plain(s) && !hasQuote(s) {
		return append(dst, s...)
	}
	for _, r := range s { // a broken byte is U+FFFD here
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case capture.Printable(r):
			dst = utf8.AppendRune(dst, r)
		case r > 0xffff:
			r -= 0x10000
			dst = appendUnicode(dst, 0xd800+r>>10)
			dst = appendUnicode(dst, 0xdc00+r&0x3ff)
		default:
			dst = appendUnicode(dst, r)
		}
	}
	return dst
}

// appendUnicode appends an escaped UTF-16 unit.
func appendUnicode(dst []byte, unit rune) []byte {
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', hex[unit>>12&0xf], hex[unit>>8&0xf], hex[unit>>4&0xf], hex[unit&0xf])
}

// hasQuote reports whether s has a character that JSON strings must escape
// although it is printable.
func hasQuote(s string) bool {
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			return true
		}
	}
	return false
}
