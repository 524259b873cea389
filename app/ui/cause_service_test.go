package ui_test

import (
	"net/netip"
	"strings"
	"testing"

	"fyne.io/fyne/v2/lang"

	texts "linklog/app/lang"
	"linklog/app/ui"
	"linklog/app/ui/uitest"
	"linklog/service/localsocket"
)

// Whatever the service refuses is said in German, too.
func TestErrorsOfTheServiceInGerman(t *testing.T) {
	var keys []string
	for _, folder := range []string{"serve", "book", "alerts"} {
		keys = append(keys, uitest.SourceTexts(t, "../../service/"+folder, "phrase.Say")...)
	}
	uitest.Translated(t, "serve", keys)
	german, err := texts.Read("serve", "de")
	if err != nil {
		t.Fatal(err)
	}
	if err := lang.AddTranslationsForLocale(german, lang.SystemLocale()); err != nil {
		t.Fatal(err)
	}
	_, c, _ := uitest.Daemon(t, localsocket.Policy{}, nil)
	names := func(addrs ...netip.Addr) error {
		_, err := c.Names(t.Context(), addrs)
		return err
	}
	for want, err := range map[string]error{
		"Inhalt der Anfrage: ips: eine Adresse ist leer":           names(netip.Addr{}),
		"10001 Adressen sind zu viele: höchstens 10000 auf einmal": names(make([]netip.Addr, 10_001)...),
		"ein Name darf 200 Byte lang sein, dieser hat 300":         c.SetHostLabel(t.Context(), "203.0.113.1", strings.Repeat("n", 300)),
		"die Lesemarke on_alert gehört dem Dienst":                 c.SetCursor(t.Context(), "on_alert", 0),
	} {
		if err == nil || ui.Cause(err) != want {
			t.Errorf("%v is %q; want %q", err, ui.Cause(err), want)
		}
	}
}
