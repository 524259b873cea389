package phrase_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
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

func TestPhraseOverTheSocket(t *testing.T) {
	type P = map[string]any
	why := phrase.Say("{{.Port}} is in use", "Port", 1_000_162)
	sent := phrase.Say("{{.Name}}: {{.Why}}, {{.Err}} {{.Share}}%, {{.Yes}}",
		"Name", `"a" {{.Why}}`, "Why", why, "Err", io.ErrUnexpectedEOF, "Share", 0.5, "Yes", true)
	b, err := json.Marshal(sent)
	if err != nil {
		t.Fatal(err)
	}
	var got phrase.Phrase
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	want := phrase.Phrase{Format: sent.Format, Values: P{
		"Name": `"a" {{.Why}}`, "Why": why, "Err": phrase.Say("{{.Text}}", "Text", "unexpected EOF"), "Share": 0.5, "Yes": true}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %#v, want %#v", got, want)
	}
	if got.String() != `"a" {{.Why}}: 1000162 is in use, unexpected EOF 0.5%, true` || got.String() != sent.String() {
		t.Error(got)
	}
	for _, bare := range []phrase.Phrase{{}, phrase.Say("It works.")} {
		b, _ := json.Marshal(bare)
		if want := `{"format":"` + bare.Format + `"}`; string(b) != want {
			t.Errorf("%s, want %s", b, want)
		}
	}
	for _, bad := range []string{`[]`, `{"format":1}`, `{"values":{"A":{"format":2}}}`, `{"values":7}`} {
		if err := json.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("%s was read as %v", bad, got)
		}
	}
}

func TestPhraseIsAnError(t *testing.T) {
	sentence := phrase.Say("{{.A}} is wrong: {{.Err}}", "A", 7, "Err", io.ErrUnexpectedEOF)
	err := fmt.Errorf("open: %w", sentence)
	if got := phrase.Of(err); !reflect.DeepEqual(got, sentence) || err.Error() != "open: 7 is wrong: unexpected EOF" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v, %v", err, got)
	}
	if got := phrase.Of(io.EOF).String(); got != "EOF" {
		t.Error(got)
	}
}
