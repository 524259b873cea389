package phrase_test

import (
	"testing"

	"linklog/phrase"
)

func TestPhrase(t *testing.T) {
	p := phrase.Say("{{.A}} and {{.B}}", "A", "{{.B}}", "B", 2)
	if got := p.String(); got != "{{.B}} and 2" {
		t.Error(got)
	}
	if got := (phrase.Phrase{}).String(); got != "" {
		t.Error(got)
	}
}
