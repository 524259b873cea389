package format

import (
	"encoding/json"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"linklog/capture"
)

// drawEvent draws an event as capture makes them: texts clean, times in UTC.
func drawEvent(t *rapid.T) capture.Event {
	text := rapid.Map(rapid.OneOf(rapid.String(), rapid.SampledFrom(nasty)), capture.Clean)
	address := rapid.Custom(func(t *rapid.T) netip.Addr {
		switch rapid.IntRange(0, 3).Draw(t, "family") {
		case 0:
			return netip.Addr{}
		case 1:
			return netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "ip4")))
		case 2:
			return netip.AddrFrom16([16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "ip6"))).Unmap()
		}
		return netip.MustParseAddr("fe80::1").WithZone(text.Draw(t, "zone"))
	})
	end := rapid.Custom(func(t *rapid.T) capture.Endpoint {
		return capture.Endpoint{Addr: address.Draw(t, "addr"), Name: text.Draw(t, "name"), Port: rapid.Uint16().Draw(t, "port")}
	})
	ev := capture.Event{
		Seq:    rapid.Uint64().Draw(t, "seq"),
		Router: address.Draw(t, "router"), RouterName: text.Draw(t, "router's name"),
		Kind:   capture.Kind(rapid.IntRange(int(capture.Traffic), int(capture.Gap)).Draw(t, "kind")),
		Reason: capture.Reason(rapid.IntRange(0, capture.Reasons-1).Draw(t, "reason")),
		Dir:    capture.Direction(rapid.IntRange(0, int(capture.Out)).Draw(t, "direction")),
		Proto:  capture.Protocol(rapid.Byte().Draw(t, "protocol")),
		New:    rapid.Bool().Draw(t, "new"),
		Src:    end.Draw(t, "src"),
		Dst:    end.Draw(t, "dst"),
		Text:   text.Draw(t, "text"),
		Lost:   rapid.Uint64().Draw(t, "lost"),
		Raw:    string(rapid.SliceOfN(rapid.Byte(), 0, capture.MaxRaw).Draw(t, "raw")),
	}
	for _, at := range []*time.Time{&ev.Time, &ev.Since} {
		if rapid.Bool().Draw(t, "has time") {
			sec := rapid.Int64Range(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix())
			*at = time.Unix(sec.Draw(t, "sec"), rapid.Int64Range(0, 999_999_999).Draw(t, "nsec")).UTC()
		}
	}
	return ev
}

func TestJSONRoundTrip(t *testing.T) {
	o := Options{Services: table(t)}
	rapid.Check(t, func(t *rapid.T) {
		ev := drawEvent(t)
		line := AppendJSON(nil, &ev, &o)
		if !json.Valid(line) {
			t.Fatalf("not JSON: %s", line)
		}
		got, err := ParseJSON(line)
		if err != nil || got != ev {
			t.Fatalf("%s:\n got %+v, %v\nwant %+v", line, got, err, ev)
		}
	})
}

func TestJSONAlwaysValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ev := hostile(string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")))
		line := AppendJSON(nil, &ev, nil)
		var got map[string]any
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		for _, r := range string(line) {
			if !capture.Printable(r) {
				t.Fatalf("%U in %q", r, line)
			}
		}
	})
}

func TestCSVRoundTrip(t *testing.T) {
	o := Options{Services: table(t)}
	rapid.Check(t, func(rt *rapid.T) {
		ev := drawEvent(rt)
		row := readRow(t, AppendCSV(nil, &ev, &o))
		var want map[string]any
		dec := json.NewDecoder(strings.NewReader(string(AppendJSON(nil, &ev, &o))))
		dec.UseNumber()
		if err := dec.Decode(&want); err != nil {
			rt.Fatal(err)
		}
		for i, column := range strings.Split(csvHeader, ",") {
			got := row[i]
			switch column {
			case "src_host", "dst_host", "text", "raw", "router_host":
				got = strings.TrimPrefix(got, "'")
			}
			var field string
			switch v := want[column].(type) {
			case string:
				field = v
			case json.Number:
				field = v.String()
			case bool:
				field = strconv.FormatBool(v)
			}
			if got != field {
				rt.Fatalf("%s: %q, want %q", column, row[i], field)
			}
		}
	})
}

// For any template that compiles and any event, there is nothing unprintable in
// the output but what the template itself holds.
func TestTemplateProperty(t *testing.T) {
	words := []string{" ", "%%", "x", "→", "%{time:15h}"}
	for _, info := range Tokens() {
		if !strings.Contains(info.Token, "LAYOUT") {
			words = append(words, info.Token)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		template := strings.Join(rapid.SliceOf(rapid.SampledFrom(words)).Draw(t, "template"), "")
		tmpl, err := Compile(template)
		if err != nil {
			t.Fatal(err)
		}
		ev := hostile(string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")))
		ev.Dir = capture.Direction(rapid.Byte().Draw(t, "direction"))
		ev.Kind = capture.Kind(rapid.Byte().Draw(t, "kind"))
		ev.Reason = capture.Reason(rapid.Byte().Draw(t, "reason"))
		out := NewFormatter(tmpl, Options{Location: zone}).Append(nil, &ev)
		if !utf8.Valid(out) || capture.Clean(string(out)) != strings.Trim(string(out), " ") {
			t.Fatalf("%q: %q", template, out)
		}
	})
}
