//go:build linux

// Command demo shows a View with made-up events, to look at it and to measure what
// it costs in a real window.
package main

import (
	"context"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"syscall"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"linklog/app/log/rows"
	"linklog/app/log/view"
	"linklog/app/ui/look"
	"linklog/capture"
)

var (
	number = flag.Int("rows", 1_000_000, "rows to begin with")
	add    = flag.Int("add", 50, "rows that come ten times a second")
	mode   = flag.String("mode", "follow", "follow, still, hidden, empty (a window without a View), table (a widget.Table instead)")
	dark   = flag.Bool("dark", false, "dark colours")
	width  = flag.Float64("width", 1104, "of the window")
	warm   = flag.Duration("warm", 5*time.Second, "before measuring")
	length = flag.Duration("time", 0, "how long to measure; 0: stay open")
)

func event(seq int) capture.Event {
	ev := capture.Event{
		Seq: uint64(seq), Time: time.Now().UTC().Round(0), Router: netip.AddrFrom4([4]byte{192, 168, 1, 1}), Kind: capture.Traffic, Dir: capture.Out, Proto: capture.TCP,
		Src: capture.Endpoint{Addr: netip.AddrFrom4([4]byte{192, 168, 1, byte(10 + seq%20)}), Name: []string{"NAS", "Anna's laptop", "", "Doorbell"}[seq%4], Port: uint16(30000 + seq*7919%30000)},
	}
	host := seq * 7919 % 20_000
	ev.Dst = capture.Endpoint{Addr: netip.AddrFrom4([4]byte{17, 5, byte(host >> 8), byte(host)}), Name: fmt.Sprintf("server-%d.example.net", host), Port: 443}
	if seq%23 == 0 {
		ev.Dir, ev.Src, ev.Dst = capture.In, ev.Dst, ev.Src
		ev.New = seq%10 == 0
	}
	return ev
}

func main() {
	flag.Parse()
	a := app.NewWithID("linklog.demo")
	theme := look.Theme{Mode: look.Light}
	if *dark {
		theme.Mode = look.Dark
	}
	a.Settings().SetTheme(theme)
	win := a.NewWindow("demo")
	win.SetPadded(false)

	store := rows.New(0)
	batch := make([]capture.Event, 0, 1000)
	for seq := 1; seq <= *number; seq++ {
		batch = append(batch, event(seq))
		if len(batch) == cap(batch) || seq == *number {
			store.Append(batch)
			batch = batch[:0]
		}
	}
	all, err := store.Select(context.Background(), nil)
	if err != nil {
		panic(err)
	}
	v := view.New(all, view.Options{
		Columns: view.Columns(nil, nil), Empty: "Nothing yet",
		OnOpen:          func(i int) { fmt.Println("open", i) },
		OnMenu:          func(i int, cell string, at fyne.Position) { fmt.Println("menu", i, cell, at) },
		OnCopy:          func() { fmt.Println("copy") },
		OnFollow:        func(f bool) { fmt.Println("follow", f) },
		OnLayoutChanged: func(l view.Layout) { fmt.Println("layout", l) },
	})
	var content fyne.CanvasObject = v
	if *mode == "empty" {
		content = canvas.NewRectangle(theme.Palette(a.Settings().ThemeVariant()).Background)
	}
	changed := v.Changed
	if *mode == "table" {
		t := table(all)
		content, changed = t, func() {
			t.Refresh()
			t.ScrollToBottom()
		}
	}
	win.SetContent(content)
	win.Resize(fyne.NewSize(float32(*width), 700))
	a.Lifecycle().SetOnStarted(func() {
		v.SetActive(*mode != "hidden" && *mode != "empty" && *mode != "table")
		switch *mode {
		case "still":
			v.Select(store.Len() / 2)
		case "hidden":
			win.Hide()
		}
		go feed(store, all, changed)
		if *length > 0 {
			go measure(a)
		}
	})
	win.ShowAndRun()
}

// table is the peer: Fyne's own table, with a label in each cell.
func table(all *rows.View) *widget.Table {
	columns := []float32{80, 70, 60, 300, 70, 330, 140}
	t := widget.NewTable(
		func() (int, int) { return all.Len(), len(columns) },
		func() fyne.CanvasObject { return widget.NewLabel("") },
		func(at widget.TableCellID, o fyne.CanvasObject) {
			var ev capture.Event
			all.Event(at.Row, &ev)
			o.(*widget.Label).SetText([]string{
				ev.Time.Local().Format(time.TimeOnly), ev.Dir.String(), ev.Proto.String(), ev.Src.Name + " " + ev.Src.Addr.String(),
				fmt.Sprint(ev.Src.Port), ev.Dst.Name + " " + ev.Dst.Addr.String(), fmt.Sprint(ev.Dst.Port),
			}[at.Col])
		})
	for i, w := range columns {
		t.SetColumnWidth(i, w)
	}
	return t
}

func feed(store *rows.Store, all *rows.View, changed func()) {
	seq := *number
	if *add == 0 {
		return
	}
	for range time.Tick(100 * time.Millisecond) {
		batch := make([]capture.Event, *add)
		for i := range batch {
			seq++
			batch[i] = event(seq)
		}
		fyne.DoAndWait(func() {
			store.Append(batch)
			all.Update()
			changed()
		})
	}
}

func used() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func measure(a fyne.App) {
	time.Sleep(*warm)
	before, at := used(), time.Now()
	time.Sleep(*length)
	cpu := float64(used()-before) / float64(time.Since(at)) * 100
	status, _ := os.ReadFile("/proc/self/statm")
	var size, resident int
	fmt.Sscan(string(status), &size, &resident)
	fmt.Printf("%s: %.1f %% of one core, %d MB resident\n", *mode, cpu, resident*os.Getpagesize()>>20)
	fyne.Do(a.Quit)
}
