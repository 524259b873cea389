package date

import (
	"slices"
	"testing"
	"time"

	"linklog/app/translations"
	"linklog/when"
)

// The words that are offered are understood, in each language.
func TestWordsAreUnderstood(t *testing.T) {
	t.Cleanup(func() {
		if err := translations.Load("en"); err != nil {
			t.Error(err)
		}
	})
	now := time.Now()
	for language, yesterday := range map[string]string{"en": "yesterday", "de": "gestern"} {
		if err := translations.Load(language); err != nil {
			t.Fatal(err)
		}
		if list := Words(); !slices.Contains(list, yesterday) {
			t.Errorf("%s: %q", language, list)
		}
		for _, word := range Words() {
			if _, err := when.Time(word, now); err != nil {
				t.Errorf("%s: %s %v", language, word, err)
			}
		}
		for _, word := range Days() {
			if _, _, err := when.Day(word, now); err != nil {
				t.Errorf("%s: %s %v", language, word, err)
			}
		}
	}
}
