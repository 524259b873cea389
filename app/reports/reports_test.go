package reports

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"linklog/app/ui"
	"linklog/app/ui/chart"
	"linklog/app/ui/grid"
	"linklog/app/ui/uitest"
	"linklog/capture"
	"linklog/capture/send"
	"linklog/filter"
	"linklog/format/services"
	"linklog/service/client"
)

func is(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
}

// times are those that a search text asks for.
func times(t *testing.T, text string) (since, until time.Time) {
	t.Helper()
	f, err := filter.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	m, err := f.Compile(services.IANA(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return m.Times()
}

func shown(g *grid.Grid[entry]) (list []string) {
	for _, e := range g.Rows() {
		list = append(list, fmt.Sprintf("%s %s %d", e.name, e.second, e.count))
	}
	return list
}

func TestPage(t *testing.T) {
	b := uitest.Start(t, nil)
	p := New(b.Context, Options{})
	b.Open(p, 1100, 700)
	b.Router(
		"@in TCP from 203.0.113.77:40000 to 192.168.1.10:22",
		"@in TCP from 203.0.113.77:40001 to 192.168.1.10:22",
		"@in TCP from 203.0.113.78:40001 to 192.168.1.11:22",
		"@out TCP from 192.168.1.10:5000 to 198.51.100.5:443.",
		"@in ICMP from 203.0.113.77 to 192.168.1.10",
		"System is ready",
	)
	p.Show()
	is(t, "at first", p.below.Text, "Counting…")
	b.Settle()
	if !strings.HasSuffix(p.below.Text, ": 4 in, 1 out.") {
		t.Fatalf("the summary is %q", p.below.Text)
	}
	is(t, "hosts", shown(p.hosts), []string{" 203.0.113.77 3", " 198.51.100.5 1", " 203.0.113.78 1"})
	is(t, "devices", shown(p.devices), []string{" 192.168.1.10 4", " 192.168.1.11 1"})
	is(t, "ports", shown(p.ports)[0], "ssh 22 TCP 3")
	is(t, "domains", shown(p.domains), []string{"no domain known  5"})
	is(t, "owners", shown(p.owners), []string{"no owner known  5"})
	is(t, "countries", shown(p.places), []string{"no country known  5"})
	is(t, "categories", []any{shown(p.uses)[0], len(shown(p.uses))}, []any{"Remote control  3", 3})

	// A direction.
	p.dirs.Tapped(&fyne.PointEvent{Position: fyne.NewPos(p.dirs.Size().Width-5, 10)})
	b.Settle()
	if !strings.HasSuffix(p.below.Text, ": 1 out.") {
		t.Fatalf("the summary is %q", p.below.Text)
	}
	is(t, "hosts", shown(p.hosts), []string{" 198.51.100.5 1"})
	p.hosts.Select("198.51.100.5")
	p.hosts.Focus(p.c.Window.Canvas())
	b.Window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	p.ports.Focus(p.c.Window.Canvas())
	b.Window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	b.Window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	is(t, "log", b.Logs, []string{"dir:out ip:198.51.100.5 since:24h", "dir:out proto:TCP dport:443 since:24h"})

	// The bar with something in it is of now.
	c := p.chart
	at := fyne.NewPos(0, 50)
	for ; at.X < c.Size().Width && !strings.HasSuffix(p.looked.Text, ": 0 in, 1 out"); at.X++ {
		c.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: at}})
	}
	if at.X >= c.Size().Width {
		t.Fatalf("it tells %q at last", p.looked.Text)
	}
	c.Tapped(&fyne.PointEvent{Position: at})
	is(t, "opened", len(b.Logs), 3)
	from, to := times(t, b.Logs[2])
	if !from.Before(time.Now()) || to.Sub(from) != 30*time.Minute || !strings.HasPrefix(b.Logs[2], "dir:out since:") {
		t.Fatalf("%q: from %v to %v", b.Logs[2], from, to)
	}
	c.MouseOut()
	b.Window.Canvas().Focus(c)
	c.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
	c.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	is(t, "by keyboard", len(b.Logs), 4)

	for i := hour; i < own; i++ {
		p.choosePreset(int(i))
		b.Settle()
		if all := chart.Sum(p.report.bars); all.Out != 1 || len(p.report.bars) > maxBars+3 {
			t.Errorf("range %d: %d attempts out in %d bars", i, all.Out, len(p.report.bars))
		}
	}
	is(t, "wrong", p.wrong.Visible(), false)
}

// The router's own public address, to which go the attempts that it blocks, is no device.
func TestPublicAddressIsNoDevice(t *testing.T) {
	b := uitest.Start(t, nil)
	p := New(b.Context, Options{})
	b.Open(p, 1100, 700)
	b.Router(
		uitest.Netfilter("ACCEPT", "203.0.113.80", 40002, "192.168.1.10", 443),
		uitest.Netfilter("DROP", "203.0.113.80", 40000, "198.51.100.120", 22),
		uitest.Netfilter("DROP", "203.0.113.80", 40001, "198.51.100.120", 23),
	)
	p.Show()
	b.Settle()
	if !strings.HasSuffix(p.below.Text, ": 3 in, 0 out; 1 allowed, 2 blocked.") {
		t.Errorf("the summary is %q", p.below.Text)
	}
	is(t, "devices", shown(p.devices), []string{" 192.168.1.10 1"})
	is(t, "fraction", p.devices.Rows()[0].fraction, 1)
}

// What the router blocked is apart, where it says so.
func TestVerdicts(t *testing.T) {
	b := uitest.Start(t, nil)
	p := New(b.Context, Options{})
	b.Open(p, 1100, 700)
	b.Router("@out TCP from 192.168.1.10:5000 to 198.51.100.5:443.")
	p.Show()
	b.Settle()
	is(t, "without verdicts", []bool{strings.Contains(p.below.Text, "blocked"), p.hollow.Visible()}, []bool{false, false})
	b.Router(
		uitest.Netfilter("DROP", "203.0.113.80", 40000, "192.168.1.10", 22),
		uitest.Netfilter("DROP", "203.0.113.80", 40001, "192.168.1.10", 23),
		uitest.Netfilter("ACCEPT", "203.0.113.80", 40002, "192.168.1.10", 443),
	)
	p.refresh.Now()
	b.Settle()
	if !strings.HasSuffix(p.below.Text, ": 3 in, 1 out; 1 allowed, 2 blocked.") || !p.hollow.Visible() {
		t.Errorf("the summary is %q", p.below.Text)
	}
	is(t, "counts", chart.Sum(p.report.bars), chart.Counts{In: 3, Out: 1, InBlocked: 2, Allowed: 1})
	var hosts []string
	for _, e := range p.hosts.Rows() {
		hosts = append(hosts, fmt.Sprint(e.second, " ", e.count, " ", e.allowed, " ", e.blocked))
	}
	is(t, "hosts", hosts, []string{"203.0.113.80 3 1 2", "198.51.100.5 1 0 0"})
	hollow := 0
	for _, o := range test.WidgetRenderer(p.chart).Objects() {
		if r, ok := o.(*canvas.Rectangle); ok && r.StrokeWidth > 0 {
			hollow++
		}
	}
	is(t, "hollow pieces", hollow > 0, true)
}

func TestOwnRange(t *testing.T) {
	b := uitest.Start(t, nil)
	p := New(b.Context, Options{Location: time.UTC})
	b.Open(p, 720, 600)
	p.Show()
	b.Settle()
	if !strings.HasPrefix(p.below.Text, "No attempts, ") {
		t.Fatalf("the summary is %q", p.below.Text)
	}
	p.ranges.Set(int(own))
	p.askRange()
	from := b.Window.Canvas().Focused().(*ui.Entry)
	b.Window.Canvas().FocusNext()
	to := b.Window.Canvas().Focused().(*ui.Entry)
	enter := &fyne.KeyEvent{Name: fyne.KeyReturn}
	for _, wrong := range [][2]string{{"soon", "2026-01-02"}, {"2026-01-01", ""}, {"2026-01-03", "2026-01-02"}, {"0001-01-01", "2026-01-02"}} {
		from.SetText(wrong[0])
		to.SetText(wrong[1])
		to.TypedKey(enter)
		if b.Window.Canvas().Overlays().Top() == nil {
			t.Fatalf("%q was taken", wrong)
		}
	}
	from.SetText("2026-01-01")
	to.SetText("2026-01-02")
	to.TypedKey(enter)
	b.Settle()
	is(t, "the range", p.below.Text, "No attempts, 1 Jan to 2 Jan.")
	is(t, "text on top", b.Text, "since:2026-01-01 until:2026-01-03")
	is(t, "bars", []any{len(p.report.bars), len(p.report.bars) > 0 && p.report.bars[0].To.Sub(p.report.bars[0].From) == time.Hour}, []any{48, true})
	// Escape leaves things as they are.
	p.choosePreset(int(day))
	p.ranges.Set(int(own))
	p.askRange()
	b.Window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	b.Settle()
	is(t, "chosen", p.ranges.Chosen(), int(day))
	is(t, "text on top", b.Text, "")
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

// The report is of what is searched for, and says so; what the user selects in the chart is searched
// for from then on.
func TestSearched(t *testing.T) {
	b := uitest.Start(t, nil)
	p := New(b.Context, Options{})
	b.Open(p, 1100, 700)
	b.Router(
		"@in TCP from 203.0.113.77:40000 to 192.168.1.10:22",
		"@in TCP from 203.0.113.78:40001 to 192.168.1.11:22",
		"@out TCP from 192.168.1.10:5000 to 198.51.100.5:443.",
		"@out TCP from 192.168.1.10:5001 to 198.51.100.6:443.",
	)
	b.Text = "ip:192.168.1.10"
	p.Show()
	b.Settle()
	is(t, "limited", []any{p.only.Visible(), p.only.Text, p.dirs.Visible()}, []any{true, "Only what matches: ip:192.168.1.10", true})
	is(t, "hosts", shown(p.hosts), []string{" 198.51.100.5 1", " 198.51.100.6 1", " 203.0.113.77 1"})
	p.hosts.Select("198.51.100.6")
	p.hosts.Focus(p.c.Window.Canvas())
	b.Window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	is(t, "log", b.Logs, []string{"ip:192.168.1.10 since:24h 198.51.100.6"})

	b.Text = "dir:in"
	p.Searched()
	b.Settle()
	is(t, "direction", []any{shown(p.hosts), p.dirs.Visible()}, []any{[]string{" 203.0.113.77 1", " 203.0.113.78 1"}, false})

	// The right half of the chart, which has all of it.
	c := p.chart
	c.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(c.Size().Width-15, 50)}})
	c.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(c.Size().Width/2, 50)}})
	c.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(c.Size().Width/2-40, 50)}})
	if !strings.HasSuffix(p.looked.Text, ": 2 in, 0 out") {
		t.Errorf("it tells %q of what is selected", p.looked.Text)
	}
	c.DragEnd()
	b.Settle()
	since, until := times(t, b.Text)
	if !strings.HasPrefix(b.Text, "dir:in since:") || !since.Equal(p.report.from) || until.Sub(since) < 11*time.Hour || until.Sub(since) > 15*time.Hour || p.ranges.Chosen() != int(own) {
		t.Errorf("%q, report from %v to %v, chosen %d", b.Text, p.report.from, p.report.to, p.ranges.Chosen())
	}
	is(t, "hosts", shown(p.hosts), []string{" 203.0.113.77 1", " 203.0.113.78 1"})

	// A bar is opened within what was selected, though it begins before; a preset ends the range.
	b.Text = "since:20m"
	p.Searched()
	b.Settle()
	p.open(chart.Bar{From: p.report.from.Add(-time.Hour), To: p.report.from.Add(time.Minute)})
	if since, until := times(t, b.Logs[1]); !since.Equal(p.report.from) || until.Sub(since) != time.Minute {
		t.Errorf("%q, report from %v", b.Logs[1], p.report.from)
	}
	p.choosePreset(int(week))
	b.Settle()
	is(t, "preset", []any{b.Text, p.ranges.Chosen()}, []any{"", int(week)})

	b.Text = "dst:300.1.1.1"
	p.Searched()
	if !p.wrong.Visible() || !strings.Contains(p.wrong.Text, "300.1.1.1") {
		t.Errorf("%q", p.wrong.Text)
	}
}

// Attempts of old logs are counted with the others.
func TestImported(t *testing.T) {
	b := uitest.Start(t, nil)
	p := New(b.Context, Options{})
	b.Open(p, 1100, 700)
	b.Router("@in TCP from 203.0.113.77:40000 to 192.168.1.10:22")
	old := capture.Event{Time: time.Now().Add(-5 * time.Hour), Kind: capture.Traffic, Dir: capture.In, Proto: capture.TCP}
	old.Src, old.Dst = capture.Endpoint{Addr: netip.MustParseAddr("203.0.113.77"), Port: 1}, capture.Endpoint{Addr: netip.MustParseAddr("192.168.1.10"), Port: 22}
	if _, err := b.Client.Import(t.Context(), nil, "old.log", []capture.Event{old}); err != nil {
		t.Fatal(err)
	}
	p.Show()
	b.Settle()
	is(t, "hosts", shown(p.hosts), []string{" 203.0.113.77 2"})
	is(t, "bars", chart.Sum(p.report.bars).In, 2)
}

// What is exported is what the report shows.
func TestExport(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	b := uitest.Start(t, nil)
	p := New(b.Context, Options{})
	b.Open(p, 1100, 700)
	p.Export() // there is nothing yet
	is(t, "dialogs", len(b.Window.Canvas().Overlays().List()), 0)
	b.Router(
		uitest.Netfilter("DROP", "203.0.113.80", 40000, "192.168.1.10", 22),
		"@out TCP from 192.168.1.10:5000 to 198.51.100.5:443.",
	)
	p.Show()
	b.Settle()
	for _, end := range []string{".csv", ".json"} {
		file := filepath.Join(t.TempDir(), "report"+end)
		p.Export()
		field := b.Window.Canvas().Focused().(*ui.Entry)
		if end == ".json" {
			for _, o := range test.LaidOutObjects(b.Window.Canvas().Overlays().Top()) {
				if s, ok := o.(*ui.Select); ok && len(s.Options) == 2 {
					s.SetSelectedIndex(1)
				}
			}
		}
		field.SetText(file)
		field.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
		b.Settle()
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var in, out, blocked int
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		if end == ".csv" {
			is(t, "header", lines[0], strings.Join(header, ","))
			for _, line := range lines[1:] {
				f := strings.Split(line, ",")
				if f[0] == "time" {
					in, out, blocked = in+number(t, f[6]), out+number(t, f[7]), blocked+number(t, f[9])
				}
			}
			lines = lines[1:]
		} else {
			for _, line := range lines {
				var r row
				if err := json.Unmarshal([]byte(line), &r); err != nil {
					t.Fatal(err)
				}
				if r.List == "time" {
					in, out, blocked = in+int(*r.In), out+int(*r.Out), blocked+int(r.Blocked)
				}
			}
		}
		is(t, end, []int{in, out, blocked, len(lines)}, []int{1, 1, 1, len(p.report.bars) + len(p.report.hosts) + len(p.report.ports) + len(p.report.devices) + len(p.report.domains) + len(p.report.owners) + len(p.report.places) + len(p.report.uses)})
		if !strings.Contains(string(text), "203.0.113.80") {
			t.Errorf("%s: %s", end, text)
		}
	}
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestVolume: where flows tell how much was sent, reports can be about that. What is not known is not 0.
func TestVolume(t *testing.T) {
	b := uitest.Start(t, nil)
	p := New(b.Context, Options{})
	b.Open(p, 1100, 700)
	b.Router("@in TCP from 203.0.113.77:40000 to 192.168.1.10:22")
	p.Show()
	b.Settle()
	if p.amounts.Visible() {
		t.Error("volume is offered, of which nothing is known")
	}
	b.Flows(
		send.Connection{Src: netip.MustParseAddrPort("192.168.1.10:50000"), Dst: netip.MustParseAddrPort("198.51.100.80:443")},
		send.Connection{Src: netip.MustParseAddrPort("192.168.1.11:50000"), Dst: netip.MustParseAddrPort("198.51.100.81:443")},
	)
	p.reload()
	b.Settle()
	if !p.amounts.Visible() || !strings.HasSuffix(p.below.Text, ": 1 in, 2 out.") {
		t.Fatalf("%v, %q", p.amounts.Visible(), p.below.Text)
	}
	all := chart.Sum(p.report.bars)
	if all.Measured != 2 || all.Up == 0 || all.Down == 0 {
		t.Fatalf("%+v", all)
	}
	p.amounts.Tapped(&fyne.PointEvent{Position: fyne.NewPos(p.amounts.Size().Width-5, 10)})
	b.Settle()
	want := fmt.Sprintf(": %s up, %s down, in 2 attempts. Of others it is not known.", ui.Volume(all.Up), ui.Volume(all.Down))
	if !strings.HasSuffix(p.below.Text, want) {
		t.Fatalf("%q, not %q", p.below.Text, want)
	}
	up, down := uint64(0), uint64(0)
	for i, e := range p.hosts.Rows() {
		up, down = up+e.up, down+e.down
		if first := p.hosts.Rows()[0]; !e.volume || e.up+e.down > first.up+first.down || e.fraction <= 0 || e.fraction > 1 {
			t.Errorf("row %d: %+v", i, e)
		}
	}
	is(t, "hosts", len(p.hosts.Rows()), 2)
	is(t, "sent", []uint64{up, down}, []uint64{all.Up, all.Down})
	if page := p.printed(); page.Lists[0].First != "Up" || page.Lists[0].Rows[0].First != ui.Volume(p.hosts.Rows()[0].up) || page.Legend[0].Text != "down (below)" {
		t.Errorf("%+v", page.Lists[0])
	}
	sums := [4]uint64{}
	for _, r := range p.report.rows() {
		if cells := cells(&r); len(cells) != len(header) {
			t.Fatalf("%q for %q", cells, header)
		}
		switch {
		case r.List == "time" && r.Up != nil:
			sums[0], sums[1] = sums[0]+*r.Up, sums[1]+*r.Down
		case r.List == "host":
			sums[2], sums[3] = sums[2]+*r.Up, sums[3]+*r.Down
		}
	}
	is(t, "written", sums, [4]uint64{all.Up, all.Down, all.Up, all.Down})
}
