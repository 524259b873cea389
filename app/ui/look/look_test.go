package look

import (
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"golang.org/x/image/font/opentype"
)

// luminance and contrast are those of WCAG 2.2.
func luminance(c color.NRGBA) float64 {
	linear := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

func contrast(a, b color.NRGBA) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestContrast(t *testing.T) {
	if c := contrast(rgb(0xffffff), rgb(0)); math.Abs(c-21) > 0.01 {
		t.Fatalf("black on white is %v", c)
	}
	for name, p := range map[string]*Palette{"light": &light, "dark": &dark} {
		for _, c := range []struct {
			text   string
			colour color.NRGBA
			on     map[string]color.NRGBA
		}{
			{"Text", p.Text, map[string]color.NRGBA{"Background": p.Background, "Side": p.Side, "Raised": p.Raised, "Hover": p.Hover, "Selection": p.Selection, "Found": p.Found}},
			{"Muted", p.Muted, map[string]color.NRGBA{"Background": p.Background, "Side": p.Side, "Raised": p.Raised, "Hover": p.Hover}},
			{"Accent", p.Accent, map[string]color.NRGBA{"Background": p.Background, "Side": p.Side, "Raised": p.Raised, "Selection": p.Selection}},
			{"Inbound", p.Inbound, map[string]color.NRGBA{"Background": p.Background, "Raised": p.Raised, "Hover": p.Hover}},
			{"NewHost", p.NewHost, map[string]color.NRGBA{"Background": p.Background, "Raised": p.Raised, "Hover": p.Hover}},
			{"Fine", p.Fine, map[string]color.NRGBA{"Background": p.Background, "Raised": p.Raised}},
			{"Bad", p.Bad, map[string]color.NRGBA{"Background": p.Background, "Raised": p.Raised}},
			{"SelectedMuted", p.SelectedMuted, map[string]color.NRGBA{"Selection": p.Selection}},
			{"SelectedInbound", p.SelectedInbound, map[string]color.NRGBA{"Selection": p.Selection}},
			{"SelectedNewHost", p.SelectedNewHost, map[string]color.NRGBA{"Selection": p.Selection}},
		} {
			for ground, g := range c.on {
				if r := contrast(c.colour, g); r < 4.5 {
					t.Errorf("%s: %s on %s has %.2f : 1", name, c.text, ground, r)
				}
			}
		}
		for ground, g := range map[string]color.NRGBA{"Background": p.Background, "Side": p.Side, "Raised": p.Raised, "Selection": p.Selection} {
			if r := contrast(p.Edge, g); r < 3 {
				t.Errorf("%s: Edge on %s has %.2f : 1", name, ground, r)
			}
			if r := contrast(p.Accent, g); r < 3 { // where the keyboard is
				t.Errorf("%s: Accent on %s has %.2f : 1", name, ground, r)
			}
		}
		if got := (Theme{Mode: map[string]Mode{"light": Light, "dark": Dark}[name]}).Color(theme.ColorNameInputBorder, 0); got != p.Edge {
			t.Errorf("%s: the border of fields is %v", name, got)
		}
		for ground, g := range map[string]color.NRGBA{"Accent": p.Accent, "Inbound": p.Inbound, "NewHost": p.NewHost, "Fine": p.Fine, "Bad": p.Bad} {
			if r := contrast(p.OnAccent, g); r < 4.5 {
				t.Errorf("%s: OnAccent on %s has %.2f : 1", name, ground, r)
			}
		}
	}
}

func TestModes(t *testing.T) {
	for _, c := range []struct {
		mode   Mode
		system fyne.ThemeVariant
		want   color.NRGBA
	}{
		{System, theme.VariantLight, light.Background},
		{System, theme.VariantDark, dark.Background},
		{Light, theme.VariantDark, light.Background},
		{Dark, theme.VariantLight, dark.Background},
	} {
		if got := (Theme{Mode: c.mode}).Color(theme.ColorNameBackground, c.system); got != c.want {
			t.Errorf("mode %d on %d: background %v, want %v", c.mode, c.system, got, c.want)
		}
	}
	app := test.NewApp()
	app.Settings().SetTheme(Theme{Mode: Dark})
	if Current() != &dark {
		t.Error("Current is not the palette of the app's theme")
	}
}

// Whatever Fyne asks for has to be there.
func TestComplete(t *testing.T) {
	test.NewApp()
	base := theme.DefaultTheme()
	for _, th := range []Theme{{}, {Mode: Dark, Density: Comfortable}} {
		for _, name := range []fyne.ThemeSizeName{theme.SizeNameText, theme.SizeNamePadding, theme.SizeNameScrollBarSmall, theme.SizeNameWindowTitleBarHeight, theme.SizeNameInnerPadding} {
			if th.Size(name) <= 0 {
				t.Errorf("no size %s", name)
			}
		}
		for _, name := range []fyne.ThemeColorName{theme.ColorNameBackground, theme.ColorNameHover, theme.ColorNameScrollBar, theme.ColorNameWarning} {
			if th.Color(name, theme.VariantLight) == nil {
				t.Errorf("no colour %s", name)
			}
		}
		if th.Icon(theme.IconNameInfo) != base.Icon(theme.IconNameInfo) {
			t.Error("no icons")
		}
	}
	for _, style := range []fyne.TextStyle{{}, {Bold: true}, {Monospace: true}, {Italic: true}, {Monospace: true, Bold: true}} {
		f, err := opentype.Parse(Theme{}.Font(style).Content())
		if err != nil {
			t.Fatal(style, err)
		}
		for _, r := range "Aä€0│" {
			if i, err := f.GlyphIndex(nil, r); (err != nil || i == 0) && r != '│' {
				t.Errorf("%+v has no %c", style, r)
			}
		}
	}
}
