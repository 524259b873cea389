package setup

import (
	"testing"

	"linklog/app/ui/uitest"
)

func TestAllTextsAreTranslated(t *testing.T) {
	keys := uitest.SourceTexts(t, ".", "lang.L", "lang.N", "phrase.Say")
	keys = append(keys, uitest.SourceTexts(t, "../../service/doctor", "phrase.Say")...)
	// What firewall_linux.go and firewall_darwin.go say through a variable.
	keys = append(keys, "To allow the router's messages, type in a terminal:", "Allow incoming connections for linklog in System Settings, Network, Firewall, Options.")
	uitest.Translated(t, "setup", keys)
	uitest.Translated(t, "guide", uitest.SourceTexts(t, "../../service/guide", "phrase.Say", "say"))
}
