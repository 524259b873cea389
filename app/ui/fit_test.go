package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// An address keeps both of its ends: the network and the device.
func TestFitAddress(t *testing.T) {
	test.NewTempApp(t)
	width := func(s string) float32 { return fyne.MeasureText(s, 13, fyne.TextStyle{Monospace: true}).Width }
	for s, want := range map[string]string{"203.0.113.121": "203.….121", "2001:db8:1234:5678::f": "2001…8::f", "192.168.1.5": "192.168.1.5"} {
		if got := Fit(s, width(want), 13, fyne.TextStyle{Monospace: true}); got != want {
			t.Errorf("%s became %s, not %s", s, got, want)
		}
	}
}

// A name in DNS keeps its end, other texts their beginning; what fits is left alone.
func TestFit(t *testing.T) {
	test.NewTempApp(t)
	width := fyne.MeasureText("long.example.com", 13, fyne.TextStyle{}).Width
	for s, want := range map[string]string{
		"example.com":                        "example.com",
		"a.very.long.name.of.example.com":    "….example.com",
		strings.Repeat("x.", 1000) + "com":   "….com",
		"A device with a name that is long":  "A device…",
		"203.0.113.77.203.0.113.77.203.0.11": "203.0.113",
		"https://www.example.com/a/page/of":  "https://",
	} {
		got := Fit(s, width, 13, fyne.TextStyle{})
		if fyne.MeasureText(got, 13, fyne.TextStyle{}).Width > width {
			t.Errorf("%q is too wide", got)
		}
		front := strings.HasPrefix(want, "…")
		if got == want || front && strings.HasPrefix(got, "…") && strings.HasSuffix(got, strings.TrimPrefix(want, "…")) || !front && strings.HasSuffix(got, "…") && strings.HasPrefix(got, strings.TrimSuffix(want, "…")[:6]) {
			continue
		}
		t.Errorf("%.40q became %q", s, got)
	}
}
