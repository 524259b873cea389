package help

import (
	"testing"

	"linklog/app/ui/uitest"
	"linklog/filter"
)

func TestAllTextsAreTranslated(t *testing.T) {
	keys := uitest.SourceTexts(t, ".", "lang.L", "lang.N")
	for _, f := range filter.Fields() {
		keys = append(keys, f.Label, f.Help)
	}
	uitest.Translated(t, "help", keys)
}
