package hosts

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"linklog/app/ui"
	"linklog/service/api"
)

// shownGroups are the groups on the page, each with how many hosts it has.
func (b *bench) shownGroups() (list []string) {
	for _, g := range b.groups.Rows() {
		list = append(list, fmt.Sprintf("%s %d", ui.ClassOf(b.wish.by, g.Name()).Name, g.Hosts))
	}
	return list
}

// choose chooses what the hosts are put together by, as the keyboard does.
func (b *bench) choose(by string) {
	for b.by.Chosen() > 0 {
		b.by.TypedKey(&fyne.KeyEvent{Name: fyne.KeyLeft})
	}
	for groupings()[b.by.Chosen()] != by {
		b.by.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	}
	b.Settle()
}

func TestGroups(t *testing.T) {
	b := start(t, nil)
	b.Show()
	b.Settle()
	b.grid.Select("9.9.9.9")
	for _, c := range []struct{ by, want string }{
		{"domain", "no domain known 2, cdn.example 1"},
		{"owner", "no owner known 2, Quad9 1"},
		{"category", "Names and time 1, Remote control 1, Web 1"},
		{"country", "no country known 2, US 1"},
	} {
		b.choose(c.by)
		b.groups.SortBy("name", false)
		b.groups.SortBy("hosts", true)
		if got := strings.Join(b.shownGroups(), ", "); got != c.want {
			t.Errorf("by %s: %s, want %s", c.by, got, c.want)
		}
		is(t, "shown", []bool{b.groups.Visible(), b.grid.Visible(), b.detail.content.Visible()}, []bool{true, false, false})
		is(t, "remembered", b.c.Prefs.Get().HostsBy, c.by)
	}
	is(t, "below the title", b.below.Text, "3 new since you last looked. 3 known.")

	// A tap shows the hosts of a group; what ends that shows the groups again.
	b.groups.SortBy("name", true)
	b.openGroup(&b.groups.Rows()[0])
	b.Settle()
	is(t, "of no country", b.refs(), []string{"198.51.100.5", "203.0.113.77"})
	is(t, "called", []any{b.only.Visible(), b.only.Text}, []any{true, "no country known"})
	b.only.OnTapped()
	b.Settle()
	is(t, "shown", []bool{b.groups.Visible(), b.grid.Visible(), b.only.Visible()}, []bool{true, false, false})

	// Enter does, too.
	b.groups.Select("US")
	b.Focus()
	b.Window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	b.Settle()
	is(t, "of the other", b.refs(), []string{"9.9.9.9"})
	b.Hide()
	b.Settle()
	s, err := b.Client.Status(t.Context())
	is(t, "seen are none of which not all were shown", []any{s.NewHosts, err}, []any{3, error(nil)})

	// One that is asked for is shown alone, and the choice stays for the next time.
	b.Show()
	b.SelectHost("203.0.113.77")
	b.Settle()
	is(t, "selected", []any{b.grid.Selected().Ref, b.by.Chosen(), b.c.Prefs.Get().HostsBy}, []any{"203.0.113.77", 0, "country"})
	again := New(b.Context, Options{})
	is(t, "the next time", []any{again.wish.by, again.by.Chosen()}, []any{"country", 3})
}

// Groups obey the search text and what else is chosen, and are what is exported.
func TestGroupsWanted(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	b := start(t, nil)
	text := ""
	b.Search = func() string { return text }
	b.SetSearch = func(s string) { text = s; b.Searched() }
	b.Show()
	b.Settle()
	b.choose("domain")
	text = "dport:443"
	b.Searched()
	b.Settle()
	is(t, "with port 443", b.shownGroups(), []string{"cdn.example 1"})
	is(t, "matches", b.groups.Rows()[0].Matches, 2)
	is(t, "below the title", b.below.Text, "1 of 3 hosts matches: dport:443")
	text = "dport:9999"
	b.Searched()
	b.Settle()
	is(t, "none", len(b.groups.Rows()), 0)
	text = ""
	b.Searched()
	b.chips.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	b.chips.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	b.Settle()
	is(t, "of those that are ignored", len(b.groups.Rows()), 0)
	b.chips.TypedKey(&fyne.KeyEvent{Name: fyne.KeyLeft})
	b.chips.TypedKey(&fyne.KeyEvent{Name: fyne.KeyLeft})
	b.Settle()

	file := filepath.Join(t.TempDir(), "groups.csv")
	b.Export()
	field := b.Window.Canvas().Focused().(*ui.Entry)
	field.SetText(file)
	field.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	b.Settle()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil || len(lines) != 3 || strings.Join(lines[0], ",") != strings.Join(api.HostGroupColumns("domain"), ",") {
		t.Errorf("%q, %v", lines, err)
	}
}

// What is done with a group in the log finds just its attempts, or cannot be done.
func TestGroupMenu(t *testing.T) {
	b := start(t, nil)
	b.Show()
	b.Settle()
	for by, want := range map[string]string{"owner": "owner:=Quad9", "country": "country:US", "domain": "host:cdn.example,*.cdn.example", "category": ""} {
		b.choose(by)
		for i := range b.groups.Rows() {
			g := b.groups.Rows()[i]
			if got := b.groupFilter(&g); g.Name() != "" && got != want || by == "domain" && g.Name() == "" && got != "" {
				t.Errorf("%s %q: %q, want %q", by, g.Name(), got, want)
			}
		}
	}
	b.choose("owner")
	b.copyGroup(&api.HostGroup{Class: api.ClassOf("owner", "Quad9")})
	is(t, "clipboard", fyne.CurrentApp().Clipboard().Content(), "Quad9")
	b.groupMenu(&api.HostGroup{Class: api.ClassOf("owner", "Quad9")}, fyne.NewPos(100, 100))
	shown := test.LaidOutObjects(b.Window.Canvas().Overlays().Top())
	if len(shown) == 0 {
		t.Error("there is no menu")
	}
}
