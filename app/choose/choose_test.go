package choose

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"linklog/app/computers"
	"linklog/app/feed"
	"linklog/app/ui/uitest"
	"linklog/service/api"
	"linklog/service/client/overssh"
)

// A computer is tried before it is added. What is wrong is said, with what to do, and it can be added
// all the same, as it may be off now.
func TestForm(t *testing.T) {
	b := uitest.New(t, nil)
	set := computers.New(computers.Options{Here: feed.Options{Socket: filepath.Join(t.TempDir(), "s")}, Prefs: b.Prefs, Go: func(func()) { t.Error("something runs") }})
	var tried []string
	answers := map[string]error{"off": &overssh.Error{Kind: overssh.Unreachable, Host: overssh.Host{Name: "off"}, Err: errors.New("no route")}, "pi": nil}
	p := New(b.Context, Options{
		Computers: set.All, Shown: set.Shown, Show: set.Show, Remove: set.Remove, Read: set.Read,
		Add: func(name, address string) error { _, err := set.Add(name, address, nil); return err },
		Try: func(_ context.Context, h overssh.Host) (api.Hello, error) {
			tried = append(tried, h.Name)
			return api.Hello{Service: "1.2.3", User: "ann"}, answers[h.Name]
		},
	})
	b.Open(p, 900, 700)
	if len(p.rows) != 1 || p.rows[0].remove.Visible() || p.rows[0].show.Visible() {
		t.Error("this computer can be removed, or chosen though it is shown")
	}

	f := p.newForm()
	f.show()
	f.keep()
	if !strings.Contains(f.wrong.Text, "address is missing") || f.add.Text != "Add" || len(tried) != 0 {
		t.Errorf("%q %q %v", f.wrong.Text, f.add.Text, tried)
	}
	f.address.SetText("off")
	f.keep()
	b.Until("it is tried", func() bool { return f.wrong.Text == "off cannot be reached: no route" })
	if set.Several() || f.add.Text != "Add anyway" || f.said.Visible() {
		t.Errorf("%q, %v", f.add.Text, set.All())
	}
	f.address.SetText("of")
	if f.wrong.Visible() || f.add.Text != "Add" {
		t.Error("it is said of a different address, too")
	}
	f.address.SetText("off")
	f.keep()
	b.Until("it is tried again", func() bool { return f.add.Text == "Add anyway" })
	f.keep()
	if !f.closed || set.Named("off") == nil {
		t.Error("it is not added")
	}

	f = p.newForm()
	f.show()
	f.address.SetText("pi")
	f.name.SetText("Raspberry")
	f.attempt(nil)
	b.Until("it answers", func() bool { return f.said.Text == "Connected. Service 1.2.3, as ann." })
	n := len(tried)
	f.keep() // was tried
	if !f.closed || set.Named("raspberry") == nil || len(tried) != n {
		t.Errorf("%v", tried)
	}
	f = p.newForm()
	f.show()
	f.address.SetText("pi")
	f.keep() // tries, and adds
	b.Until("it is added", func() bool { return set.Named("pi") != nil })

	p.Changed()
	if len(p.rows) != 4 || !p.rows[1].show.Visible() || !p.rows[1].remove.Visible() || p.rows[1].again.Visible() {
		t.Errorf("%d rows", len(p.rows))
	}
	set.All()[1].State = feed.State{Connection: feed.Lost, Err: answers["off"]}
	p.Changed()
	if p.rows[1].state.Text != "off cannot be reached: no route" || !p.rows[1].again.Visible() {
		t.Errorf("%q", p.rows[1].state.Text)
	}
}
