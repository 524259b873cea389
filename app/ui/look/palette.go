package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Palette is the colours of one variant. All are opaque.
type Palette struct {
	Background color.NRGBA // behind lists and text
	Side       color.NRGBA // behind bars and the list of pages
	Raised     color.NRGBA // behind what stands above: fields, buttons, menus

	Text  color.NRGBA
	Muted color.NRGBA // the second thing to read; 4.5 : 1 or more on all of the above
	Faint color.NRGBA // what cannot be used now
	Line  color.NRGBA
	Edge  color.NRGBA // around fields and boxes; 3 : 1 or more on all of the above

	Accent    color.NRGBA
	OnAccent  color.NRGBA // text on Accent, Inbound, NewHost, Fine and Bad
	Selection color.NRGBA // behind what is selected or the page that is shown
	Hover     color.NRGBA // behind the row under the pointer
	Found     color.NRGBA // behind the piece of a Text that was searched for

	Inbound color.NRGBA // attempts from outside, warnings
	NewHost color.NRGBA
	Fine    color.NRGBA
	Bad     color.NRGBA

	// The same on Selection, where some would be too faint.
	SelectedMuted   color.NRGBA
	SelectedInbound color.NRGBA
	SelectedNewHost color.NRGBA

	shadow uint8
}

var (
	light = Palette{
		Background: rgb(0xfbfbfa), Side: rgb(0xf1f2f0), Raised: rgb(0xffffff),
		Text: rgb(0x1d2321), Muted: rgb(0x5f6965), Faint: rgb(0x98a19d), Line: rgb(0xe3e6e3), Edge: rgb(0x7f8884),
		Accent: rgb(0x0f766e), OnAccent: rgb(0xffffff), Selection: rgb(0xd7efeb), Hover: rgb(0xf3f6f4), Found: rgb(0xfbe38a),
		Inbound: rgb(0xb45309), NewHost: rgb(0xbe185d), Fine: rgb(0x15803d), Bad: rgb(0xb91c1c),
		SelectedMuted: rgb(0x53605b), SelectedInbound: rgb(0x9a4507), SelectedNewHost: rgb(0xbe185d),
		shadow: 0x30,
	}
	dark = Palette{
		Background: rgb(0x171b1a), Side: rgb(0x1f2423), Raised: rgb(0x262c2a),
		Text: rgb(0xe5eae8), Muted: rgb(0x8b9692), Faint: rgb(0x606a66), Line: rgb(0x2b3230), Edge: rgb(0x7e8985),
		Accent: rgb(0x5eead4), OnAccent: rgb(0x10211e), Selection: rgb(0x17403b), Hover: rgb(0x1e2423), Found: rgb(0x5c4f10),
		Inbound: rgb(0xfbbf24), NewHost: rgb(0xf472b6), Fine: rgb(0x4ade80), Bad: rgb(0xf87171),
		SelectedMuted: rgb(0xa3b0ab), SelectedInbound: rgb(0xfbbf24), SelectedNewHost: rgb(0xf9a8d4),
		shadow: 0x80,
	}
)

// For returns the palette of a variant; it is not to be changed.
func For(variant fyne.ThemeVariant) *Palette {
	if variant == theme.VariantLight {
		return &light
	}
	return &dark
}

func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xff}
}

// Marks are the names of the colours in which a user may have rows marked.
func Marks() []string { return []string{"red", "orange", "green", "teal", "pink"} }

// Mark is a colour by its name, false if there is none.
func (p *Palette) Mark(name string) (color.NRGBA, bool) {
	switch name {
	case "red":
		return p.Bad, true
	case "orange":
		return p.Inbound, true
	case "green":
		return p.Fine, true
	case "teal":
		return p.Accent, true
	case "pink":
		return p.NewHost, true
	}
	return color.NRGBA{}, false
}

// Current is the palette of the running app: that of its Theme, or the one next to
// it if it has another.
func Current() *Palette {
	settings := fyne.CurrentApp().Settings()
	if t, ok := settings.Theme().(Theme); ok {
		return t.Palette(settings.ThemeVariant())
	}
	return For(settings.ThemeVariant())
}
