package ui_test

import (
	"net/netip"
	"testing"

	"fyne.io/fyne/v2/lang"

	texts "linklog/app/lang"
	"linklog/app/ui"
	"linklog/app/ui/uitest"
	"linklog/service/localsocket"
)

// Whatever the service refuses is said in German, too.
func TestErrorsOfTheServiceInGerman(t *testing.T) {
	uitest.Translated(t, "serve", uitest.SourceTexts(t, "../../service/serve", "phrase.Say"))
	german, err := texts.Read("serve", "de")
	if err != nil {
		t.Fatal(err)
	}
	if err := lang.AddTranslationsForLocale(german, lang.SystemLocale()); err != nil {
		t.Fatal(err)
	}
	_, c, _ := uitest.Daemon(t, localsocket.Policy{}, nil)
	_, err = c.Names(t.Context(), []netip.Addr{{}})
	if want := "Inhalt der Anfrage: ips: eine Adresse ist leer"; err == nil || ui.Cause(err) != want {
		t.Errorf("%v; want %s", err, want)
	}
	_, err = c.Names(t.Context(), make([]netip.Addr, 10_001))
	if want := "10001 Adressen sind zu viele: höchstens 10000 auf einmal"; err == nil || ui.Cause(err) != want {
		t.Errorf("%q; want %s", ui.Cause(err), want)
	}
}
