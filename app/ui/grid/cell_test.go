package grid

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
)

func TestShorten(t *testing.T) {
	test.NewTempApp(t)
	for _, s := range []string{"", "a", "a long name of a host", "日本語の長い名前です", strings.Repeat("w", 10000)} {
		for _, room := range []float32{-5, 0, 3, 20, 50, 1000} {
			got := shorten(s, Sans, room)
			if w := Sans.measure(got).Width; w > max(room, 0) {
				t.Errorf("%.20q in %v is %q, %v wide", s, room, got, w)
			}
			if got != s && got != "" && !strings.HasSuffix(got, "…") {
				t.Errorf("%.20q in %v is %q", s, room, got)
			}
			if Sans.measure(s).Width <= room && got != s {
				t.Errorf("%.20q fits in %v, but is %q", s, room, got)
			}
		}
	}
}

// What stands before a badge gives it room; second texts go altogether.
func TestCell(t *testing.T) {
	test.NewTempApp(t)
	show := func(width float32) (list []string) {
		var c Cell
		c.Text(Sans, Plain, "a-long-name.example.com")
		c.Badge(NewHost, "NEW")
		c.Second(Mono, Muted, "192.0.2.1")
		for _, o := range c.write(nil, fyne.TextAlignLeading, 0, 0, width, 22, style{scale: 1}) {
			if o.Position().X+o.Size().Width > width+1 {
				t.Errorf("in %v something ends at %v", width, o.Position().X+o.Size().Width)
			}
			if text, ok := o.(*canvas.Text); ok {
				list = append(list, text.Text)
			}
		}
		return list
	}
	is(t, "wide", show(400), []string{"a-long-name.example.com", "NEW", "192.0.2.1"})
	is(t, "less", show(220), []string{"a-long-name.example.com", "NEW"})
	if list := show(120); len(list) != 2 || !strings.HasPrefix(list[0], "…") || list[1] != "NEW" {
		t.Errorf("narrow: %q", list)
	}
	show(20)
}
