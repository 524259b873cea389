package template

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"linklog/app/ui/uitest"
	"linklog/capture"
)

func TestTemplatePage(t *testing.T) {
	b := uitest.New(t, nil)
	var events []capture.Event
	for i := range 100 {
		end := func(ip string) capture.Endpoint {
			return capture.Endpoint{Addr: netip.MustParseAddr(ip), Port: uint16(i)}
		}
		events = append(events, capture.Event{Kind: capture.Traffic, Dir: capture.Out, Proto: capture.TCP, Time: time.Now(), Src: end("192.168.1.10"), Dst: end("203.0.113.4")})
	}
	p := New(b.Context, func(n int) []capture.Event { return events[max(0, len(events)-n):] })
	b.Open(p, 900, 700)
	p.Show()
	if n := strings.Count(p.preview.Text, "\n") + 1; n != previewed || !strings.Contains(p.preview.Text, " -> ") {
		t.Errorf("%d lines: %s", n, p.preview.Text)
	}
	p.set("%i %x")
	if !p.wrong.Visible() || !strings.HasPrefix(p.wrong.Text, "   ^ %x: ") || !p.use.Disabled() {
		t.Errorf("%q", p.wrong.Text)
	}
	if p.preview.Text != "" || !p.keep.Disabled() {
		t.Errorf("what the template before made is still there: %q", p.preview.Text)
	}
	p.set(" ")
	if !p.wrong.Visible() || !p.use.Disabled() || !p.keep.Disabled() {
		t.Error("an empty template can be used")
	}
	p.save()
	if n := len(b.Window.Canvas().Overlays().List()); n != 0 {
		t.Error("an empty template can be saved")
	}
	p.apply()
	if b.Prefs.Get().Template != "" {
		t.Error("a wrong template is used")
	}
	p.set("")
	test.Type(p.entry, "a")
	p.insert("%p")
	if p.entry.Text != "a%p" {
		t.Errorf("%q", p.entry.Text)
	}
	p.apply()
	if b.Prefs.Template() != "a%p" {
		t.Errorf("%q", b.Prefs.Template())
	}
	b.Prefs.SavePreset("mine", "%i")
	p.remove("mine")
	b.Window.Canvas().FocusNext()
	b.Window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if own := b.Prefs.Get().Presets; len(own) != 0 {
		t.Errorf("removed, and still there: %v", own)
	}
	for _, preset := range presets() {
		p.set(preset.Template)
		if p.wrong.Visible() {
			t.Errorf("%s: %s", preset.Name, p.wrong.Text)
		}
	}
	for _, token := range tokens() {
		p.set(token[0])
		if p.wrong.Visible() {
			t.Errorf("%s: %s", token[0], p.wrong.Text)
		}
	}
}

// All presets can be removed, and the built-in ones can be brought back.
func TestRemovePresets(t *testing.T) {
	b := uitest.New(t, nil)
	p := New(b.Context, func(int) []capture.Event { return nil })
	labels := func(m *fyne.Menu) (list []string) {
		for _, item := range m.Items {
			if !item.IsSeparator {
				list = append(list, item.Label)
			}
		}
		return list
	}
	remove := func(m *fyne.Menu) *fyne.MenuItem {
		i := slices.IndexFunc(m.Items, func(item *fyne.MenuItem) bool { return item.ChildMenu != nil })
		return m.Items[i].ChildMenu.Items[0]
	}
	before := labels(p.menu())
	for _, preset := range presets() {
		remove(p.menu()).Action()
		if got := labels(p.menu()); slices.Contains(got, preset.Name) {
			t.Errorf("%s is still there: %v", preset.Name, got)
		}
	}
	if got := labels(p.menu()); len(got) != 1 {
		t.Fatalf("left: %v", got)
	}
	p.menu().Items[0].Action()
	if got := labels(p.menu()); !slices.Equal(got, before) {
		t.Errorf("%v, want %v", got, before)
	}
}
