// Package look is how the app looks: colours, fonts and sizes, as a theme for Fyne
// and as a palette for what is drawn by our own widgets.
package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Mode says which of the two variants to show.
type Mode uint8

// The modes.
const (
	System Mode = iota // what the desktop says
	Light
	Dark
)

// Name is by what a Mode is kept in a file; "": System.
func (m Mode) Name() string { return [...]string{"", "light", "dark"}[m] }

// ModeNamed is the Mode with a name, System if there is none.
func ModeNamed(name string) Mode {
	for _, m := range []Mode{Light, Dark} {
		if m.Name() == name {
			return m
		}
	}
	return System
}

// Density says how close rows are.
type Density uint8

// The densities.
const (
	Compact Density = iota
	Comfortable
)

// Name is by what a Density is kept in a file; "": Compact.
func (d Density) Name() string { return [...]string{"", "comfortable"}[d] }

// DensityNamed is the Density with a name, Compact if there is none.
func DensityNamed(name string) Density {
	if name == Comfortable.Name() {
		return Comfortable
	}
	return Compact
}

// Sizes of texts and rows, in Fyne's units: pixels at scale 1.
const (
	TextSize    = 13 // of all usual text
	MonoSize    = 12 // of numbers and addresses beside it: the mono face is larger
	CaptionSize = 12 // of headers and hints
	Padding     = 7  // around the text of labels, buttons and fields, whatever the density of the lists is

	rowCompact     = 22
	rowComfortable = 30
)

// RowHeight is the height of a row in a list.
func (d Density) RowHeight() float32 {
	if d == Comfortable {
		return rowComfortable
	}
	return rowCompact
}

// Theme is a fyne.Theme.
type Theme struct {
	Mode    Mode
	Density Density
}

var _ fyne.Theme = Theme{}

// Variant is the variant that is shown when the desktop's is system.
func (t Theme) Variant(system fyne.ThemeVariant) fyne.ThemeVariant {
	switch t.Mode {
	case Light:
		return theme.VariantLight
	case Dark:
		return theme.VariantDark
	}
	return system
}

// Palette is what Color takes its colours from.
func (t Theme) Palette(system fyne.ThemeVariant) *Palette {
	return For(t.Variant(system))
}

// Color returns a colour by Fyne's name for it.
func (t Theme) Color(name fyne.ThemeColorName, system fyne.ThemeVariant) color.Color {
	variant := t.Variant(system)
	p := For(variant)
	switch name {
	case theme.ColorNameBackground:
		return p.Background
	case theme.ColorNameForeground:
		return p.Text
	case theme.ColorNameMenuBackground, theme.ColorNameOverlayBackground, theme.ColorNameInputBackground:
		return p.Raised
	case theme.ColorNameHeaderBackground, theme.ColorNameDisabledButton:
		return p.Side
	case theme.ColorNameButton:
		return p.Raised
	case theme.ColorNamePlaceHolder, theme.ColorNameDisabled:
		// Fyne writes labels of low importance in the colour of what is disabled.
		return p.Muted
	case theme.ColorNameInputBorder:
		return p.Edge
	case theme.ColorNameSeparator, theme.ColorNameInnerWindowBorder, theme.ColorNameInnerWindowBorderInactive:
		return p.Line
	case theme.ColorNamePrimary, theme.ColorNameHyperlink:
		return p.Accent
	case theme.ColorNameForegroundOnPrimary, theme.ColorNameForegroundOnSuccess, theme.ColorNameForegroundOnWarning, theme.ColorNameForegroundOnError:
		return p.OnAccent
	case theme.ColorNameSelection:
		return p.Selection
	case theme.ColorNameFocus:
		return alpha(p.Accent, 0x55)
	case theme.ColorNameHover:
		return alpha(p.Text, 0x0e)
	case theme.ColorNamePressed:
		return alpha(p.Text, 0x22)
	case theme.ColorNameScrollBar:
		return alpha(p.Text, 0x55)
	case theme.ColorNameScrollBarBackground:
		return color.NRGBA{}
	case theme.ColorNameShadow:
		return color.NRGBA{A: p.shadow}
	case theme.ColorNameError:
		return p.Bad
	case theme.ColorNameSuccess:
		return p.Fine
	case theme.ColorNameWarning:
		return p.Inbound
	}
	return theme.DefaultTheme().Color(name, variant)
}

// Icon gives Fyne's own icons.
func (Theme) Icon(name fyne.ThemeIconName) fyne.Resource {
	return theme.DefaultTheme().Icon(name)
}

// Size returns a size by Fyne's name for it.
func (t Theme) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case theme.SizeNameText:
		return TextSize
	case theme.SizeNameCaptionText:
		return CaptionSize
	case theme.SizeNameHeadingText:
		return 20
	case theme.SizeNameSubHeadingText:
		return 15
	case theme.SizeNameInlineIcon:
		return 18
	case theme.SizeNameInnerPadding:
		return Padding
	case theme.SizeNamePadding:
		return 4
	case theme.SizeNameScrollBar:
		return 10
	case theme.SizeNameScrollBarRadius, theme.SizeNameSelectionRadius:
		return 4
	case theme.SizeNameInputRadius, theme.SizeNameButtonRadius, theme.SizeNamePopupRadius, theme.SizeNameMenuRadius, theme.SizeNameCardRadius:
		return 6
	}
	return theme.DefaultTheme().Size(name)
}

func alpha(c color.NRGBA, a uint8) color.NRGBA {
	c.A = a
	return c
}
