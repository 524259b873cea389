package phrase_test

import (
	"errors"
	"fmt"
	"testing"

	"linklog/phrase"
)

func TestWords(t *testing.T) {
	german := phrase.Words{"{{.A}} of {{.B}}": "{{.A}} von {{.B}}", "nobody": "niemand", "{{.A}} is wrong: {{.Why}}": "{{.A}} ist falsch: {{.Why}}"}
	for want, got := range map[string]string{
		"1 von niemand":         german.L("{{.A}} of {{.B}}", "A", 1, "B", phrase.Say("nobody")),
		"{{.B}} von nobody":     german.L("{{.A}} of {{.B}}", "A", "{{.B}}", "B", "nobody"), // a value is no text
		"x ist falsch: niemand": german.Say(phrase.Of(fmt.Errorf("no: %w", phrase.Say("{{.A}} is wrong: {{.Why}}", "A", "x", "Why", phrase.Say("nobody"))))),
		"2 ist falsch: EOF":     german.L("{{.A}} is wrong: {{.Why}}", "A", 2, "Why", errors.New("EOF")),
		"a new text":            german.L("a new text"),
		"1 of nobody":           phrase.Words(nil).L("{{.A}} of {{.B}}", "A", 1, "B", phrase.Say("nobody")),
		"":                      german.Say(phrase.Phrase{}),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
