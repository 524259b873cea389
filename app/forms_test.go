package app

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"linklog/app/ui"
	"linklog/filter"
)

// The form and the search text are two views of one filter; what is wrong is told at
// its field, and only when the field is left.
func TestFilterPanel(t *testing.T) {
	b := start(t, t.TempDir())
	b.listening()
	b.demo(1000)
	b.until("all rows are there", func() bool { return b.model.store.Len() == 1000 })
	b.shell.toggleFilter()
	p := b.logPage.form
	if !b.logPage.side.Visible() {
		t.Fatal("the form is not shown")
	}

	b.showLog("dir:in port:ssh src:203.0.113.0/24 text:x")
	if p.way.Chosen() != 1 || p.fields["port"].Text != "ssh" || p.fields["ip-source"].Text != "203.0.113.0/24" || p.fields["text"].Text != "x" {
		t.Errorf("%d %q %q", p.way.Chosen(), p.fields["port"].Text, p.fields["ip-source"].Text)
	}
	b.showLog("")
	p.fields["port"].SetText("443, 80")
	if b.model.query != "" {
		t.Error("applied while somebody types")
	}
	p.fields["port"].FocusLost()
	if b.model.query != "port:443,80" || b.shell.search.entry.Text != "port:443,80" {
		t.Errorf("%q %q", b.model.query, b.shell.search.entry.Text)
	}
	matching := b.model.view.Len()
	if want := ui.Number(uint64(matching)) + " of 1,000 events match"; matching == 0 || p.count.Text != want {
		t.Errorf("%q, not %q", p.count.Text, want)
	}

	field := p.fields["ip-dest"]
	field.SetText("17.*, 300.1.1.1")
	if field.wrong.Visible() {
		t.Error("told while somebody types")
	}
	field.FocusLost()
	if !field.wrong.Visible() || field.wrong.Text == "" || b.model.query != "port:443,80" {
		t.Errorf("%q, the filter is %q", field.wrong.Text, b.model.query)
	}
	field.SetText("17.*")
	field.FocusLost()
	if field.wrong.Visible() || !strings.Contains(b.model.query, "dst:17.*") {
		t.Errorf("%q, the filter is %q", field.wrong.Text, b.model.query)
	}

	b.saveFilter("mine", "dir:in")
	b.saveFilter("mine", "dir:out")
	if saved := b.prefs.saved(); len(saved) != 1 || saved[0].Query != "dir:out" {
		t.Error(saved)
	}
	b.removeSaved("mine")
	if saved := b.prefs.saved(); len(saved) != 0 {
		t.Error(saved)
	}
}

// Every field of the form is one of the filter's.
func TestFilterLabels(t *testing.T) {
	for _, l := range filterLabels() {
		if _, ok := (filter.Filter{}).Get(l[0]); !ok {
			t.Errorf("there is no field %q", l[0])
		}
	}
}

func TestTemplatePage(t *testing.T) {
	b := start(t, t.TempDir())
	b.listening()
	b.demo(100)
	b.until("all rows are there", func() bool { return b.model.store.Len() == 100 })
	b.shell.open(pageTemplate)
	p := b.shell.pages[pageTemplate].(*templatePage)
	if n := strings.Count(p.preview.Text, "\n") + 1; n != previewed || !strings.Contains(p.preview.Text, " -> ") {
		t.Errorf("%d lines: %s", n, p.preview.Text)
	}
	p.set("%i %x")
	if !p.wrong.Visible() || !strings.HasPrefix(p.wrong.Text, "   ^ %x: ") || !p.use.Disabled() {
		t.Errorf("%q", p.wrong.Text)
	}
	p.apply()
	if b.prefs.get().Template != "" {
		t.Error("a wrong template is used")
	}
	p.set("")
	test.Type(p.entry, "a")
	p.insert("%p")
	if p.entry.Text != "a%p" {
		t.Errorf("%q", p.entry.Text)
	}
	p.apply()
	if b.prefs.template() != "a%p" {
		t.Errorf("%q", b.prefs.template())
	}
	ev := b.model.latest(1)[0]
	if line := string(b.liner()(nil, &ev)); line != "aTCP" && line != "aUDP" {
		t.Errorf("%q", line)
	}
	for _, preset := range templatePresets() {
		p.set(preset.Template)
		if p.wrong.Visible() {
			t.Errorf("%s: %s", preset.Name, p.wrong.Text)
		}
	}
	for _, token := range templateTokens() {
		p.set(token[0])
		if p.wrong.Visible() {
			t.Errorf("%s: %s", token[0], p.wrong.Text)
		}
	}
}
