package filter

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linklog/capture"
)

// Small pools, so that patterns and events meet.
var (
	names = []string{"laptop", "www.Apple.com", "apple.com", "slashdot.org", "straße.example", "STRAẞE.example", "\u212aelvin", "kelvin",
		"ǅ.example", "a\ufffdb", "漢字.example", "10.0.0.1.isp.example", "x"}
	texts = []string{"WAN IP = 203.0.113.7", "System is ready", "Firmware Version : 1.04.12, Oct 21 2003", `say "hi" \`, "!", "ÅÅÅ"}
	four  = []byte{0, 1, 9, 10, 99, 100, 168, 192, 255}
	six   = []uint16{0, 0, 0, 1, 0x10, 0xdb8, 0x2001, 0xfe80, 0xffff}
	ports = []uint16{0, 1, 22, 53, 80, 123, 443, 514, 564, 614, 3868, 8080, 51234, 65535}
	// Before, at and behind the times that filters ask for.
	moments = []time.Time{{}, started, started.Add(-time.Nanosecond), started.Add(time.Hour), started.Add(-24 * time.Hour), started.Add(30 * 24 * time.Hour)}
	proto   = []capture.Protocol{0, 0, 1, 6, 6, 6, 17, 17, 33, 47, 58, 99, 132, 255}
)

func drawAddr(t *rapid.T) netip.Addr {
	if rapid.Bool().Draw(t, "IPv4") {
		return netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.SampledFrom(four), 4, 4).Draw(t, "four")))
	}
	var b [16]byte
	for i, group := range rapid.SliceOfN(rapid.SampledFrom(six), 8, 8).Draw(t, "six") {
		b[2*i], b[2*i+1] = byte(group>>8), byte(group)
	}
	return netip.AddrFrom16(b).Unmap()
}

func drawEnd(t *rapid.T) (e capture.Endpoint) {
	if rapid.IntRange(0, 4).Draw(t, "has address") > 0 {
		e.Addr = drawAddr(t)
	}
	if rapid.Bool().Draw(t, "has name") {
		e.Name = rapid.SampledFrom(names).Draw(t, "name")
	}
	e.MAC = rapid.SampledFrom([]capture.MAC{{}, {2, 0, 0x5e, 0x10, 0, 0x22}, {2, 0, 0x5e, 0x10, 0, 0x33}}).Draw(t, "mac")
	return e
}

func drawEvent(t *rapid.T) capture.Event {
	ev := capture.Event{
		Kind:   capture.Kind(rapid.SampledFrom([]int{1, 1, 1, 1, 2, 3, 4, 5}).Draw(t, "kind")),
		Router: drawAddr(t), RouterName: rapid.SampledFrom([]string{"", "", "openwrt", "10.0.0.1", "GW.lan"}).Draw(t, "router's name"),
		New:  rapid.Bool().Draw(t, "new"),
		Time: rapid.SampledFrom(moments).Draw(t, "time"),
	}
	switch ev.Kind {
	case capture.Traffic:
		ev.Dir = capture.Direction(rapid.IntRange(1, 2).Draw(t, "direction"))
		ev.Proto = rapid.SampledFrom(proto).Draw(t, "protocol")
		ev.Src, ev.Dst = drawEnd(t), drawEnd(t)
		ev.Src.Port = rapid.SampledFrom(ports).Draw(t, "source port")
		ev.Dst.Port = rapid.SampledFrom(ports).Draw(t, "dest port")
		ev.Src.Sent, ev.Dst.Sent = drawVolume(t), drawVolume(t)
	case capture.WAN:
		ev.Dst.Addr = drawAddr(t)
		fallthrough
	case capture.System, capture.Other:
		ev.Text = rapid.SampledFrom(texts).Draw(t, "text")
	}
	return ev
}

// drawWild puts stars into a text: what comes out matches the text.
func drawWild(t *rapid.T, s string) string {
	r := []rune(s)
	for range rapid.IntRange(0, 3).Draw(t, "stars") {
		i := rapid.IntRange(0, len(r)).Draw(t, "from")
		j := rapid.IntRange(i, len(r)).Draw(t, "to")
		r = slices.Concat(r[:i], []rune("*"), r[j:])
	}
	return string(r)
}

func drawCase(t *rapid.T, s string) string {
	switch rapid.IntRange(0, 2).Draw(t, "case") {
	case 0:
		return strings.ToUpper(s)
	case 1:
		return strings.ToLower(s)
	}
	return s
}

func drawAddressPattern(t *rapid.T) string {
	a := drawAddr(t)
	switch rapid.IntRange(0, 6).Draw(t, "form of address") {
	case 0:
		return drawCase(t, a.String())
	case 1:
		return a.StringExpanded()
	case 2:
		return fmt.Sprintf("%v/%d", a, rapid.IntRange(0, a.BitLen()).Draw(t, "bits"))
	case 3:
		b := drawAddr(t)
		if a.BitLen() != b.BitLen() {
			b = a
		}
		if b.Less(a) {
			a, b = b, a
		}
		return fmt.Sprintf("%v-%v", a, b)
	case 4:
		if a.Is4() {
			last := int(a.As4()[3])
			return fmt.Sprintf("%v-%d", a, rapid.IntRange(last, 255).Draw(t, "short end"))
		}
		if b := a.As16(); strings.HasSuffix(a.String(), ":") {
			return fmt.Sprintf("%v-%x", a, b[15])
		}
		return fmt.Sprintf("%v-ffff", a)
	case 5:
		parts := strings.Split(strings.ReplaceAll(a.StringExpanded(), "0000", "0"), ":")
		if a.Is4() {
			parts = strings.Split(a.String(), ".")
			return strings.Join(parts[:rapid.IntRange(1, 3).Draw(t, "parts")], ".") + ".*"
		}
		return strings.Join(parts[:rapid.IntRange(1, 7).Draw(t, "groups")], ":") + ":*"
	}
	return strings.ReplaceAll(drawCase(t, drawWild(t, a.String())), "*", strings.Repeat("*", rapid.IntRange(1, 2).Draw(t, "double")))
}

func drawPortPattern(t *rapid.T) string {
	p := rapid.SampledFrom(ports).Draw(t, "port")
	switch rapid.IntRange(0, 4).Draw(t, "form of port") {
	case 0:
		return fmt.Sprint(p)
	case 1:
		return fmt.Sprintf("%d-%d", p, rapid.IntRange(int(p), 65535).Draw(t, "last port"))
	case 2:
		return "*"
	}
	return drawServicePattern(t)
}

var amounts = []uint64{0, 0, 0, 1, 2, 999, 1000, 1001, 4_999_999, 5_000_000, 10_000_000, 3_000_000_000}

func drawVolume(t *rapid.T) capture.Volume {
	return capture.Volume{Bytes: rapid.SampledFrom(amounts).Draw(t, "bytes"), Packets: rapid.SampledFrom(amounts).Draw(t, "packets")}
}

func drawVolumePattern(t *rapid.T) string {
	return rapid.SampledFrom([]string{"*", "1", "1000", "1k", ">1", ">=1k", "<1k", "<= 2k", ">9.999M", "<3G", "2-1001", "1k - 10M", ">10000000", "5M-3G"}).Draw(t, "volume")
}

func drawServicePattern(t *rapid.T) string {
	s := drawCase(t, drawWild(t, rapid.SampledFrom([]entry(services)).Draw(t, "service").name))
	if strings.Trim(s, "0123456789*") == "" {
		return "*"
	}
	return s
}

func drawTextPattern(from []string) func(t *rapid.T) string {
	return func(t *rapid.T) string {
		s := strings.ReplaceAll(drawWild(t, rapid.SampledFrom(from).Draw(t, "text")), ",", "*")
		if s = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(s), "!")); s == "" {
			return "*"
		}
		return drawCase(t, s)
	}
}

// drawList is a field: canonical, or with spaces as people write it.
func drawList(t *rapid.T, label string, canonical bool, draw func(t *rapid.T) string) string {
	if rapid.IntRange(0, 3).Draw(t, "has "+label) > 0 {
		return ""
	}
	space := ""
	if !canonical {
		space = rapid.SampledFrom([]string{"", " ", "\t", "\u00a0"}).Draw(t, "space")
	}
	var list []string
	for range rapid.IntRange(1, 3).Draw(t, "patterns of "+label) {
		not := ""
		if rapid.Bool().Draw(t, "not") {
			not = "!" + space
		}
		list = append(list, not+draw(t))
	}
	return space + strings.Join(list, space+","+space) + space
}

func drawFilter(t *rapid.T, canonical bool) (f Filter, words [][]refWord) {
	few := rapid.Bool().Draw(t, "few fields") // hardly an event matches many
	list := func(label string, draw func(t *rapid.T) string) string {
		if few && rapid.IntRange(0, 5).Draw(t, label+" is there") > 0 {
			return ""
		}
		return drawList(t, label, canonical, draw)
	}
	address, host, port := drawAddressPattern, drawTextPattern(names), drawPortPattern
	f = Filter{
		Direction: list("direction", func(t *rapid.T) string {
			return rapid.SampledFrom([]string{"in", "OUT", "*"}).Draw(t, "direction")
		}),
		Protocol: list("protocol", func(t *rapid.T) string {
			return rapid.SampledFrom([]string{"tcp", "UDP", "6", "99", "icmp*", "*", "sctp"}).Draw(t, "protocol")
		}),
		IP: list("ip", address), IPSource: list("ip-source", address), IPDest: list("ip-dest", address),
		Host: list("host", host), HostSource: list("host-source", host), HostDest: list("host-dest", host),
		MAC: list("mac", func(t *rapid.T) string {
			return rapid.SampledFrom([]string{"02:00:5e:10:00:22", "02:00:5E:*", "*:33", "*"}).Draw(t, "mac")
		}),
		Port: list("port", port), PortSource: list("port-source", port), PortDest: list("port-dest", port),
		Service: list("service", drawServicePattern),
		Bytes:   list("bytes", drawVolumePattern), Packets: list("packets", drawVolumePattern),
		Router: list("router", func(t *rapid.T) string {
			if rapid.Bool().Draw(t, "by name") {
				return rapid.SampledFrom([]string{"openwrt", "OPEN*", "gw.*", "*.lan", "*"}).Draw(t, "name")
			}
			return address(t)
		}),
		Text:  list("text", drawTextPattern(texts)),
		New:   rapid.IntRange(0, 5).Draw(t, "new") == 0,
		Since: drawTime(t, "since", started.Add(-48*time.Hour), started.Add(-24*time.Hour), started),
		Until: drawTime(t, "until", started.Add(time.Nanosecond), started.Add(time.Hour), started.Add(30*24*time.Hour)),
	}
	if rapid.IntRange(0, 5).Draw(t, "date") == 0 {
		f.Date = started.Format(time.DateOnly)
	}
	for range rapid.IntRange(-2, 2).Draw(t, "words") {
		var word []refWord
		for range rapid.IntRange(1, 2).Draw(t, "alternatives") {
			word = append(word, drawWord(t))
		}
		words = append(words, word)
	}
	f.Any = writeWords(words)
	return f, words
}

func drawTime(t *rapid.T, label string, from ...time.Time) string {
	if rapid.Bool().Draw(t, "has "+label) {
		return ""
	}
	return rapid.SampledFrom(from).Draw(t, label).Format(time.RFC3339Nano)
}

func drawWord(t *rapid.T) refWord {
	w := refWord{not: rapid.IntRange(0, 3).Draw(t, "not") == 0}
	switch rapid.IntRange(0, 2).Draw(t, "form of word") {
	case 0:
		w.text, w.address = drawAddressPattern(t), true
	case 1:
		s := drawAddr(t).String()
		i := rapid.IntRange(0, len(s)-1).Draw(t, "from")
		w.text = s[i : i+rapid.IntRange(1, len(s)-i).Draw(t, "bytes")]
	default:
		w.text = drawTextPattern(slices.Concat(names, texts, []string{"https", "www", "http", "domain"}))(t)
		if i := rapid.IntRange(0, 3).Draw(t, "cut"); i < len(w.text) && w.text[i] < 0x80 && (i == 0 || w.text[i-1] < 0x80) {
			w.text = w.text[i:]
		}
	}
	if w.address && !strings.ContainsAny(w.text, "0123456789abcdefABCDEF") { // *.*, a text
		w.address = false
	}
	if w.address && !strings.ContainsAny(w.text, ".:") {
		w.address = false
	}
	return w
}

// writeWords writes canonical words. Whether a text needs quotes, which is what
// canonical is about, is for the code under test to say.
func writeWords(words [][]refWord) string {
	var list []string
	for _, word := range words {
		var alternatives []string
		for _, w := range word {
			s := pattern{text: w.text, quoted: !w.address}.word()
			if w.not {
				s = "!" + s
			}
			alternatives = append(alternatives, s)
		}
		list = append(list, strings.Join(alternatives, ","))
	}
	return strings.Join(list, " ")
}

func TestParseString(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, _ := drawFilter(t, true)
		if got, err := Parse(f.String()); err != nil || got != f {
			t.Fatalf("%s:\n got %#v, %v\nwant %#v", f, got, err, f)
		}
	})
}

func TestReference(t *testing.T) {
	matched := 0
	rapid.Check(t, func(t *rapid.T) {
		f, words := drawFilter(t, false)
		m, err := f.Compile(services, now)
		if err != nil {
			t.Fatalf("%#v: %v", f, err)
		}
		canonical, err := Parse(f.String())
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		again, err := canonical.Compile(services, now)
		if err != nil {
			t.Fatalf("%#v: %v", canonical, err)
		}
		for _, ev := range rapid.SliceOfN(rapid.Custom(drawEvent), 1, 8).Draw(t, "events") {
			want := refMatch(f, words, ev)
			if got := m.Match(&ev); got != want {
				t.Fatalf("%#v\n%+v\ngot %v, want %v", f, ev, got, want)
			}
			if got := again.Match(&ev); got != want {
				t.Fatalf("canonical %#v\n%+v\ngot %v, want %v", canonical, ev, got, want)
			}
			if want {
				matched++
			}
		}
	})
	if matched == 0 && !t.Failed() && !testing.Short() { // -short draws too few to expect one
		t.Error("no event ever matched: the test is worth nothing")
	}
}

func TestGlob(t *testing.T) {
	letters := rapid.StringOfN(rapid.SampledFrom([]rune("aAbBsſKk\u212a.ßẞéÉ\ufffd漢\xff")), 0, 12, -1)
	patterns := rapid.StringOfN(rapid.SampledFrom([]rune("aAbBsſKk\u212a.ßẞéÉ\ufffd漢***")), 0, 12, -1)
	rapid.Check(t, func(t *rapid.T) {
		p, s := patterns.Draw(t, "pattern"), letters.Draw(t, "text")
		if rapid.Bool().Draw(t, "broken") {
			s += string(rapid.SliceOfN(rapid.SampledFrom([]byte("a\xc3\xa9\xe2\x84\xaa\xff")), 0, 8).Draw(t, "bytes"))
		}
		g := newGlob(p)
		want := wild(p, false).MatchString(s)
		if got := match(&g, s); got != want {
			t.Fatalf("%q on %q: got %v, want %v", p, s, got, want)
		}
		if got := match(&g, []byte(s)); got != want {
			t.Fatalf("%q on bytes %q: got %v, want %v", p, s, got, want)
		}
		g = newContains(p)
		if got, want := match(&g, s), wild(p, true).MatchString(s); got != want {
			t.Fatalf("%q in %q: got %v, want %v", p, s, got, want)
		}
	})
}

// A wildcard made from an address is never refused, and one that is refused
// matches no address.
func TestAddressWildcards(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := drawAddr(t)
		text := a.String()
		p := drawWild(t, text)
		if strings.Contains(p, "*") {
			got, reason := parseAddressGlob(p)
			set := addressSet{}
			set.add(got)
			set.done()
			if !reason.IsZero() || !set.has(a) {
				t.Fatalf("%s: %q does not match %s", p, reason, a)
			}
		}
		symbols := rapid.SampledFrom([]rune("0129acf.::**"))
		p = rapid.StringOfN(symbols, 0, 8, -1).Draw(t, "pattern") + "*" + rapid.StringOfN(symbols, 0, 4, -1).Draw(t, "rest")
		if _, reason := parseAddressGlob(p); !reason.IsZero() && wild(strings.ToLower(p), false).MatchString(text) {
			t.Fatalf("%s is refused (%s), but matches %s", p, reason, a)
		}
	})
}
