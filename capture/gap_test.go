package capture_test

import (
	"maps"
	"strings"
	"testing"

	"linklog/capture"
)

// What a gap keeps is read as it was written, and nothing else is taken for it.
func TestGapText(t *testing.T) {
	for _, test := range []struct {
		text   string
		code   capture.GapCode // "": none
		values map[string]any
		words  string // "": the text
	}{
		{capture.GapText(capture.GapOff), capture.GapOff, nil, "the service was not running"},
		{capture.GapText(capture.GapEventsLost, "First", uint64(12), "Last", uint64(1<<64-1)), capture.GapEventsLost,
			map[string]any{"First": uint64(12), "Last": uint64(1<<64 - 1)}, "events 12 to 18446744073709551615 are lost: a file of the history was damaged or is missing"},
		{capture.GapText(capture.GapPortTaken, "Port", uint16(162), "By", `x "y" First=1 (process 3)`), capture.GapPortTaken,
			map[string]any{"Port": uint64(162), "By": `x "y" First=1 (process 3)`}, `UDP port 162 was taken by x "y" First=1 (process 3)`},
		{capture.GapText(capture.GapAddress, "Address", "a\x1b[31m"), capture.GapAddress,
			map[string]any{"Address": "a�[31m"}, "this computer did not have the address that is listened on (a�[31m)"},

		// As earlier LinkLogs kept it.
		{text: "the service was not running", code: capture.GapOff},
		{text: "events 1 to 5 are lost: a file of the history was damaged or is missing", code: capture.GapEventsLost, values: map[string]any{"First": uint64(1), "Last": uint64(5)}},
		{text: "UDP port 162 was taken by snmptrapd (process 811)", code: capture.GapPortTaken, values: map[string]any{"Port": uint64(162), "By": "snmptrapd (process 811)"}},
		{text: "this machine did not have the address that is listened on (192.0.2.7)", code: capture.GapAddress, values: map[string]any{"Address": "192.0.2.7"}},
		{text: "the spool is missing, and with it what was received as 7 and later, if it was not stored yet", code: capture.GapSpoolMissing, values: map[string]any{"From": uint64(7)}},

		{text: ""}, {text: "gap:"}, {text: "gap:no-such-code"}, {text: "gap:off "}, {text: "gap:off First=1"}, {text: "gap:events-lost First=12"},
		{text: "gap:events-lost First=12  Last=40"}, {text: "gap:events-lost Last=40 First=12"}, {text: "gap:events-lost First=012 Last=40"},
		{text: "gap:events-lost First=12 Last=40 Last=40"}, {text: "gap:address Address=\"\x1b\""}, {text: `gap:address Address="\x1b"`}, {text: "gap:address Address=\""},
		{text: "a sentence of somebody else"},
	} {
		code, values, known := capture.ReadGap(test.text)
		if code != test.code || known != (test.code != "") || !maps.Equal(values, test.values) {
			t.Errorf("%q: %q %v %v", test.text, code, values, known)
		}
		if test.words == "" {
			test.words = test.text
		}
		ev := capture.Event{Kind: capture.Gap, Text: test.text}
		if got := ev.Message(); got != test.words || capture.InWords(test.text) != got {
			t.Errorf("%q reads %q", test.text, got)
		}
		if got := capture.Wording(test.text).String(); known && strings.Contains(got, "{{") || !known && got != test.text {
			t.Errorf("%q is %q", test.text, got)
		}
	}
	// What a router sends is no code of ours, whatever it looks like.
	if ev := (capture.Event{Kind: capture.System, Text: "gap:off"}); ev.Message() != "gap:off" {
		t.Error(ev.Message())
	}
}
