package view

import (
	"bytes"
	"testing"

	"linklog/capture"
)

// A row with a mark has it in front of its first column, and no other row changes.
func TestMarked(t *testing.T) {
	var marked uint64
	s := show(t, 100, func(o *Options) { o.Marked = func(ev *capture.Event) bool { return ev.Seq == marked } })
	before := bytes.Clone(s.paint().Pix)
	marked = 95
	img := s.paint()
	i, _ := s.v.pos.first()
	y := img.Rect.Dy() - (100-94)*rowHeight
	if i > 94 {
		t.Fatal("the row is not in sight")
	}
	changed := 0
	for at := range before {
		if before[at] == img.Pix[at] {
			continue
		}
		changed++
		if px, py := at/4%img.Rect.Dx(), at/4/img.Rect.Dx(); px >= margin || py < y || py >= y+rowHeight {
			t.Fatalf("at %d, %d something else is drawn", px, py)
		}
	}
	if changed == 0 {
		t.Error("it is not drawn")
	}
}
