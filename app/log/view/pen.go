package view

import (
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"linklog/app/ui/look"
	"linklog/capture"
)

// ground is what text stands on.
type ground uint8

const (
	onRow ground = iota
	onHover
	onSelection
	onHeader
	onAccent
	onTip
	grounds = int(onTip) + 1
)

// pen is the theme's fonts and colours at a scale. It is made again when one of
// them changes.
type pen struct {
	made    penKey
	scale   float64
	faces   [fonts]*face
	mixes   [inks][grounds]*mix
	grounds [grounds]color.NRGBA
	palette *look.Palette
	shapes  [shapes]*glyph
	ribbon  *glyph // of a row with a mark

	cell     Cell          // used for every cell
	ev       capture.Event // and for every row
	ellipsis [fonts]fixed.Int26_6
	fitted   []byte            // of fit
	ordered  map[string][]byte // of inOrder
}

// penKey is what a pen is made of.
type penKey struct {
	scale               float64
	palette             *look.Palette
	regular, bold, mono fyne.Resource
	size                float32
}

// px is a length in pixels.
func (p *pen) px(units float32) int { return int(math.Round(float64(units) * p.scale)) }

// line is the width of a thin line.
func (p *pen) line() int { return max(p.px(1), 1) }

// load makes the pen ready, and reports whether it changed.
func (p *pen) load(v *View, scale float64) bool {
	th := v.Theme()
	key := penKey{
		scale, look.Current(),
		th.Font(fyne.TextStyle{}), th.Font(fyne.TextStyle{Bold: true}), th.Font(fyne.TextStyle{Monospace: true}),
		th.Size(theme.SizeNameText),
	}
	if key == p.made {
		return false
	}
	p.made, p.scale, p.palette = key, scale, key.palette
	p.cell.words = v.words
	size := key.size
	parsed := map[string]*opentype.Font{}
	for f, want := range [fonts]struct {
		style fyne.TextStyle
		size  float32
	}{
		Sans:  {size: size},
		Bold:  {fyne.TextStyle{Bold: true}, size},
		Mono:  {fyne.TextStyle{Monospace: true}, size * look.MonoSize / look.TextSize},
		small: {fyne.TextStyle{Bold: true}, size * 10 / look.TextSize},
	} {
		var list []*opentype.Font
		for _, res := range []fyne.Resource{th.Font(want.style), theme.DefaultTextFont(), theme.DefaultSymbolFont()} {
			if res == nil {
				continue
			}
			if parsed[res.Name()] == nil {
				o, err := opentype.Parse(res.Content())
				if err != nil {
					continue
				}
				parsed[res.Name()] = o
			}
			list = append(list, parsed[res.Name()])
		}
		p.faces[f] = newFace(list, float64(want.size)*scale, byFyne(want.style))
		p.ellipsis[f] = p.faces[f].advance('…')
	}
	p.shapes = newShapes(scale)
	p.ribbon = newRibbon(scale)
	c := p.palette
	p.grounds = [grounds]color.NRGBA{onRow: c.Background, onHover: c.Hover, onSelection: c.Selection, onHeader: c.Background, onAccent: c.Accent, onTip: c.Raised}
	for g := range grounds {
		list := [inks]color.NRGBA{Plain: c.Text, Muted: c.Muted, Inbound: c.Inbound, NewHost: c.NewHost, header: c.Muted, onPill: c.OnAccent, ribbonInk: c.Accent}
		if ground(g) == onSelection {
			list[Muted], list[Inbound], list[NewHost] = c.SelectedMuted, c.SelectedInbound, c.SelectedNewHost
		}
		for i, ink := range list {
			p.mixes[i][g] = newMix(ink, p.grounds[g])
		}
	}
	return true
}

// baseline puts capital letters into the middle of a height.
func (p *pen) baseline(top, height int, f Font) int {
	// Both fonts have capitals about 0.73 of their size high.
	capital := p.faces[f].pixels * 0.73
	return top + int(math.Round((float64(height)+capital)/2))
}
