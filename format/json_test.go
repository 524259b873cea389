package format

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/format/services"
)

func TestJSON(t *testing.T) {
	proto99 := inbound()
	proto99.Proto = 99
	for _, test := range []struct {
		name string
		ev   capture.Event
		o    Options
		want string
	}{
		{"in", inbound(), Options{}, `{"seq":7,"time":"2026-11-23T01:48:23.456Z","kind":"traffic","router":"192.168.1.1",` +
			`"direction":"in","protocol":"TCP","src_ip":"203.0.113.4","src_port":51234,` +
			`"dst_ip":"192.168.1.10","dst_port":80,"dst_service":"http"}`},
		{"out, new", outbound(), Options{}, `{"seq":8,"time":"2026-11-23T01:48:23.456Z","kind":"traffic","router":"192.168.1.1",` +
			`"direction":"out","protocol":"UDP","src_ip":"192.168.1.10","src_port":53001,` +
			`"dst_ip":"8.8.8.8","dst_host":"dns.google","dst_port":53,"dst_service":"domain","new":true}`},
		{"out, names and services off", outbound(), Options{NoNamesSource: true, NoNamesDest: true, PortNumbers: true},
			`{"seq":8,"time":"2026-11-23T01:48:23.456Z","kind":"traffic","router":"192.168.1.1",` +
				`"direction":"out","protocol":"UDP","src_ip":"192.168.1.10","src_port":53001,` +
				`"dst_ip":"8.8.8.8","dst_port":53,"new":true}`},
		{"old form, names off", oldNamed(), Options{NoNamesDest: true}, `{"time":"2026-11-23T01:48:23.456Z","kind":"traffic",` +
			`"router":"192.168.1.1","direction":"out","src_ip":"192.168.1.61","src_port":32949,` +
			`"dst_host":"slashdot.org","dst_port":80,"dst_service":"http"}`},
		{"no name for the protocol", proto99, Options{}, `{"seq":7,"time":"2026-11-23T01:48:23.456Z","kind":"traffic",` +
			`"router":"192.168.1.1","direction":"in","protocol":"99","src_ip":"203.0.113.4","src_port":51234,` +
			`"dst_ip":"192.168.1.10","dst_port":80}`},
		{"WAN", wan(), Options{}, `{"seq":9,"time":"2026-11-23T01:48:23.456Z","kind":"wan","router":"192.168.1.1",` +
			`"dst_ip":"203.0.113.7","text":"WAN IP = 203.0.113.7"}`},
		{"other", other(), Options{}, `{"time":"2026-11-23T01:48:23.456Z","kind":"other","router":"fe80::1%eth0",` +
			`"text":"@in TCP from","reason":"malformed traffic message","raw":"MIIABGFiY/8="}`},
		{"volume", measured(), Options{}, `{"seq":7,"time":"2026-11-23T01:48:23.456Z","kind":"traffic","router":"192.168.1.1",` +
			`"direction":"in","protocol":"TCP","src_ip":"203.0.113.4","src_port":51234,"dst_ip":"192.168.1.10","dst_port":80,"dst_service":"http",` +
			`"src_bytes":1500,"src_packets":3,"dst_packets":18446744073709551615}`},
		{"nothing", capture.Event{}, Options{}, `{}`},
	} {
		test.o.Services = table(t)
		if got := string(AppendJSON(nil, &test.ev, &test.o)); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.name, got, test.want)
		}
	}
}

func TestJSONEscapes(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"plain", `plain`},
		{`a"b\c/d`, `a\"b\\c/d`},
		{"\x00\x1b\n\x7f", `\u0000\u001b\u000a\u007f`},
		{"\u009b\u2028\u2029\u202e\u200b", `\u009b\u2028\u2029\u202e\u200b`},
		{"\U000e0041\U0010ffff", `\udb40\udc41\udbff\udfff`},
		{"\xffx\xe2\x80", `�x��`},
		{"ü 日本 🙂 \ufffd", `ü 日本 🙂 �`},
	} {
		ev := capture.Event{Kind: capture.System, Text: test.text}
		got := string(AppendJSON(nil, &ev, nil))
		if want := `{"kind":"system","text":"` + test.want + `"}`; got != want {
			t.Errorf("%q:\n got %s\nwant %s", test.text, got, want)
		}
	}
}

// Whatever is in an event, the output is JSON that a terminal can show, and
// another reader finds the text in it.
func TestJSONHostile(t *testing.T) {
	for _, text := range nasty {
		ev := hostile(text)
		line := AppendJSON([]byte("before "), &ev, nil)[len("before "):]
		checkPrintable(t, line)
		var got map[string]any
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if want := strings.ToValidUTF8(text, "\ufffd"); text != "" && strings.Count(want, "\ufffd") == 0 && got["text"] != want {
			t.Errorf("text %q, want %q", got["text"], want)
		}
	}
}

// measured is inbound of which is known how much was sent, as far as the router reported it.
func measured() capture.Event {
	ev := inbound()
	ev.Src.Sent, ev.Dst.Sent = capture.Volume{Bytes: 1500, Packets: 3}, capture.Volume{Packets: math.MaxUint64}
	return ev
}

func TestParseJSON(t *testing.T) {
	for _, ev := range []capture.Event{inbound(), outbound(), refused(), oldNamed(), wan(), other(), measured()} {
		line := AppendJSON(nil, &ev, &Options{Services: services.IANA()})
		got, err := ParseJSON(line)
		if err != nil || got != ev {
			t.Errorf("%s:\n got %+v, %v\nwant %+v", line, got, err, ev)
		}
	}
	for _, test := range []struct {
		name, line string
		want       capture.Event
	}{
		{"unknown members", `{"kind":"traffic","owner":{"asn":[1]},"src_service":7}`, capture.Event{Kind: capture.Traffic}},
		{"other zone", `{"kind":"wan","time":"2026-11-23T02:48:23.456+01:00"}`, capture.Event{Kind: capture.WAN, Time: when}},
		{"mapped address", `{"kind":"wan","dst_ip":"::ffff:192.0.2.1"}`, capture.Event{Kind: capture.WAN, Dst: capture.Endpoint{Addr: addr("192.0.2.1")}}},
		{"not clean", `{"kind":"system","text":"\u001b[2J","src_host":"\u202e"}`,
			capture.Event{Kind: capture.System, Text: "\ufffd[2J", Src: capture.Endpoint{Name: "\ufffd"}}},
		{"spaces and null", " { \"kind\" : \"system\", \"text\": null }\n", capture.Event{Kind: capture.System}},
	} {
		got, err := ParseJSON([]byte(test.line))
		if err != nil || got != test.want {
			t.Errorf("%s: %+v, %v", test.name, got, err)
		}
	}
}

func TestParseJSONErrors(t *testing.T) {
	for _, test := range []struct{ name, line, want string }{
		{"empty", ``, "unexpected end"},
		{"no object", `[]`, "cannot unmarshal array"},
		{"cut", `{"kind":"traffic"`, "unexpected end"},
		{"two", `{"kind":"traffic"}{}`, "after top-level value"},
		{"no kind", `{"seq":1}`, "no kind"},
		{"kind", `{"kind":"gone"}`, `kind: unknown word "gone"`},
		{"direction", `{"kind":"traffic","direction":"IN"}`, `direction: unknown word "IN"`},
		{"reason", `{"kind":"other","reason":"why"}`, `reason: unknown word "why"`},
		{"protocol", `{"kind":"traffic","protocol":"256"}`, `protocol: unknown word "256"`},
		{"protocol type", `{"kind":"traffic","protocol":6}`, "cannot unmarshal number"},
		{"port", `{"kind":"traffic","src_port":65536}`, "cannot unmarshal number 65536"},
		{"port type", `{"kind":"traffic","dst_port":"80"}`, "cannot unmarshal string"},
		{"seq", `{"kind":"traffic","seq":-1}`, "cannot unmarshal number"},
		{"time", `{"kind":"traffic","time":"yesterday"}`, "time: "},
		{"router", `{"kind":"traffic","router":"300.1.1.1"}`, "router: "},
		{"source", `{"kind":"traffic","src_ip":"\u001b"}`, "src_ip: "},
		{"destination", `{"kind":"traffic","dst_ip":"1.2.3.4:5"}`, "dst_ip: "},
		{"zone", `{"kind":"traffic","dst_ip":"fe80::1%\u001b"}`, "dst_ip: unprintable zone"},
		{"raw", `{"kind":"other","raw":"*"}`, "illegal base64"},
		{"raw length", `{"kind":"other","raw":"` + strings.Repeat("AAAA", 1000) + `"}`, "raw: 3000 bytes, more than 2048"},
		{"length", `{"kind":"other","text":"` + strings.Repeat("A", MaxJSON) + `"}`, "bytes, more than 1048576"},
	} {
		_, err := ParseJSON([]byte(test.line))
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "read event: ") {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		checkPrintable(t, []byte(err.Error()))
	}
}

// Times that RFC 3339 cannot write are left out.
func TestJSONTime(t *testing.T) {
	for _, at := range []time.Time{{}, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC)} {
		ev := capture.Event{Kind: capture.System, Time: at}
		if got := string(AppendJSON(nil, &ev, nil)); got != `{"kind":"system"}` {
			t.Errorf("%v: %s", at, got)
		}
	}
}

// All members of a record are written by AppendJSON, under the same name.
func TestRecordMembers(t *testing.T) {
	columns := append(strings.Split(csvHeader, ","), "gap", "values", "src_mac", "dst_mac") // these not in CSV
	fields := reflect.TypeFor[record]()
	for i := range fields.NumField() {
		if tag := fields.Field(i).Tag.Get("json"); !strings.Contains(","+strings.Join(columns, ",")+",", ","+tag+",") {
			t.Errorf("%s is not written", tag)
		}
	}
}

// An imported event says so: its number is none of those that were received.
func TestJSONImport(t *testing.T) {
	for _, test := range []struct {
		number int32
		want   string
	}{
		{0, `{"seq":7,"kind":"system"}`}, {12, `{"seq":7,"kind":"system","import":12}`}, {capture.Unnumbered, `{"seq":7,"kind":"system","import":0}`},
	} {
		ev := capture.Event{Seq: 7, Kind: capture.System, Import: test.number}
		line := AppendJSON(nil, &ev, nil)
		if string(line) != test.want {
			t.Errorf("got %s\nwant %s", line, test.want)
		}
		if got, err := ParseJSON(line); err != nil || got != ev {
			t.Errorf("%s is read as %+v, %v", line, got, err)
		}
	}
	for _, line := range []string{`{"kind":"system","import":-1}`, `{"kind":"system","import":4294967296}`, `{"kind":"system","import":"1"}`, `{"kind":"system","import":1.5}`} {
		if ev, err := ParseJSON([]byte(line)); err == nil {
			t.Errorf("%s is read as %+v", line, ev)
		}
	}
}

// A gap is a sentence for people and a code with values for programs, and is read as it
// was; what an earlier LinkLog kept is a sentence only.
func TestJSONGap(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{capture.GapText(capture.GapRate), `{"kind":"gap","text":"a source sent more than its rate allows","lost":3,"gap":"rate"}`},
		{capture.GapText(capture.GapPortTaken, "Port", 162, "By", `a "b"`), `{"kind":"gap","text":"UDP port 162 was taken by a \"b\"","lost":3,"gap":"port-taken","values":{"By":"a \"b\"","Port":162}}`},
		{capture.GapText(capture.GapEventsLost, "First", uint64(1), "Last", uint64(1<<63)), `{"kind":"gap","text":"events 1 to 9223372036854775808 are lost: a file of the history was damaged or is missing","lost":3,"gap":"events-lost","values":{"First":1,"Last":9223372036854775808}}`},
		{"the service was not running", `{"kind":"gap","text":"the service was not running","lost":3}`},
	} {
		ev := capture.Event{Kind: capture.Gap, Text: test.text, Lost: 3}
		line := AppendJSON(nil, &ev, nil)
		if string(line) != test.want {
			t.Errorf("%s", line)
		}
		if back, err := ParseJSON(line); err != nil || back != ev {
			t.Errorf("%s: %+v, %v", line, back, err)
		}
	}
	// What a newer LinkLog says is for people; other kinds have no such thing.
	for line, want := range map[string]string{
		`{"kind":"gap","text":"words","gap":"newer","values":{"A":1}}`:                "words",
		`{"kind":"gap","text":"words","gap":"events-lost","values":{"First":[1]}}`:    "words",
		`{"kind":"gap","text":"words","gap":"address","values":{"Address":"\u001b"}}`: "gap:address Address=\"\ufffd\"",
		`{"kind":"system","text":"words","gap":"rate"}`:                               "words",
	} {
		if ev, err := ParseJSON([]byte(line)); err != nil || ev.Text != want {
			t.Errorf("%s: %q, %v", line, ev.Text, err)
		}
	}
}

// The lines of attempts are read the quick way, which is there for them.
func TestUsualJSON(t *testing.T) {
	for _, ev := range []capture.Event{inbound(), outbound()} {
		ev.Text, ev.Verdict = "eth0 rule 5", capture.Blocked
		line := AppendJSON(nil, &ev, nil)
		if r := new(record); !r.usual(string(line)) {
			t.Errorf("%s is not read the quick way", line)
		}
		if got, err := ParseJSON(line); err != nil || got != ev {
			t.Errorf("%s:\n got %+v, %v\nwant %+v", line, got, err, ev)
		}
	}
}
