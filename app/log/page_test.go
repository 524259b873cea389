package log

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"net/netip"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/software"

	"linklog/app/feed"
	"linklog/app/log/rows"
	"linklog/app/system/prefs"
	"linklog/app/ui"
	"linklog/app/ui/date"
	"linklog/app/ui/uitest"
	"linklog/capture"
	"linklog/capture/send"
	"linklog/filter"
	"linklog/service/client"
)

// bench is the page in a window, with a service behind it.
type bench struct {
	*uitest.Bench
	*Page
	t *testing.T
}

func start(t *testing.T) *bench {
	t.Helper()
	b := &bench{Bench: uitest.Start(t, nil), t: t}
	b.open(0)
	return b
}

// open opens a page whose memory begins with so many of the newest events.
func (b *bench) open(backlog uint64) {
	b.t.Helper()
	b.Page = New(b.Context, Options{OnSaved: func() {}})
	var batch feed.Batch
	var f *feed.Feed
	page := b.Page
	f = feed.New(feed.Options{Socket: b.Socket, Backlog: backlog, Wake: func() {
		b.Do(func() {
			if f.Take(&batch, false) {
				page.Take(&batch)
			}
		})
	}})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); f.Run(ctx) }()
	b.t.Cleanup(func() { cancel(); <-done })
	b.Open(b.Page, 1280, 700)
	b.Window.Canvas().(software.WindowlessCanvas).SetScale(0.25) // small pictures are soon drawn, with the race detector, too
	b.Show()
	b.Until("it is connected", func() bool { return page.state.Hello.ID != "" && page.status.Service != "" })
}

// seen draws the window until all that is in sight is here and nothing is searched any more.
func (b *bench) seen() {
	b.t.Helper()
	b.Until("what is in sight is here", func() bool {
		b.Window.Canvas().Capture()
		return !b.history.searching() && len(b.history.pages) == 0
	})
}

// row is a row that has to be here.
func (b *bench) row(i int) capture.Event {
	b.t.Helper()
	ev, here := b.event(i)
	if !here {
		b.t.Fatalf("row %d of %d is not here", i, b.matching())
	}
	return ev
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
func (b *bench) matching() int { return b.memory.shown.Len() }

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
			if ev := b.row(i); ev.Src.Addr == tv && ev.Src.Name != "Living-room TV" {
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
		if ev := b.row(i); ev.Dir != capture.In {
			t.Fatalf("%+v", ev)
		}
	}
	b.view.Select(0)
	b.copy()
	ev := b.row(0)
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
}

// What is not in memory is found and reached: a host that was seen only at the beginning, the oldest row, all
// of what was imported, in its place in time.
func TestWholeHistory(t *testing.T) {
	b := start(t)
	rare := netip.MustParseAddr("203.0.113.99")
	b.Router("@in TCP from 203.0.113.99:5000 to 192.168.1.10:22", "@in TCP from 203.0.113.99:5001 to 192.168.1.10:23")
	b.Until("they are there", func() bool { return b.Len() == 2 })
	b.demo(3000)
	b.Router()
	b.open(100)
	b.seen()
	if b.Len() > 200 || b.matching() != 3002 {
		t.Fatalf("%d events in memory, %d rows", b.Len(), b.matching())
	}
	if text := b.tally.text.Text; text != "3,002 events" {
		t.Errorf("it says %q", text)
	}

	for _, query := range []string{"ip:203.0.113.99", "203.0.113.99", "!dir:out src:203.0.113.0/24"} {
		b.SetQuery(query)
		b.seen()
		if b.matching() < 2 || b.row(0).Src.Addr != rare || b.row(1).Dst.Port != 23 {
			t.Errorf("%s: %d rows, the first of %v", query, b.matching(), b.row(0).Src.Addr)
		}
	}
	if want := fmt.Sprintf("%d of 3,002 events", b.matching()); b.tally.text.Text != want {
		t.Errorf("it says %q, want %q", b.tally.text.Text, want)
	}

	b.SetQuery("")
	b.view.TypedKey(&fyne.KeyEvent{Name: fyne.KeyHome})
	b.seen()
	if b.view.Current() != 0 || b.row(0).Seq != 1 || b.detail.event.Seq != 1 {
		t.Errorf("Home leads to row %d with event %d, the detail is of %d", b.view.Current(), b.row(0).Seq, b.detail.event.Seq)
	}

	// The one in the middle of all: what is older and newer stays what it was.
	var middle time.Time
	b.view.Select(1500)
	b.seen()
	middle = b.row(1500).Time
	imported := capture.Event{Time: middle, Kind: capture.Traffic, Dir: capture.In, Proto: capture.TCP, Src: capture.Endpoint{Addr: netip.MustParseAddr("198.51.100.77"), Port: 7}, Dst: capture.Endpoint{Addr: netip.MustParseAddr("192.168.1.10"), Port: 22}}
	old := imported
	old.Time = middle.AddDate(-1, 0, 0)
	if r, err := b.Client.Import(t.Context(), nil, "old.log", []capture.Event{old, imported}); err != nil || r.Added != 2 {
		t.Fatal(r, err)
	}
	b.refresh()
	b.Until("imported events are rows", func() bool { b.Window.Canvas().Capture(); return b.matching() == 3004 && !b.history.searching() })
	b.view.TypedKey(&fyne.KeyEvent{Name: fyne.KeyHome})
	b.seen()
	if ev := b.row(0); !ev.Time.Equal(old.Time) {
		t.Errorf("the first is of %v, want %v", ev.Time, old.Time)
	}
	b.view.Select(1501)
	b.seen()
	at, last := -1, time.Time{}
	for i := 1300; i < 1700; i++ {
		ev := b.row(i)
		if ev.Src.Addr == imported.Src.Addr {
			at = i
		}
		if ev.Time.Before(last) {
			t.Fatalf("row %d of %v is behind one of %v", i, ev.Time, last)
		}
		last = ev.Time
	}
	if at < 0 {
		t.Error("what was imported is not in its place")
	}

	// All of it can be copied, whether it is here or not.
	b.view.TypedShortcut(&fyne.ShortcutSelectAll{})
	b.copy()
	b.Until("it is copied", func() bool { return len(b.Told) > 0 })
	var want []byte
	line := b.liner()
	if err := b.Client.Events(t.Context(), client.Query{All: true, OldestFirst: true}, func(ev *capture.Event) error {
		want = append(line(want, ev), '\n')
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got := fyne.CurrentApp().Clipboard().Content(); got != string(want) {
		t.Errorf("copied %d lines, want %d", strings.Count(got, "\n"), strings.Count(string(want), "\n"))
	}
	if b.tally.selected.Text != "3,004 selected" {
		t.Errorf("it says %q", b.tally.selected.Text)
	}
}

// Who reads far back and narrows the search stays where he is, with the row that is selected.
func TestPlaceStays(t *testing.T) {
	b := start(t)
	var events []capture.Event
	for i := range 3000 {
		ev := capture.Event{Time: time.Date(2020, 5, 1, 0, 0, 2*i, 0, time.UTC), Kind: capture.Traffic, Dir: capture.Direction(1 + i%3/2), Proto: capture.TCP}
		ev.Src = capture.Endpoint{Addr: netip.AddrFrom4([4]byte{192, 168, 1, byte(i % 7)}), Port: uint16(1000 + i)}
		ev.Dst = capture.Endpoint{Addr: netip.AddrFrom4([4]byte{203, 0, 113, byte(i % 11)}), Port: 443}
		events = append(events, ev)
	}
	if _, err := b.Client.Import(t.Context(), nil, "old.log", events); err != nil {
		t.Fatal(err)
	}
	b.demo(100)
	b.Router()
	b.open(10)
	b.seen()
	b.view.Select(1000)
	b.seen()
	at := 1000
	for b.row(at).Dir != capture.Out {
		at++
	}
	b.view.Select(at)
	b.seen()
	want := b.row(at)
	height := func() int { top, _ := b.view.Top(); return b.view.Current() - top }
	before := height()
	for _, query := range []string{"dir:out", "dir:out " + filter.OfHost(want.Dst.Addr, "").String(), ""} {
		b.SetQuery(query)
		b.Until("the place is found", func() bool { b.Window.Canvas().Capture(); return b.place == nil && !b.history.searching() })
		b.seen()
		if i := b.view.Current(); i < 0 || b.row(i).Seq != want.Seq {
			t.Fatalf("%q: the row with the keyboard is %d", query, i)
		}
		if got := height(); query != "" && got > before || query == "" && got < 0 {
			t.Errorf("%q: it is in row %d of those in sight, and was in %d", query, got, before)
		}
	}
	b.SetQuery("dir:in") // which it is not: what happened at that time is shown
	b.Until("the place is found", func() bool { b.Window.Canvas().Capture(); return b.place == nil && !b.history.searching() })
	b.seen()
	top, stands := b.view.Top()
	if first, last := b.row(top).Seq, b.row(min(top+b.view.PageRows(), b.matching()-1)).Seq; !stands || first > want.Seq || last < want.Seq {
		t.Errorf("shown are %d to %d, want those around %d", first, last, want.Seq)
	}
	// The newest rows are still followed by who followed them.
	b.view.Follow()
	b.SetQuery("")
	b.seen()
	if _, stands := b.view.Top(); stands {
		t.Error("the newest rows are not followed any more")
	}
}

// Names that change are shown in rows that are not in memory, too.
func TestNamesInTheHistory(t *testing.T) {
	b := start(t)
	b.demo(1000)
	b.Router()
	b.open(10)
	b.view.TypedKey(&fyne.KeyEvent{Name: fyne.KeyHome})
	b.seen()
	tv := netip.MustParseAddr("192.168.1.15")
	if err := b.Client.SetDeviceLabel(t.Context(), tv.String(), "Big screen"); err != nil {
		t.Fatal(err)
	}
	b.Until("the name is in all rows", func() bool {
		for i := range 400 {
			if ev := b.row(i); ev.Src.Addr == tv && ev.Src.Name != "Big screen" {
				return false
			}
		}
		return true
	})
}

// A name that comes behind an event is that of the event, which came with the one before; an
// event behind it has the one it came with.
func TestNamesAmongEvents(t *testing.T) {
	b := start(t)
	event := func(seq uint64, name string) capture.Event {
		return capture.Event{Seq: seq, Time: time.Now(), Kind: capture.Traffic, Dir: capture.Out, Proto: capture.TCP, Src: capture.Endpoint{Addr: netip.MustParseAddr("192.168.1.23"), Port: 40000, Name: name}}
	}
	name := func(after int, name string) feed.NewName {
		return feed.NewName{After: after, Addr: netip.MustParseAddr("192.168.1.23"), Name: name}
	}
	for _, test := range []struct {
		names []feed.NewName
		want  string
	}{
		{nil, "a b"},
		{[]feed.NewName{name(0, "x")}, "a b"},
		{[]feed.NewName{name(1, "x")}, "x b"},
		{[]feed.NewName{name(1, "x"), name(2, "y")}, "y y"},
		{[]feed.NewName{name(0, "x"), name(9, "y")}, "y y"},
	} {
		b.memory.clear()
		b.Take(&feed.Batch{Events: []capture.Event{event(1, "a"), event(2, "b")}, Names: test.names})
		var got []string
		for _, ev := range b.memory.latest(9) {
			got = append(got, ev.Src.Name)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%v: %q, want %q", test.names, got, test.want)
		}
	}
}

// After more names changed than the service remembers, those of all rows in memory are asked for
// anew: of hosts, and of devices that are known by their hardware address, whatever it is.
func TestNamesMissed(t *testing.T) {
	b := start(t)
	const mac = "02:00:5e:10:00:22"
	b.Router("<30>dnsmasq-dhcp[1]: DHCPACK(br0) 192.168.1.23 "+mac+" tv",
		"<4>kernel: ACCEPT IN=br0 OUT=eth0 MAC=02:00:5e:10:00:01:"+mac+":08:00 SRC=192.168.1.23 DST=203.0.113.9 LEN=60 PROTO=TCP SPT=40000 DPT=443 SYN")
	hardware, _ := capture.ParseMAC(mac)
	for _, label := range []string{"Living-room TV", ""} {
		if err := b.Client.SetDeviceLabel(t.Context(), mac, label); err != nil {
			t.Fatal(err)
		}
		if err := b.Client.SetHostLabel(t.Context(), "203.0.113.9", "Web"); err != nil {
			t.Fatal(err)
		}
		want := cmp.Or(label, "tv")
		called := func() string { ev := b.row(0); return ev.Src.Name + " -> " + ev.Dst.Name }
		b.Until("the names have come", func() bool { return b.Len() == 1 && called() == want+" -> Web" })
		for _, who := range []rows.Owner{{Addr: netip.MustParseAddr("192.168.1.23"), MAC: hardware}, {Addr: netip.MustParseAddr("203.0.113.9")}} {
			b.memory.store.SetName(who, false, "missed")
		}
		if got := called(); got != "missed -> missed" {
			t.Fatal(got)
		}
		b.Take(&feed.Batch{NamesMissed: true})
		b.Until("the names are asked for", func() bool { return called() == want+" -> Web" })
	}
}

// The next key ends what is searched, and a hidden page searches nothing.
func TestSearchEnds(t *testing.T) {
	b := start(t)
	b.demo(100)
	b.Router()
	b.open(10)
	b.again()
	if !b.history.searching() {
		t.Fatal("it is not searched")
	}
	b.field.entry.SetText("x")
	if b.history.searching() {
		t.Error("it goes on though something else is typed")
	}
	b.SetQuery("")
	b.Hide()
	if b.history.searching() {
		t.Error("it goes on though nobody can see it")
	}
	b.SetQuery("dir:out")
	if b.history.searching() {
		t.Error("a hidden page searches")
	}
	b.Show()
	n, err := b.Client.Count(t.Context(), client.Query{Filter: "dir:out"})
	if err != nil || n == 0 {
		t.Fatal(n, err)
	}
	b.Until("it is found once it is seen", func() bool { return b.matching() == int(n) })
}

// What was removed from the history is not shown any more, also if it was in memory.
func TestForgotten(t *testing.T) {
	b := start(t)
	b.demo(50)
	b.Router("@out TCP from 192.168.1.99:5000 to 203.0.113.77:443")
	b.Until("it is there", func() bool { return b.Len() == 51 })
	b.demo(50)
	b.Until("all is shown", func() bool { return b.matching() == 101 })
	if _, err := b.Client.Forget(t.Context(), "ip:192.168.1.99", false); err != nil {
		t.Fatal(err)
	}
	b.Eventually("it is removed", func() bool {
		state, err := b.Client.Forgetting(t.Context())
		return err == nil && !state.Running
	})
	b.Forgotten()
	b.Until("the others are shown", func() bool { return b.matching() == 100 })
	b.demo(1)
	b.Until("and what comes", func() bool { return b.matching() == 101 })
}

// Clear takes away what is here, and says how to have it back.
func TestClear(t *testing.T) {
	b := start(t)
	b.demo(100)
	b.Router()
	b.Clear()
	if b.matching() != 0 || !strings.Contains(b.empty(), "cleared") || !b.tally.earlier.Visible() {
		t.Errorf("%d rows, %q", b.matching(), b.empty())
	}
	b.demo(1)
	if b.matching() != 1 {
		t.Errorf("%d rows", b.matching())
	}
	b.earlier()
	b.seen()
	if b.matching() != 101 || b.tally.earlier.Visible() {
		t.Errorf("%d rows", b.matching())
	}
}

// Why there are no rows is said as it is.
func TestEmpty(t *testing.T) {
	b := start(t)
	said := func(want string, change func()) {
		t.Helper()
		state, status, query, cleared := b.state, b.status, b.memory.query, b.memory.cleared
		if change(); !strings.Contains(b.empty(), want) {
			t.Errorf("it says %q, want %q", b.empty(), want)
		}
		nothing := want == "Waiting for the first message" || b.status.Strange > 0 || b.status.Received > 0
		if b.showEmpty(); b.old.Visible() != nothing {
			t.Errorf("%s: old logs can be imported: %v", want, !nothing)
		}
		b.state, b.status, b.memory.query, b.memory.cleared = state, status, query, cleared
	}
	b.seen()
	said("Waiting for the first message", func() {})
	said("Connecting", func() { b.state.Connection = feed.Connecting })
	said("does not answer", func() { b.state = feed.State{Connection: feed.Lost, Err: client.ErrNoService} })
	said("no access", func() {
		b.state = feed.State{Connection: feed.Refused, Err: fmt.Errorf("%w: %w", client.ErrNotAsked, fs.ErrPermission)}
	})
	said("not accepted as routers", func() { b.status.Strange = 500_000 })
	said("none of them is about a connection", func() { b.status.Received = 500_000 })
	said("history is empty", func() { b.state.Hello.Last = 500_000 })
	said("history is empty", func() { b.status.Last = 500_000 })
	said("Nothing matches", func() { b.memory.query = "x" })
	said("was cleared", func() { b.memory.cleared = true })
	b.again()
	said("Searching", func() {})
}

func TestExport(t *testing.T) {
	b := start(t)
	b.demo(500)
	b.Until("all is in the history", func() bool {
		n, err := b.Client.Count(t.Context(), client.Query{})
		return err == nil && n == 500
	})
	b.SetQuery("dir:in")
	for how, want := range []string{asCSV: "seq,time,kind", asJSON: `"direction":"in"`, asText: "[ in, "} {
		var w bytes.Buffer
		rows := 0
		if err := b.write(t.Context(), how, time.Time{}, &w, func() { rows++ }); err != nil {
			t.Fatal(err)
		}
		lines := strings.Count(w.String(), "\n")
		if how == asCSV {
			lines--
		}
		if !strings.Contains(w.String(), want) || lines != b.matching() || rows != lines {
			t.Errorf("%d: %d lines, %d rows, of %d: %.200s", how, lines, rows, b.matching(), w.String())
		}
	}
	if n, err := b.Client.Count(t.Context(), b.exported(time.Now().Add(time.Hour))); n != 0 || err != nil {
		t.Errorf("%d events of the future, %v", n, err)
	}
	b.Prefs.Change(func(c *prefs.Choices) { c.Attempts = true })
	b.SetQuery("")
	b.Router("WAN(DHCP) IP is 198.51.100.1")
	if n, err := b.Client.Count(t.Context(), b.exported(time.Time{})); n == 0 || n > 500 || err != nil {
		t.Errorf("%d events though messages about the router are not shown, %v", n, err)
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

// TestSent shows how much was sent in an attempt, also if the router told that only after its line came.
func TestSent(t *testing.T) {
	b := start(t)
	b.Router("<4>kernel: DROP IN=br0 OUT=eth0 SRC=192.168.1.10 DST=198.51.100.80 LEN=60 PROTO=TCP SPT=50000 DPT=443 SYN")
	b.Until("the attempt is there", func() bool { return b.Len() == 1 })
	b.view.Select(0)
	b.Settle()
	if strings.Contains(b.detail.facts.Text, "Sent") {
		t.Errorf("the detail is %q", b.detail.facts.Text)
	}
	b.Flows(
		send.Connection{Src: netip.MustParseAddrPort("192.168.1.10:50000"), Dst: netip.MustParseAddrPort("198.51.100.80:443")},
		send.Connection{Src: netip.MustParseAddrPort("192.168.1.11:50000"), Dst: netip.MustParseAddrPort("198.51.100.81:443")},
	)
	var sent capture.Event
	b.Eventually("what was sent is stored", func() bool {
		err := b.Client.Events(t.Context(), client.Query{Before: 2}, func(ev *capture.Event) error { sent = *ev; return nil })
		return err == nil && sent.Src.Sent.Bytes > 0
	})
	up, down := sent.UpDown()
	b.detail.show(b.row(0))
	want := fmt.Sprintf("Sent: %s up, %s down", ui.Volume(up.Bytes), ui.Volume(down.Bytes))
	b.Until("how much was sent", func() bool { return strings.Contains(b.detail.facts.Text, want) })
	if up.Bytes == 0 || down.Bytes == 0 {
		t.Error(want)
	}
}
