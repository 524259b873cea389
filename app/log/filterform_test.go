package log

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/software"

	"linklog/app/log/search"
	"linklog/app/ui"
	"linklog/app/ui/look"
	"linklog/filter"
)

// The form and the search text are two views of one filter; what is wrong is told at
// its field, and only when the field is left.
func TestFilterForm(t *testing.T) {
	b := start(t)
	b.demo(1000)
	b.ToggleFilter()
	p := b.form
	if !b.side.Visible() {
		t.Fatal("the form is not shown")
	}

	b.SetQuery("dir:in port:ssh src:203.0.113.0/24 text:x")
	if p.choices[0].Chosen() != 1 || p.fields["port"].Text != "ssh" || p.fields["ip-source"].Text != "203.0.113.0/24" || p.fields["text"].Text != "x" {
		t.Errorf("%d %q %q", p.choices[0].Chosen(), p.fields["port"].Text, p.fields["ip-source"].Text)
	}
	b.SetQuery("")
	p.fields["port"].SetText("443, 80")
	if b.memory.query != "" {
		t.Error("applied while somebody types")
	}
	p.fields["port"].FocusLost()
	if b.memory.query != "port:443,80" || b.field.entry.Text != "port:443,80" {
		t.Errorf("%q %q", b.memory.query, b.field.entry.Text)
	}
	matching := b.matching()
	if want := ui.Number(uint64(matching)) + " of 1,000 events match"; matching == 0 || p.count.Text != want {
		t.Errorf("%q, not %q", p.count.Text, want)
	}

	field := p.fields["ip-dest"]
	field.SetText("17.*, 300.1.1.1")
	if field.wrong != "" {
		t.Error("told while somebody types")
	}
	field.FocusLost()
	if field.wrong == "" || !strings.Contains(field.label.Text, field.wrong) || b.memory.query != "port:443,80" {
		t.Errorf("%q, the filter is %q", field.wrong, b.memory.query)
	}
	field.SetText("17.*")
	field.FocusLost()
	if field.wrong != "" || !strings.Contains(b.memory.query, "dst:17.*") {
		t.Errorf("%q, the filter is %q", field.wrong, b.memory.query)
	}

	p.save()
	dialog := b.Window.Canvas().Focused().(*ui.Entry)
	dialog.OnSubmitted("")
	b.Settle()
	if saved := b.Prefs.Get().Saved; len(saved) != 0 {
		t.Errorf("saved without a name: %v", saved)
	}
	dialog.SetText(" mine ")
	dialog.OnSubmitted("")
	b.Settle()
	if saved := b.Prefs.Get().Saved; len(saved) != 1 || saved[0].Name != "mine" || saved[0].Query != b.memory.query {
		t.Error(saved)
	}
}

// Every field that is wrong says so, in its own words, and moves nothing.
func TestEachWrongField(t *testing.T) {
	b := start(t)
	b.ToggleFilter()
	b.Settle()
	p := b.form
	last := p.fields["text"].Position()
	for name, text := range map[string]string{"ip-dest": "300.1.1.1", "port": "65536", "port-dest": "x y z :"} {
		p.fields[name].SetText(text)
	}
	p.fields["ip-source"].SetText("10.0.0.1")
	p.fields["port"].FocusLost()
	for _, name := range shownFields {
		field := p.fields[name]
		want := name == "ip-dest" || name == "port" || name == "port-dest"
		if marked := field.wrong != ""; marked != want || marked && !strings.HasPrefix(field.label.Text, labelOf(name)+": ") {
			t.Errorf("%s: %q", name, field.label.Text)
		}
	}
	if !p.whyRoom.Visible() || strings.Count(p.why.Text, "\n") != 2 {
		t.Errorf("it says %q", p.why.Text)
	}
	if at := p.fields["text"].Position(); at != last {
		t.Errorf("the last field moved from %v to %v", last, at)
	}
	p.fields["ip-dest"].SetText("")
	p.fields["port"].SetText("443")
	p.fields["port-dest"].SetText("")
	p.fields["port"].FocusLost()
	if p.whyRoom.Visible() || b.Query() != "src:10.0.0.1 port:443" {
		t.Errorf("the filter is %q, it says %q", b.Query(), p.why.Text)
	}
}

// What the form offers no chip for stays until the user chooses another.
func TestFilterChoices(t *testing.T) {
	b := start(t)
	b.demo(1000)
	b.ToggleFilter()
	p := b.form
	for _, c := range []struct {
		query  string
		chosen [3]int
	}{
		{"", [3]int{0, 0, 0}},
		{"verdict:blocked", [3]int{0, 0, 2}},
		{"dir:in proto:UDP verdict:unknown", [3]int{1, 2, 3}},
		{"dir:in,out proto:icmp verdict:!blocked", [3]int{-1, -1, -1}},
	} {
		b.SetQuery(c.query)
		for i := range c.chosen {
			if got := p.choices[i].Chosen(); got != c.chosen[i] {
				t.Errorf("%s: chip %d of row %d is chosen, want %d", c.query, got, i, c.chosen[i])
			}
		}
	}
	p.fields["port"].SetText("443")
	p.fields["port"].FocusLost()
	if want := "dir:in,out proto:icmp !verdict:blocked port:443"; b.memory.query != want {
		t.Errorf("the filter is %q, want %q", b.memory.query, want)
	}
	verdict := p.choices[2]
	verdict.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight}) // to the first
	verdict.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	if want := "dir:in,out proto:icmp verdict:allowed port:443"; b.memory.query != want || b.field.entry.Text != want {
		t.Errorf("the filter is %q, the text %q, want %q", b.memory.query, b.field.entry.Text, want)
	}
}

// Every field of the form is one of the filter's.
func TestFilterLabels(t *testing.T) {
	for _, name := range shownFields {
		if _, ok := (filter.Filter{}).Get(name); !ok || search.LabelOf(name) == "" {
			t.Errorf("there is no field %q", name)
		}
	}
}

// A field that was left is marked at once, not only when the next one is.
func TestWrongFieldIsMarkedAtOnce(t *testing.T) {
	b := start(t)
	b.ToggleFilter()
	c := b.Window.Canvas().(software.WindowlessCanvas)
	c.SetScale(1)
	field := b.form.fields["ip"].Entry
	bad := func() (n int) {
		at := fyne.CurrentApp().Driver().AbsolutePositionForObject(field)
		im, red := c.Capture(), look.Current().Bad
		for x := int(at.X); x < int(at.X+field.Size().Width); x++ {
			for y := int(at.Y); y < int(at.Y+field.Size().Height); y++ {
				if r, g, bl, _ := im.At(x, y).RGBA(); byte(r>>8) == red.R && byte(g>>8) == red.G && byte(bl>>8) == red.B {
					n++
				}
			}
		}
		return n
	}
	c.Focus(field)
	field.SetText("300.1.1.1")
	if n := bad(); n > 0 {
		t.Fatalf("%d red dots before", n)
	}
	c.Focus(b.form.fields["ip-dest"].Entry)
	if n := bad(); n < 100 {
		t.Errorf("%d red dots in a field that is wrong", n)
	}
}
