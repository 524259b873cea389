package log

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"linklog/app/feed"
	"linklog/app/system/prefs"
	"linklog/app/ui"
	"linklog/app/ui/date"
	"linklog/app/ui/uitest"
	"linklog/capture"
	"linklog/capture/send"
	"linklog/service/client"
)

// bench is the page in a window, with a service behind it.
type bench struct {
	*uitest.Bench
	*Page
	t    *testing.T
	feed *feed.Feed
}

func start(t *testing.T) *bench {
	t.Helper()
	b := &bench{Bench: uitest.Start(t, nil), t: t}
	b.Page = New(b.Context, Options{OnSaved: func() {}})
	var batch feed.Batch
	b.feed = feed.New(feed.Options{Socket: b.Socket, Wake: func() {
		b.Do(func() {
			if b.feed.Take(&batch, false) {
				b.Take(&batch)
			}
		})
	}})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); b.feed.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	b.Open(b.Page, 1280, 700)
	b.Show()
	return b
}

// demo sends messages of a household.
func (b *bench) demo(n int) {
	b.t.Helper()
	s, err := send.Dial(b.t.Context(), fmt.Sprintf("127.0.0.1:%d", b.Port), send.Options{})
	if err != nil {
		b.t.Fatal(err)
	}
	defer s.Close()
	demo, want := send.NewDemo(1), b.Len()+n
	if _, err := s.Send(b.t.Context(), n, 0, func(i int, dst []byte) []byte {
		return send.AppendTrap(dst, &send.Encoding{}, string(demo.Append(nil)))
	}); err != nil {
		b.t.Fatal(err)
	}
	b.Until("all rows are there", func() bool { return b.Len() == want })
}

// matching is how many rows are shown.
func (b *bench) matching() int { return b.rows().Len() }

// Rows with their names, filters, a copied line, a span of time, and an older page.
func TestLog(t *testing.T) {
	b := start(t)
	b.demo(3000)
	tv := netip.MustParseAddr("192.168.1.15")
	if err := b.Client.SetDeviceLabel(t.Context(), tv.String(), "Living-room TV"); err != nil {
		t.Fatal(err)
	}
	b.Until("the name is in all rows", func() bool {
		for i := range b.matching() {
			if ev := b.event(i); ev.Src.Addr == tv && ev.Src.Name != "Living-room TV" {
				return false
			}
		}
		return true
	})

	b.SetQuery("dir:in")
	in := b.matching()
	if in == 0 || in > 500 {
		t.Errorf("%d in", in)
	}
	for i := range in {
		if ev := b.event(i); ev.Dir != capture.In {
			t.Fatalf("%+v", ev)
		}
	}
	b.view.Select(0)
	b.copy()
	ev := b.event(0)
	if got, want := fyne.CurrentApp().Clipboard().Content(), string(b.liner()(nil, &ev)); got != want || !strings.Contains(got, "[ in, ") {
		t.Errorf("%q, not %q", got, want)
	}
	b.Until("what is known of the host is there", func() bool { return strings.Contains(b.detail.host.Text, "First seen") })

	b.SetQuery("dst:300.1.1.1") // wrong: what is shown stays, and that is said
	if b.matching() != in || !strings.Contains(strings.Join(b.Told, "\n"), "300.1.1.1") {
		t.Errorf("%d rows, %q", b.matching(), b.Told)
	}
	b.SetQuery("")
	if b.matching() != 3000 {
		t.Error(b.matching())
	}

	b.ShowRange(time.Now().Add(-time.Hour), time.Now().Add(time.Hour), "port:22")
	b.Until("the span is shown", func() bool { return b.span != nil })
	if n := b.matching(); n == 0 || n > 1000 || !b.top.Visible() {
		t.Errorf("%d rows", n)
	}
	b.live()
	if b.matching() != 3000 || b.top.Visible() {
		t.Error("not back to live")
	}

	// Clear, and older rows page in again.
	b.Clear()
	b.demo(1)
	b.older()
	b.Until("older rows are there", func() bool { return b.Len() == 3001 })
}

// writeCloser is a file in memory.
type writeCloser struct{ bytes.Buffer }

func (*writeCloser) Close() error { return nil }

func TestExport(t *testing.T) {
	b := start(t)
	b.demo(500)
	b.Until("all is in the history", func() bool {
		n, err := b.Client.Count(t.Context(), client.Query{})
		return err == nil && n == 500
	})
	b.SetQuery("dir:in")
	for _, c := range []struct{ ext, want string }{{".csv", "seq,time,kind"}, {".json", `"direction":"in"`}, {".txt", "[ in, "}} {
		var w writeCloser
		b.Told = nil
		b.exportTo(&w, c.ext)
		b.Until("it is written", func() bool { return strings.Contains(strings.Join(b.Told, "\n"), "events written") })
		lines := strings.Count(w.String(), "\n")
		if c.ext == ".csv" {
			lines--
		}
		if !strings.Contains(w.String(), c.want) || lines != b.matching() {
			t.Errorf("%s: %d lines of %d: %.200s", c.ext, lines, b.matching(), w.String())
		}
	}
}

// Only attempts, if the user wants no messages about the router.
func TestOnlyAttempts(t *testing.T) {
	b := start(t)
	b.Router("@out TCP from 192.168.1.10:5000 to 203.0.113.4:443", "WAN(DHCP) IP is 198.51.100.1")
	b.Until("both are there", func() bool { return b.Len() == 2 })
	b.Prefs.Change(func(c *prefs.Choices) { c.Attempts = true })
	b.ChoicesChanged()
	if b.matching() != 1 {
		t.Errorf("%d rows", b.matching())
	}
}

// Lines are made by the user's template, and those about the router by one of their own.
func TestLinesByTemplate(t *testing.T) {
	b := start(t)
	ev := capture.Event{Kind: capture.Traffic, Proto: capture.TCP}
	b.Prefs.Change(func(c *prefs.Choices) { c.Template = "a%p" })
	if line := string(b.liner()(nil, &ev)); line != "aTCP" {
		t.Errorf("%q", line)
	}
	if line := string(b.liner()(nil, &capture.Event{Kind: capture.System, Text: "started"})); !strings.Contains(line, "started") {
		t.Errorf("%q", line)
	}
	b.Prefs.Change(func(c *prefs.Choices) { c.Template = "%{of a later version}" })
	if line := string(b.liner()(nil, &ev)); !strings.Contains(line, "TCP") {
		t.Errorf("%q", line)
	}
}

// The time line counts what is searched for; a range that is selected in it is a part of the search
// text, and stays while that changes. A page that is too low has none, and it can be switched off.
func TestTimeLine(t *testing.T) {
	b := start(t)
	b.demo(300)
	b.Until("the line counts", func() bool { all := b.line.Sum(); return all.Total() > 200 })
	b.SetQuery("dir:in")
	b.Until("what is searched for", func() bool { all := b.line.Sum(); return all.In > 0 && all.Out == 0 })

	since := time.Now().Add(-time.Hour).Truncate(time.Minute)
	b.setRange(since, time.Time{})
	want := "dir:in since:" + date.Written(since, time.Now())
	if b.field.entry.Text != want || b.matching() == 0 || b.Query() != want {
		t.Errorf("%q, %d rows", b.field.entry.Text, b.matching())
	}
	b.also("port:22")
	if !strings.Contains(b.field.entry.Text, " since:") || !strings.Contains(b.field.entry.Text, "port:22") {
		t.Errorf("%q", b.field.entry.Text)
	}
	b.setRange(time.Time{}, since)
	if b.matching() != 0 {
		t.Errorf("%d rows before all", b.matching())
	}
	b.setRange(time.Time{}, time.Time{})
	if strings.Contains(b.field.entry.Text, "since") || strings.Contains(b.field.entry.Text, "until") {
		t.Errorf("%q", b.field.entry.Text)
	}

	b.GoToDate()
	field := b.Window.Canvas().Focused().(*ui.Entry)
	enter := &fyne.KeyEvent{Name: fyne.KeyReturn}
	field.SetText("soon")
	field.TypedKey(enter)
	if b.Window.Canvas().Overlays().Top() == nil {
		t.Fatal("that is no date")
	}
	field.SetText("24.11.2026")
	field.TypedKey(enter)
	if b.Window.Canvas().Overlays().Top() != nil || !strings.Contains(b.field.entry.Text, "since:2026-11-24 until:2026-11-25") {
		t.Errorf("%q", b.field.entry.Text)
	}

	for _, c := range []struct {
		height float32
		off    bool
		want   bool
	}{{700, false, true}, {430, false, false}, {700, true, false}, {700, false, true}} {
		b.Window.Resize(fyne.NewSize(1280, c.height))
		b.Prefs.Change(func(p *prefs.Choices) { p.NoTimeline = c.off })
		b.ChoicesChanged()
		if b.line.Visible() != c.want || b.line.Active() != c.want {
			t.Errorf("%v: visible %v, active %v", c, b.line.Visible(), b.line.Active())
		}
	}
	b.Hide()
	if b.line.Active() {
		t.Error("the page is hidden, the line not")
	}
}
