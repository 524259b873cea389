package view

import (
	"fmt"
	"image/color"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui/look"
	"linklog/capture"
)

const benchRows = 43

// shown is a window of rows that moves on, so that every row is new each time.
type shown struct {
	list
	from int
}

func (s *shown) Len() int { return benchRows }
func (s *shown) Event(i int, ev *capture.Event) bool {
	*ev = s.events[(s.from+i)%len(s.events)]
	return true
}

func benchWindow(b *testing.B, scale float32, content fyne.CanvasObject) fyne.Window {
	win := test.NewWindow(content)
	win.SetPadded(false)
	win.Canvas().(interface{ SetScale(float32) }).SetScale(scale)
	win.Resize(fyne.NewSize(1104, headerHeight+benchRows*rowHeight))
	win.Canvas().Capture()
	return win
}

// texts are a row's cells as strings, for what needs them.
func texts(ev *capture.Event) [7]string {
	return [7]string{
		ev.Time.Format("15:04:05"), ev.Dir.String(), ev.Proto.String(), ev.Src.Name + " " + ev.Src.Addr.String(),
		fmt.Sprint(ev.Src.Port), ev.Dst.Name + " " + ev.Dst.Addr.String(), services{}.Name(ev.Dst.Port, ev.Proto) + " " + fmt.Sprint(ev.Dst.Port),
	}
}

var benchWidths = [7]float32{82, 66, 58, 340, 70, 340, 142}

// BenchmarkRedraw shows 43 other rows. View/paint is what the View does for it;
// the rest are whole windows with Fyne's software painter, which has costs of its
// own: the empty one tells them.
func BenchmarkRedraw(b *testing.B) {
	for _, scale := range []float32{1, 2} {
		app := test.NewApp()
		app.Settings().SetTheme(look.Theme{Mode: look.Light})
		src := &shown{list: list{events: evening(5000)}}
		src.events = keepTraffic(src.events)
		for i := range src.events {
			src.events[i].Verdict = capture.Verdict(i % 3)
		}

		v := New(src, Options{Columns: Columns(services{}, time.UTC), Location: time.UTC})
		win := benchWindow(b, scale, v)
		size := v.canvas.img.Rect.Size()
		b.Run(fmt.Sprintf("scale=%v/View/paint", scale), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				src.from += 50
				v.paint(size.X, size.Y)
			}
		})
		b.Run(fmt.Sprintf("scale=%v/View/window", scale), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				src.from += 50
				v.redraw()
				win.Canvas().Capture()
			}
		})

		empty := benchWindow(b, scale, canvas.NewRectangle(color.White))
		b.Run(fmt.Sprintf("scale=%v/Empty/window", scale), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				empty.Canvas().Capture()
			}
		})

		var ev capture.Event
		table := widget.NewTable(func() (int, int) { return benchRows, 7 },
			func() fyne.CanvasObject { return widget.NewLabel("") },
			func(id widget.TableCellID, o fyne.CanvasObject) {
				src.Event(id.Row, &ev)
				o.(*widget.Label).SetText(texts(&ev)[id.Col])
			})
		for i, w := range benchWidths {
			table.SetColumnWidth(i, w)
		}
		win = benchWindow(b, scale, table)
		b.Run(fmt.Sprintf("scale=%v/Table/window", scale), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				src.from += 50
				table.Refresh()
				win.Canvas().Capture()
			}
		})

		var cells [benchRows][7]*canvas.Text
		all := container.NewWithoutLayout()
		for y := range cells {
			x := float32(margin)
			for k := range cells[y] {
				text := canvas.NewText("", color.Black)
				text.Move(fyne.NewPos(x, headerHeight+float32(y)*rowHeight))
				cells[y][k] = text
				all.Add(text)
				x += benchWidths[k]
			}
		}
		win = benchWindow(b, scale, all)
		b.Run(fmt.Sprintf("scale=%v/Text/window", scale), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				src.from += 50
				for y := range cells {
					src.Event(y, &ev)
					for k, s := range texts(&ev) {
						cells[y][k].Text = s
						cells[y][k].Refresh()
					}
				}
				win.Canvas().Capture()
			}
		})
	}
}

func keepTraffic(events []capture.Event) (kept []capture.Event) {
	for _, ev := range events {
		if ev.Kind == capture.Traffic {
			kept = append(kept, ev)
		}
	}
	return kept
}

// Drawing what was drawn before allocates nothing.
func TestPaintAllocates(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector allocates on its own")
	}
	s := show(t, 500, nil)
	s.wheel(22 * 100)
	s.click(row(3))
	s.paint()
	if n := testing.AllocsPerRun(50, func() { s.paint() }); n > 0 {
		t.Errorf("%v allocations to draw", n)
	}
}
