package story

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"linklog/app/translations"
	"linklog/app/ui"
	"linklog/app/ui/uitest"
)

type bench struct {
	*uitest.Bench
	*Page
	backs int
}

func start(t *testing.T, width, height float32) *bench {
	b := &bench{Bench: uitest.Start(t, nil)}
	b.Page = New(b.Context, Options{OnBack: func() { b.backs++ }})
	b.Bench.Open(b.Page, width, height)
	b.Router(
		"@in TCP from 203.0.113.77:40000 to 192.168.1.10:22",
		"@in TCP from 203.0.113.77:40000 to 192.168.1.10:22",
		"@in TCP from 203.0.113.77:40000 to 192.168.1.11:3389",
		"@out TCP from 192.168.1.11:5000 to 203.0.113.77:443",
		"@out UDP from 192.168.1.11:5000 to 9.9.9.9:53",
		uitest.Netfilter("DROP", "203.0.113.77", 40000, "192.168.1.10", 23),
	)
	return b
}

func is(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func shown(list []row) (out []string) {
	for _, r := range list {
		out = append(out, strings.TrimSpace(fmt.Sprint(r.second, " ", r.only.Direction, " ", r.count, " ", r.blocked)))
	}
	return out
}

// A host: what is shown of it, and where it leads.
func TestHost(t *testing.T) {
	b := start(t, 900, 700)
	b.Page.Open(Subject{Ref: "203.0.113.77"})
	b.Show()
	b.Settle()
	is(t, "title", b.story.title(), "203.0.113.77")
	if !strings.Contains(b.facts.Text, "Attempts: 4 in, 1 out.\nIn: 0 allowed, 1 blocked, 3 not known.") {
		t.Errorf("facts: %q", b.facts.Text)
	}
	is(t, "ports", shown(b.ports.Rows()), []string{"22 TCP in 2 0", "23 TCP in 1 1", "3389 TCP in 1 0", "443 TCP out 1 0"})
	is(t, "parties", shown(b.parties.Rows()), []string{"192.168.1.10  3 1", "192.168.1.11  2 0"})
	b.ports.Select("22 TCP in")
	b.ports.Focus(b.Window.Canvas())
	b.Bench.Window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	b.parties.Select("192.168.1.11")
	b.parties.Focus(b.Window.Canvas())
	b.Bench.Window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	b.log.OnTapped()
	is(t, "log", b.Logs, []string{"ip:203.0.113.77 dir:in proto:TCP dport:22", "ip:203.0.113.77"})
	is(t, "opened", b.Opened, []string{"device 192.168.1.11"})

	// A bar opens its time.
	at := fyne.NewPos(0, 50)
	for ; at.X < b.chart.Size().Width && !strings.Contains(b.looked.Text, "4 in, 1 out"); at.X++ {
		b.chart.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: at}})
	}
	b.chart.Tapped(&fyne.PointEvent{Position: at})
	if len(b.Logs) != 3 || !strings.HasPrefix(b.Logs[2], "ip:203.0.113.77 since:") {
		t.Errorf("log: %q", b.Logs)
	}

	b.ignore.OnTapped()
	b.Settle()
	is(t, "ignored", []any{b.story.ignored, b.ignore.Text}, []any{true, "Stop ignoring"})
	b.ignore.OnTapped()
	b.Settle()
	is(t, "no longer ignored", b.story.ignored, false)
}

// A note is kept, by keyboard alone.
func TestNote(t *testing.T) {
	b := start(t, 900, 700)
	b.Page.Open(Subject{Device: true, Ref: "192.168.1.11"})
	b.Show()
	b.Settle()
	is(t, "parties", shown(b.parties.Rows()), []string{"203.0.113.77  2 0", "9.9.9.9  1 0"})
	b.jot.OnTapped()
	entry := b.Bench.Window.Canvas().Focused().(*ui.Entry)
	entry.SetText("Found in the attic.\nWhose?")
	b.Bench.Window.Canvas().FocusNext()
	b.Bench.Window.Canvas().FocusNext()
	b.Bench.Window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	b.Settle()
	is(t, "note", []any{b.note.Visible(), b.note.Text}, []any{true, "Note: Found in the attic.\nWhose?"})
	b.jot.OnTapped()
	b.Bench.Window.Canvas().Focused().(*ui.Entry).TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	is(t, "closed by Escape", b.Bench.Window.Canvas().Overlays().Top() == nil, true)
}

// Who is not known, or whose address is none, is said, and nothing of the one before stays.
func TestUnknown(t *testing.T) {
	b := start(t, 900, 700)
	b.Page.Open(Subject{Ref: "203.0.113.77"})
	b.Show()
	b.Settle()
	for _, sub := range []Subject{{Ref: "198.51.100.99"}, {Device: true, Ref: "10.0.0.99"}, {Ref: "../status"}, {Device: true, Ref: "no such thing\n"}} {
		b.Page.Open(sub)
		b.Settle()
		if !b.wrong.Visible() || len(b.ports.Rows()) > 0 || !b.log.Disabled() || b.facts.Text != "" {
			t.Errorf("%q: %q, %d ports", sub.Ref, b.wrong.Text, len(b.ports.Rows()))
		}
	}
}

// The addresses that a device had are listed, if they are more than the one that it has.
func TestAddresses(t *testing.T) {
	b := start(t, 900, 700)
	from := func(addr string, port int) string {
		return fmt.Sprintf("<4>kernel: ACCEPT IN=br0 OUT=eth0 MAC=02:00:5e:10:00:01:02:00:5e:10:00:22:08:00 SRC=%s DST=203.0.113.9 LEN=60 PROTO=TCP SPT=%d DPT=443 SYN", addr, port)
	}
	lease := func(addr string) string {
		return fmt.Sprintf("<30>dnsmasq-dhcp[1]: DHCPACK(br0) %s 02:00:5e:10:00:22", addr)
	}
	b.Page.Open(Subject{Device: true, Ref: "02:00:5e:10:00:22"})
	b.Show()
	for i, test := range []struct {
		addr string
		want string // by its form
	}{
		{"192.168.1.23", ""},
		{"192.168.1.40", "Address: 192.168.1.40, since D\nAddress: 192.168.1.23, D to D"},
		{"192.168.1.23", "Address: 192.168.1.23, since D\nAddress: 192.168.1.40, D to D\nAddress: 192.168.1.23, D to D"},
	} {
		b.Router(lease(test.addr), from(test.addr, 40000+i))
		b.refresh.Now()
		b.Settle()
		is(t, "it has", b.story.address(), test.addr)
		_, got, _ := strings.Cut(b.names.Text, "No name is known.")
		got = regexp.MustCompile(`\d+ [A-Z][a-z]+ \d\d:\d\d`).ReplaceAllString(strings.TrimSpace(got), "D")
		is(t, "it had", got, test.want)
	}
}

// In the smallest window everything can be read, in both languages.
func TestWhole(t *testing.T) {
	for _, language := range []string{"en", "de"} {
		b := start(t, 640-138, 480-44-30)
		if err := translations.Load(language); err != nil {
			t.Fatal(err)
		}
		b.Page = New(b.Context, Options{})
		b.Bench.Open(b.Page, 640-138, 480-44-30)
		for _, sub := range []Subject{{Ref: "203.0.113.77"}, {Device: true, Ref: "192.168.1.11"}} {
			b.Page.Open(sub)
			b.Show()
			b.Settle()
			for _, flaw := range uitest.Flaws(b.Content()) {
				t.Errorf("%s, %v: %s", language, sub, flaw)
			}
		}
	}
}
