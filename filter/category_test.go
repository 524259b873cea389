package filter

import (
	"testing"
	"time"

	"linklog/capture"
)

func TestCategory(t *testing.T) {
	to := func(proto capture.Protocol, port uint16) capture.Event {
		return attempt(capture.Out, proto, end("192.168.1.10", "", 53), end("203.0.113.7", "", port))
	}
	events := []capture.Event{
		to(capture.TCP, 53), to(capture.UDP, 123), to(0, 53), to(0, 123), // names and time
		to(capture.TCP, 443), to(0, 443), // web
		to(capture.UDP, 443), to(0, 80), to(capture.TCP, 4711), to(capture.ICMP, 0), {Kind: capture.System, Text: "web"}, // neither
	}
	for text, want := range map[string]string{
		"category:web":                       "....xx.....",
		`category:"Names and Time"`:          "xxxx.......",
		"category:*time,web":                 "xxxxxx.....",
		"category:*":                         "xxxxxx.....",
		"!category:*":                        "......xxxxx",
		`category:*,!web`:                    "xxxx.......",
		`category:web proto:tcp`:             "....x......",
		`dport:53 category:"names and time"`: "x.x........",
	} {
		f, err := Parse(text)
		if err != nil {
			t.Fatal(text, err)
		}
		m, err := f.Compile(services, time.Now())
		if err != nil {
			t.Fatal(text, err)
		}
		got := ""
		for i := range events {
			if m.Match(&events[i]) {
				got += "x"
			} else {
				got += "."
			}
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"category:wep":  "unknown category: did you mean web?",
		"category:tea*": "unknown category: the categories are games, names and time, web",
	} {
		f, err := Parse(text)
		if err == nil {
			_, err = f.Compile(services, time.Now())
		}
		if e, ok := err.(*Error); !ok || e.Reason.String() != want {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	if _, err := (Filter{Category: "web"}).Compile(nil, time.Now()); err == nil {
		t.Error("no table of services, but no error")
	}
}
