package hosts

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"linklog/app/ui/uitest"
	"linklog/service/api"
	"linklog/service/client"
	"linklog/service/settings"
)

// bench is a page before a service that heard of three hosts.
type bench struct {
	*uitest.Bench
	*Page
	counts []int
	opened []string
}

func start(t *testing.T, change func(*settings.Settings)) *bench {
	b := &bench{Bench: uitest.Start(t, change)}
	b.OpenURL = func(url string) error { b.opened = append(b.opened, url); return nil }
	b.Page = New(b.Context, Options{OnNew: func(n int) { b.counts = append(b.counts, n) }})
	b.Open(b.Page, 1100, 700)
	b.Router(
		"@in TCP from 203.0.113.77:40000 to 192.168.1.10:22",
		"@in TCP from 203.0.113.77:40000 to 192.168.1.10:3389",
		"@out TCP from 192.168.1.11:5000 to cdn.example(198.51.100.5):443.",
		"@out TCP from 192.168.1.12:5000 to cdn.example(198.51.100.5):443.",
		"@out UDP from 192.168.1.11:5000 to 9.9.9.9:53",
	)
	return b
}

func (b *bench) refs() (list []string) {
	for _, h := range b.grid.Rows() {
		list = append(list, h.Ref)
	}
	return list
}

func (b *bench) row(t *testing.T, ref string) *api.Host {
	t.Helper()
	i := slices.IndexFunc(b.grid.Rows(), func(h api.Host) bool { return h.Ref == ref })
	if i < 0 {
		t.Fatalf("%s is not among %v", ref, b.refs())
	}
	return &b.grid.Rows()[i]
}

func is(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
}

func TestList(t *testing.T) {
	b := start(t, nil)
	if len(b.refs()) != 0 || len(b.counts) != 0 {
		t.Fatal("it asked before it was shown")
	}
	b.Show()
	b.Settle()
	is(t, "newest first", b.refs(), []string{"9.9.9.9", "198.51.100.5", "203.0.113.77"})
	is(t, "below the title", b.below.Text, "3 new since you last looked. 3 known.")
	is(t, "badge", b.counts, []int{3})
	is(t, "ports", b.row(t, "203.0.113.77").PortNumbers(), "22, 3389")

	for _, c := range []struct {
		column string
		down   bool
		want   []string
	}{
		{"host", false, []string{"198.51.100.5", "203.0.113.77", "9.9.9.9"}}, // that with a name first
		{"address", false, []string{"9.9.9.9", "198.51.100.5", "203.0.113.77"}},
		{"address", true, []string{"203.0.113.77", "198.51.100.5", "9.9.9.9"}},
		{"first", false, []string{"203.0.113.77", "198.51.100.5", "9.9.9.9"}},
		{"last", true, []string{"9.9.9.9", "198.51.100.5", "203.0.113.77"}},
		{"in", true, []string{"203.0.113.77", "", ""}},
		{"out", true, []string{"198.51.100.5", "9.9.9.9", "203.0.113.77"}},
		{"ports", false, []string{"203.0.113.77", "9.9.9.9", "198.51.100.5"}},
		{"device", true, []string{"198.51.100.5", "", ""}},
	} {
		b.grid.SortBy(c.column, c.down)
		b.Settle()
		for i, want := range c.want {
			if got := b.refs(); want != "" && got[i] != want {
				t.Errorf("by %s (down %v): %v, want %v", c.column, c.down, got, c.want)
				break
			}
		}
	}

	b.ShowDevice(netip.MustParseAddr("192.168.1.11"), "TV")
	b.Settle()
	is(t, "of a device", len(b.refs()), 2)
	is(t, "its name", b.only.Text, "TV")
	b.only.OnTapped()
	b.Settle()
	is(t, "all again", len(b.refs()), 3)
}

// What the router let through and what it did not is there once it says so.
func TestVerdicts(t *testing.T) {
	b := start(t, nil)
	b.Show()
	b.Settle()
	b.grid.Select("203.0.113.77")
	if text := b.detail.story.Text; strings.Contains(text, "block") || strings.Contains(text, "allow") {
		t.Errorf("of a router that does not say: %q", text)
	}
	b.Router(
		uitest.Netfilter("DROP", "203.0.113.80", 40000, "192.168.1.10", 22),
		uitest.Netfilter("DROP", "203.0.113.81", 40000, "192.168.1.10", 22),
		uitest.Netfilter("DROP", "203.0.113.81", 40001, "192.168.1.10", 23),
		uitest.Netfilter("ACCEPT", "203.0.113.81", 40002, "192.168.1.10", 443),
	)
	b.refresh.Now()
	b.Settle()
	b.grid.SortBy("allowed", true)
	is(t, "allowed", b.refs()[0], "203.0.113.81")
	b.grid.SortBy("blocked", true)
	b.Settle()
	is(t, "blocked", b.refs()[:2], []string{"203.0.113.81", "203.0.113.80"})
	for ref, want := range map[string]string{"203.0.113.80": "The router blocked all of them.", "203.0.113.81": "The router allowed 1 and blocked 2."} {
		b.grid.Select(ref)
		if text := b.detail.story.Text; !strings.HasSuffix(text, want) {
			t.Errorf("%s: %q, want %q at its end", ref, text, want)
		}
	}
}

func TestSeen(t *testing.T) {
	b := start(t, nil)
	b.Show()
	b.Settle()
	b.Text = "cdn" // nobody knows what was seen of those that are not shown
	b.Searched()
	b.Settle()
	b.Hide()
	b.Settle()
	is(t, "badge", b.counts[len(b.counts)-1], 3)
	b.Text = ""
	b.Show()
	b.Settle()
	b.Hide()
	b.Settle()
	is(t, "badge", b.counts[len(b.counts)-1], 0)
	b.Router("@in TCP from 203.0.113.78:40000 to 192.168.1.10:22")
	b.Text = ""
	b.Show()
	b.Settle()
	is(t, "below the title", b.below.Text, "1 new since you last looked. 4 known.")
	is(t, "new", []bool{b.row(t, "203.0.113.78").New, b.row(t, "203.0.113.77").New}, []bool{true, false})
	b.chips.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	b.Settle()
	is(t, "only new ones", b.refs(), []string{"203.0.113.78"})
}

// While the service learns who is usual, all hosts are new, and none is called so.
func TestLearning(t *testing.T) {
	b := start(t, func(s *settings.Settings) { s.Hosts.Learning = settings.Duration(time.Hour) })
	b.Show()
	b.Settle()
	if !b.learning || !strings.HasPrefix(b.below.Text, "3 known. Still learning") {
		t.Errorf("learning %v: %q", b.learning, b.below.Text)
	}
	b.Hide()
	b.Settle()
}

// ShowNew shows new hosts and no others.
func TestShowNew(t *testing.T) {
	b := start(t, nil)
	b.Show()
	b.Settle()
	b.Hide() // all are seen
	b.Settle()
	b.Router("@in TCP from 203.0.113.78:40000 to 192.168.1.10:22")
	b.Show()
	b.ShowNew()
	b.Settle()
	is(t, "new", []any{b.refs(), b.chips.Chosen()}, []any{[]string{"203.0.113.78"}, int(onlyNew)})
}

// The columns of verdicts are empty for a host of which the router said nothing.
func TestNoVerdict(t *testing.T) {
	b := start(t, nil)
	b.Router(uitest.Netfilter("DROP", "203.0.113.80", 40000, "192.168.1.10", 22))
	b.Show()
	b.Settle()
	zeros := map[float32]int{} // by the place of the row
	var row float32
	for _, o := range test.LaidOutObjects(b.grid) {
		text, ok := o.(*canvas.Text)
		if !ok {
			continue
		}
		y := fyne.CurrentApp().Driver().AbsolutePositionForObject(text).Y
		switch text.Text {
		case "0":
			zeros[y]++
		case "203.0.113.77":
			row = y
		}
	}
	if n := zeros[row]; n != 1 { // attempts out
		t.Errorf("%d zeros in the row of a host without verdicts: %v", n, zeros)
	}
}

// The list obeys the search text on top, and says so; a host that is asked for ends that.
func TestSearchOnTop(t *testing.T) {
	b := start(t, nil)
	text := "port:22"
	b.Search = func() string { return text }
	b.SetSearch = func(s string) { text = s; b.Searched() }
	b.Show()
	b.Settle()
	is(t, "with port 22", b.refs(), []string{"203.0.113.77"})
	is(t, "below the title", b.below.Text, "1 of 3 hosts matches: port:22")
	h := b.row(t, "203.0.113.77")
	is(t, "what is counted", []any{h.Matches, h.In, h.Out}, []any{1, 1, 0})
	b.Router("@in TCP from 203.0.113.79:40000 to 192.168.1.10:22", "@in TCP from 203.0.113.79:40001 to 192.168.1.10:22", "@out TCP from 192.168.1.10:40001 to 203.0.113.79:80")
	b.Searched()
	b.Settle()
	is(t, "most matches first", b.refs(), []string{"203.0.113.79", "203.0.113.77"})
	b.grid.SortBy("address", false)
	b.Settle()
	text = "port:22,3389"
	b.Searched()
	b.Settle()
	is(t, "as chosen", b.refs(), []string{"203.0.113.77", "203.0.113.79"})
	text = ""
	b.Searched()
	b.Settle()
	is(t, "newest first, as before", b.refs(), []string{"203.0.113.79", "9.9.9.9", "198.51.100.5", "203.0.113.77"})
	text = "port:9999"
	b.Searched()
	b.Settle()
	is(t, "found", len(b.refs()), 0)
	b.Hide()
	b.Settle()
	s, err := b.Client.Status(t.Context())
	is(t, "new still", []any{s.NewHosts, err}, []any{4, error(nil)})
	b.Show()
	b.SelectHost("9.9.9.9")
	b.Settle()
	is(t, "selected", []any{b.grid.Selected().Ref, text}, []any{"9.9.9.9", ""})
}

// An export has all hosts that are shown.
func TestCells(t *testing.T) {
	b := start(t, nil)
	b.Show()
	b.Settle()
	got := b.row(t, "203.0.113.77").Cells()
	is(t, "cells", []any{len(got), got[0], got[5], got[6], got[9], got[10]}, []any{len(api.HostColumns()), "203.0.113.77", "2", "0", "22, 3389", "192.168.1.10"})
}

// Who was never shown is not seen.
func TestNotSeen(t *testing.T) {
	b := start(t, nil)
	b.Text = "cdn"
	b.Show()
	b.Settle()
	b.Hide()
	b.Settle()
	s, err := b.Client.Status(t.Context())
	is(t, "new still", []any{s.NewHosts, err}, []any{3, error(nil)})
	b.Show()
	b.Hide() // before the answer
	b.Settle()
	s, err = b.Client.Status(t.Context())
	is(t, "new still", []any{s.NewHosts, err}, []any{3, error(nil)})
}

func TestSelectHost(t *testing.T) {
	b := start(t, nil)
	b.chips.Set(int(ignored))
	b.wish.which = ignored
	b.SelectHost("203.0.113.77") // before the page is shown
	b.Show()
	b.Settle()
	is(t, "selected", b.grid.Selected().Ref, "203.0.113.77")
	is(t, "detail", []any{b.detail.content.Visible(), b.detail.title.Visible()}, []any{true, true})
	if !strings.Contains(b.detail.ports.Text, "TCP 22 ssh: 1") || !strings.Contains(b.detail.ports.Text, "192.168.1.10: 2") {
		t.Errorf("the detail says %q", b.detail.ports.Text)
	}
	b.SelectHost("192.0.2.200") // nobody
	b.Settle()
	is(t, "alone", []any{b.only.Text, len(b.refs())}, []any{"192.0.2.200", 0})
	b.showOnly("9.9.9", netip.Addr{}, "9.9.9") // it is no part of another
	b.Settle()
	is(t, "alone", len(b.refs()), 0)
	is(t, "detail", b.detail.content.Visible(), false)
	b.SelectHost("9.9.9.9")
	b.Settle()
	is(t, "selected", b.grid.Selected().Ref, "9.9.9.9")
	b.grid.ClearSelection()
	is(t, "detail", b.detail.content.Visible(), false)
}

func TestActions(t *testing.T) {
	b := start(t, func(s *settings.Settings) { s.Hosts.Ignore = []string{"ip:9.9.9.9"} })
	b.Show()
	b.Settle()
	h := *b.row(t, "203.0.113.77")
	b.showLog(&h)
	b.Whois(h.Addr)
	b.Settle()
	b.copy(&h)
	is(t, "log", b.Logs, []string{"ip:203.0.113.77"})
	is(t, "browser", b.opened, []string{"https://www.whois.com/whois/203.0.113.77"})
	is(t, "clipboard", fyne.CurrentApp().Clipboard().Content(), "203.0.113.77")

	b.ignore(&h)
	b.Settle()
	is(t, "ignored", b.row(t, h.Ref).Ignored, true)
	b.unignore(b.row(t, h.Ref))
	b.Settle()
	is(t, "ignored", b.row(t, h.Ref).Ignored, false)
	is(t, "windows", len(b.Window.Canvas().Overlays().List()), 0)

	// One that the settings file ignores stays so, and the list is shown.
	b.unignore(b.row(t, "9.9.9.9"))
	b.Settle()
	is(t, "ignored", b.row(t, "9.9.9.9").Ignored, true)
	is(t, "windows", len(b.Window.Canvas().Overlays().List()), 1)
	is(t, "failed", b.Failed, []string(nil))
}

func TestName(t *testing.T) {
	b := start(t, nil)
	b.Show()
	b.Settle()
	b.name(b.row(t, "9.9.9.9"))
	field, ok := b.Window.Canvas().Focused().(interface {
		SetText(string)
		TypedKey(*fyne.KeyEvent)
	})
	if !ok {
		t.Fatalf("the keyboard is at %T", b.Window.Canvas().Focused())
	}
	field.SetText("  Quad nine ")
	field.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	b.Settle()
	is(t, "windows", len(b.Window.Canvas().Overlays().List()), 0)
	is(t, "name", b.row(t, "9.9.9.9").Name, "Quad nine")
	b.name(b.row(t, "9.9.9.9"))
	b.Window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	is(t, "windows", len(b.Window.Canvas().Overlays().List()), 0)
}

func TestIgnoreList(t *testing.T) {
	b := start(t, func(s *settings.Settings) { s.Hosts.Ignore = []string{"port:123"} })
	g := b.editIgnores("")
	b.Settle()
	is(t, "rules", len(g.list.Objects), 1)
	for _, wrong := range []string{"ip:1.2.3.999", "nonsense:1", "is:new"} {
		g.entry.SetText(wrong)
		g.add()
		b.Settle()
		if !g.wrong.Visible() || g.wrong.Text == "" || g.entry.Text != wrong {
			t.Errorf("%s: %q is said (%v)", wrong, g.wrong.Text, g.wrong.Visible())
		}
	}
	g.entry.SetText("host:*.example  dport:443")
	is(t, "wrong", g.wrong.Visible(), false)
	g.add()
	b.Settle()
	rules, err := b.Client.Ignores(t.Context())
	is(t, "rules", []any{rules, err, len(g.list.Objects), g.entry.Text}, []any{[]api.IgnoreRule{{Filter: "port:123", Settings: true}, {Filter: "host:*.example dport:443"}}, error(nil), 2, ""})
	g.remove("host:*.example dport:443")
	b.Settle()
	is(t, "rules", len(g.list.Objects), 1)
}

func TestNoService(t *testing.T) {
	c := client.New(client.Options{Paths: []string{filepath.Join(t.TempDir(), "none.sock")}})
	b := &bench{Bench: uitest.New(t, c)}
	b.Page = New(b.Context, Options{})
	b.Open(b.Page, 720, 600)
	b.Show()
	b.Settle()
	if !b.wrong.Visible() || !strings.Contains(b.wrong.Text, client.ErrNoService.Error()) || strings.Contains(b.wrong.Text, "dial") {
		t.Fatalf("it says %q", b.wrong.Text)
	}
	is(t, "failed", b.Failed, []string(nil))
}

func TestFilterOf(t *testing.T) {
	for want, h := range map[string]api.Host{
		"ip:1.2.3.4":       {Ref: "1.2.3.4", Addr: netip.MustParseAddr("1.2.3.4")},
		"ip:2001:db8::1":   {Ref: "2001:db8::1", Addr: netip.MustParseAddr("2001:db8::1")},
		"host:www.example": {Ref: "www.example"},
	} {
		if got := filterOf(&h); got != want {
			t.Errorf("%s: %q", want, got)
		}
	}
}

// The keyboard reaches everything, in the order in which it is read.
func TestTabs(t *testing.T) {
	b := start(t, nil)
	b.Show()
	b.Settle()
	b.grid.Select("9.9.9.9")
	c := b.Window.Canvas()
	var got []string
	for range 10 {
		c.FocusNext()
		got = append(got, strings.TrimPrefix(fmt.Sprintf("%T", c.Focused()), "*"))
	}
	is(t, "order", got, []string{"ui.Chips", "ui.Chips", "ui.Button", "grid.header[linklog/service/api.Host]", "grid.body[linklog/service/api.Host]", "ui.Button", "ui.Button", "ui.Button", "ui.Button", "ui.Chips"})
}
