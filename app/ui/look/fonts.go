package look

import (
	_ "embed" // the fonts

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Inter and JetBrains Mono, both under the SIL Open Font License: see the texts
// beside them.
var (
	//go:embed fonts/Inter-Regular.otf
	interRegular []byte
	//go:embed fonts/Inter-SemiBold.otf
	interSemiBold []byte
	//go:embed fonts/JetBrainsMono-Regular.ttf
	jetBrainsMono []byte

	regular  = fyne.NewStaticResource("Inter-Regular.otf", interRegular)
	semiBold = fyne.NewStaticResource("Inter-SemiBold.otf", interSemiBold)
	mono     = fyne.NewStaticResource("JetBrainsMono-Regular.ttf", jetBrainsMono)
)

//go:embed fonts/Inter-OFL.txt
var interLicence string

//go:embed fonts/JetBrainsMono-OFL.txt
var jetBrainsMonoLicence string

// Licences returns the licences of the fonts.
func Licences() map[string]string {
	return map[string]string{"Inter": interLicence, "JetBrains Mono": jetBrainsMonoLicence}
}

// Font returns a font. Italics are not among them: they are shown upright.
func (Theme) Font(style fyne.TextStyle) fyne.Resource {
	switch {
	case style.Symbol:
		return theme.DefaultTheme().Font(style)
	case style.Monospace:
		return mono
	case style.Bold:
		return semiBold
	}
	return regular
}
