package settings

import (
	"testing"

	"linklog/app/ui/uitest"
	"linklog/assets/listed"
)

func TestAllTextsAreTranslated(t *testing.T) {
	keys := uitest.SourceTexts(t, ".", "lang.L", "lang.N")
	for _, g := range groups() {
		keys = append(keys, g.title)
		for _, f := range g.fields {
			for _, text := range []string{f.label, f.help, f.unit, f.empty} {
				if text != "" {
					keys = append(keys, text)
				}
			}
		}
	}
	for _, l := range listed.Known() {
		keys = append(keys, l.About, l.Terms)
	}
	uitest.Translated(t, "settings", keys)
}
