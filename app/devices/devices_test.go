package devices

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"linklog/app/ui"
	"linklog/app/ui/grid"
	"linklog/app/ui/uitest"
	"linklog/service/api"
	"linklog/service/client"
)

func is(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
}

func TestPage(t *testing.T) {
	b := uitest.Start(t, nil)
	var hosts []string
	p := New(b.Context, Options{OnHosts: func(a netip.Addr, name string) { hosts = append(hosts, a.String()+" "+name) }})
	b.Open(p, 720, 600)
	b.Router(
		"@out TCP from 192.168.1.9:5000 to 198.51.100.5:443.",
		"@out TCP from 192.168.1.10:5000 to 198.51.100.5:443.",
		"@out TCP from 192.168.1.10:5000 to 198.51.100.6:443.",
		"@in TCP from 203.0.113.77:40000 to 192.168.1.10:22",
	)
	p.Show()
	b.Settle()
	addrs := func() (list []string) {
		for _, d := range p.grid.Rows() {
			list = append(list, d.Addr.String())
		}
		return list
	}
	is(t, "by address while none has a name", addrs(), []string{"192.168.1.9", "192.168.1.10"})
	is(t, "below the title", p.below.Text, "2 known, 0 named by you.")
	is(t, "buttons", []bool{p.name.Disabled(), p.log.Disabled(), p.hosts.Disabled()}, []bool{true, true, true})
	p.grid.SortBy("hosts", true)
	is(t, "by hosts", addrs(), []string{"192.168.1.10", "192.168.1.9"})
	d := p.grid.Rows()[0]
	is(t, "counts", []uint64{d.In, d.Out, d.Hosts}, []uint64{1, 2, 3})

	nas := netip.MustParseAddr("192.168.1.10")
	if !p.Select(nas.String()) || p.Select("192.168.1.99") {
		t.Fatal("Select")
	}
	p.log.OnTapped()
	is(t, "log", b.Logs, []string{"ip:192.168.1.10"})

	// A name: it comes first, and goes with an empty one.
	p.name.OnTapped()
	rename := func(name string) {
		t.Helper()
		field, ok := b.Window.Canvas().Focused().(*ui.Entry)
		if !ok {
			t.Fatalf("the keyboard is at %T", b.Window.Canvas().Focused())
		}
		field.SetText(name)
		field.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnter})
		b.Settle()
	}
	rename("NAS")
	p.grid.SortBy("name", false)
	is(t, "by name", addrs(), []string{"192.168.1.10", "192.168.1.9"})
	is(t, "below the title", p.below.Text, "2 known, 1 named by you.")
	p.hosts.OnTapped()
	is(t, "hosts", hosts, []string{"192.168.1.10 NAS"})
	p.rename(p.grid.Selected())
	rename("")
	is(t, "name", p.grid.Selected().Name, "")
	p.copy(p.grid.Selected())
	is(t, "clipboard", fyne.CurrentApp().Clipboard().Content(), "192.168.1.10")
	is(t, "failed", b.Failed, []string(nil))
}

// Names in the network: none is missing where they are shown, and they are where one differs.
func TestNamesInTheNetwork(t *testing.T) {
	var dns grid.Column[api.Device]
	for _, c := range columns() {
		if c.ID == "dns" {
			dns = c
		}
	}
	same := api.Device{Names: api.Names{Name: "annas-laptop", Lease: "annas-laptop"}}
	named := api.Device{Names: api.Names{Name: "NAS", Label: "NAS", Lease: "diskstation"}}
	is(t, "the column is needed", []bool{dns.Has(&same), dns.Has(&named), dns.Has(&api.Device{})}, []bool{false, true, false})
	is(t, "names", []string{network(&same), network(&named)}, []string{"annas-laptop", "diskstation"})
}

func TestNoService(t *testing.T) {
	b := uitest.New(t, client.New(client.Options{Paths: []string{filepath.Join(t.TempDir(), "none.sock")}}))
	p := New(b.Context, Options{})
	b.Open(p, 720, 600)
	p.Show()
	b.Settle()
	if !p.wrong.Visible() || !strings.Contains(p.wrong.Text, client.ErrNoService.Error()) || strings.Contains(p.wrong.Text, "dial") {
		t.Fatalf("it says %q", p.wrong.Text)
	}
}

func TestByName(t *testing.T) {
	a := api.Device{Addr: netip.MustParseAddr("10.0.0.9")}
	b := api.Device{Addr: netip.MustParseAddr("10.0.0.10")}
	anna, ben := a, b
	anna.Name, ben.Name = "anna", "Ben"
	for i, pair := range [][2]api.Device{{anna, ben}, {ben, a}, {a, b}} {
		if byName(&pair[0], &pair[1]) >= 0 || byName(&pair[1], &pair[0]) <= 0 {
			t.Errorf("pair %d", i)
		}
	}
}

// The list obeys the search text on top, and says so.
func TestSearchOnTop(t *testing.T) {
	b := uitest.Start(t, nil)
	text := ""
	b.Search = func() string { return text }
	p := New(b.Context, Options{})
	b.Open(p, 1000, 600)
	b.Router(
		"@out TCP from 192.168.1.10:5000 to 198.51.100.5:443.",
		"@out TCP from 192.168.1.11:5000 to 198.51.100.5:22.",
	)
	p.Show()
	b.Settle()
	is(t, "all", len(p.grid.Rows()), 2)
	text = "port:22"
	p.Searched()
	b.Settle()
	is(t, "with port 22", len(p.grid.Rows()), 1)
	text = "198.51.100.5"
	b.Router("@out TCP from 192.168.1.11:5000 to 198.51.100.5:443.", "@out TCP from 192.168.1.10:5000 to 198.51.100.6:443.", "@out TCP from 192.168.1.10:5000 to 198.51.100.6:443.")
	p.Searched()
	b.Settle()
	d := p.grid.Rows()[0]
	is(t, "most matches first", []any{d.Addr, d.Matches, d.Out, p.grid.Rows()[1].Out}, []any{"192.168.1.11", 2, 2, 1})
	text = ""
	p.Searched()
	b.Settle()
	is(t, "as before", p.grid.Rows()[0].Addr, "192.168.1.10")
	text = "port:22"
	p.Searched()
	b.Settle()
	if row := p.grid.Rows()[0].Cells(); len(row) != len(api.DeviceColumns()) || row[2] != "192.168.1.11" || !strings.Contains(p.below.Text, "port:22") {
		t.Errorf("%v, below the title: %q", row, p.below.Text)
	}
}
