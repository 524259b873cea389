package setup

import (
	"net/netip"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"linklog/app/translations"
	"linklog/app/ui/look"
	"linklog/app/ui/uitest"
	"linklog/phrase"
	"linklog/service/api"
	"linklog/service/guide"
	"linklog/service/health"
	"linklog/service/localsocket"
)

// Nothing is cut and nothing lies over something else as soon as all is known, in both languages, wide
// and narrow, also with much to say.
func TestWhole(t *testing.T) {
	a := test.NewTempApp(t)
	a.Settings().SetTheme(look.Theme{})
	_, c, _ := uitest.Daemon(t, localsocket.Policy{}, nil)
	s := uitest.NewShell(t, c)
	taken := api.Status{
		Port: 162, Open: true, Ports: []api.Port{{Port: 162, Open: true}, {Port: 514}, {Port: 2055}},
		Troubles: []api.Trouble{{Code: health.PortTaken, Place: "514", Reason: phrase.Say("Port 514 is in use by rsyslogd (process 421). If you do not need it, stop it with: sudo systemctl stop rsyslog.service")}},
	}
	t.Cleanup(func() { // for the tests that follow
		if err := translations.Load("en"); err != nil {
			t.Error(err)
		}
	})
	for _, language := range []string{"en", "de"} {
		if err := translations.Load(language); err != nil {
			t.Fatal(err)
		}
		for _, width := range []float32{500, 660, 1100} {
			p := New(s.Context, Options{})
			test.NewTempWindow(t, p.Content()).Resize(fyne.NewSize(width, 4000))
			for _, id := range []string{"asus", "openwrt", "d-link"} {
				r, _ := guide.Find(id)
				p.chooser.choose(r)
				p.facts.asked, p.facts.examined, p.facts.status = true, true, taken
				p.facts.came = guide.Facts{Open: true, Closed: guide.ClosedPorts(&taken)}
				p.facts.addresses = []netip.Addr{netip.MustParseAddr("192.168.123.105")}
				p.show()
				for range 3 { // as a window does from one frame to the next, until all has its size
					p.content.Refresh()
				}
				for _, flaw := range uitest.Flaws(p.Content()) {
					t.Errorf("%s, %s, %v wide: %s", language, id, width, flaw)
				}
			}
		}
	}
}
