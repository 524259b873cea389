package capture

import (
	"strings"
	"testing"
)

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain text":             "plain text",
		" around \r\n\x00":       "around",
		"esc\x1b[31mred":         "esc\ufffd[31mred",
		"c1 \u009b31m":           "c1 \ufffd31m",
		"bidi \u202egpj.exe":     "bidi \ufffdgpj.exe",
		"isolate \u2066x\u2069":  "isolate \ufffdx\ufffd",
		"zero\u200bwidth":        "zero\ufffdwidth",
		"line\u2028separator":    "line\ufffdseparator",
		"broken \xff\xc3(":       "broken \ufffd\ufffd(",
		"Ünïcode ☕ 漢字":           "Ünïcode ☕ 漢字",
		"tab\tand\nline":         "tab\ufffdand\ufffdline",
		"del\x7f":                "del\ufffd",
		"\ufeffbyte order mark":  "\ufffdbyte order mark",
		"private \ue000":         "private \ufffd",
		"no-break\u00a0space":    "no-break\ufffdspace",
		"overlong \xc0\xaf":      "overlong \ufffd\ufffd",
		"surrogate \xed\xa0\x80": "surrogate \ufffd\ufffd\ufffd",
	} {
		got := Clean(in)
		if got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
		if again := Clean(got); again != got {
			t.Errorf("Clean is not idempotent on %q: %q", got, again)
		}
	}
}

func TestCountsAddUp(t *testing.T) {
	var c Counts
	for kind := Traffic; kind <= Rejected; kind++ {
		c.Add(&Event{Kind: kind})
	}
	c.Merge(&Counts{Repeats: 2})
	if c.Received() != 7 || c.Events() != 3 {
		t.Errorf("received %d, events %d", c.Received(), c.Events())
	}
}

// TestTextsAreBounded meets more texts than are remembered.
func TestTextsAreBounded(t *testing.T) {
	var texts Texts
	for i := range 3 * maxTexts {
		s := strings.Repeat("x", 1+i%200) + string(rune('a'+i%26)) + strings.Repeat("y", i/200)
		if got := texts.Clean([]byte(s)); got != s[:min(len(s), MaxText)] || texts.CleanString(s) != got {
			t.Fatalf("%q became %q", s, got)
		}
	}
	if len(texts.cleaned) > maxTexts {
		t.Errorf("remembers %d texts", len(texts.cleaned))
	}
}

// TestParseReason reads every reason, in the words of data and of people.
func TestParseReason(t *testing.T) {
	for r := NoText; int(r) < Reasons; r++ {
		for _, word := range []string{r.String(), r.Plain()} {
			if got, ok := ParseReason(word); got != r || !ok {
				t.Errorf("%q: %v, %v", word, got, ok)
			}
		}
	}
	for _, word := range []string{"", "why"} {
		if got, ok := ParseReason(word); ok {
			t.Errorf("%q: %v", word, got)
		}
	}
}
