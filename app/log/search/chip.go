package search

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"linklog/app/ui/date"
	"linklog/app/ui/look"
)

// chip is a term on the screen.
type chip struct {
	at     fyne.Position
	width  float32
	ground *canvas.Rectangle
	under  *canvas.Rectangle // below what is wrong
	parts  []*canvas.Text
	cross  *canvas.Text
}

// newChip draws a term.
func (s *Strip) newChip(i int, at place, p *look.Palette) chip {
	t := s.query.Terms[i]
	wrong := i == s.query.Wrong
	c := chip{at: at.at, width: at.width, ground: canvas.NewRectangle(p.Raised), under: canvas.NewRectangle(color.Transparent), cross: newText(mono)}
	c.ground.CornerRadius, c.ground.StrokeWidth, c.ground.StrokeColor = 5, 1, p.Line
	switch {
	case wrong:
		c.ground.StrokeColor = p.Bad
	case i == s.hover:
		c.ground.StrokeColor = p.Faint
	}
	c.ground.Move(at.at)
	c.ground.Resize(fyne.NewSize(at.width, chipHeight))
	x, y := at.at.X+chipPad, at.at.Y+(chipHeight-lineHeight())/2
	end := at.at.X + at.width - chipCross
	from, to := float32(-1), float32(-1) // what is wrong
	for _, part := range s.pieces(t, wrong) {
		text := newText(mono)
		text.Text = fit(s.shown(t, part), end-x+1, text.TextStyle)
		text.Color = map[Kind]color.Color{Key: p.Accent, Negation: p.Inbound, Value: p.Text}[part.Kind]
		w := widthOf(text.Text, text.TextStyle)
		if wrong && part.Start >= s.query.WrongPart.Start && part.End <= s.query.WrongPart.End {
			if text.Color = p.Bad; from < 0 {
				from = x
			}
			to = x + w
		}
		text.Move(fyne.NewPos(x, y))
		c.parts = append(c.parts, text)
		x += w
	}
	if from >= 0 {
		c.under.FillColor = p.Bad
		c.under.Move(fyne.NewPos(from, y+lineHeight()-0.5))
		c.under.Resize(fyne.NewSize(to-from, 1))
	}
	c.cross.Text, c.cross.Color, c.cross.TextSize = "×", p.Muted, look.CaptionSize+2
	if i == s.hover && s.cross {
		c.cross.Color = p.Text
	}
	c.cross.Move(fyne.NewPos(end+(chipCross-c.cross.MinSize().Width)/2, at.at.Y+(chipHeight-c.cross.MinSize().Height)/2))
	return c
}

// pieces are the parts of a term, cut where something wrong begins and ends.
func (s *Strip) pieces(t Term, wrong bool) (out []Part) {
	if !wrong {
		return t.Parts
	}
	for _, p := range t.Parts {
		for _, cut := range []int{s.query.WrongPart.Start, s.query.WrongPart.End} {
			if p.Start < cut && cut < p.End {
				out = append(out, Part{p.Start, cut, p.Kind})
				p.Start = cut
			}
		}
		out = append(out, p)
	}
	return out
}

// shown is a part of a term as it is on the screen: times as the user's language writes them.
func (s *Strip) shown(t Term, p Part) string {
	text := s.query.Text[p.Start:p.End]
	if p.Kind == Value && (t.Field == "since" || t.Field == "until" || t.Field == "date") {
		return date.Shown(text)
	}
	return text
}
