package phrase_test

import (
	"slices"
	"strings"
	"testing"

	"linklog/phrase"
)

func TestNearest(t *testing.T) {
	known := []string{"https", "http", "domain", "direction", "Destination", "ip"}
	for word, want := range map[string]string{
		"htps": "https", "HTTP": "http", "htpp": "http", "httpss": "https", // the first of several that are as near
		"dircetion": "direction", "directoin": "direction", "destinatio": "Destination",
		"domian": "domain", "domaain": "domain", "doomaain": "domain", "dooomaain": "",
		"dmn": "", "h": "", "": "", "ipp": "ip", "zz": "",
		strings.Repeat("direction", 4): "",
	} {
		if got := phrase.Nearest(word, slices.Values(known)); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}
