package help

import (
	"maps"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/app/ui/look"
	"linklog/assets/origin"
)

// about says what LinkLog is, and under which licences.
func (p *Page) about() []fyne.CanvasObject {
	version := p.options.Version
	if version == "" {
		version = "–"
	}
	parts := []fyne.CanvasObject{
		title("LinkLog"),
		ui.NewMuted(lang.L("Version {{.Version}}", map[string]any{"Version": version})),
		paragraph(lang.L("LinkLog shows what your router sees: every connection attempt, in and out. It is the successor of the Linksys LogViewer for Windows and of the Perl program LinkLog.")),
		paragraph(lang.L("By itself LinkLog only asks DNS for the names of addresses, which can be turned off in the settings. Alerts leave this computer where you set up an outlet, and lists are fetched where you chose them; nothing else does.")),
		title(lang.L("Licence")),
		paragraph(lang.L("LinkLog is free software under the BSD 2-Clause licence. It contains libraries and fonts under their own licences.")),
	}
	for _, name := range slices.Sorted(maps.Keys(look.Licences())) {
		parts = append(parts, ui.NewMuted(lang.L("Font {{.Font}}: SIL Open Font License 1.1", map[string]any{"Font": name})))
	}
	parts = append(parts, title(lang.L("Owners and countries of addresses")),
		paragraph(lang.L("Without files of your own they are of {{.Date}}: owners by RouteViews and DB-IP, countries by the NRO and its registries, all licensed under CC BY 4.0, put together by ip-location-db. Names are shortened, ranges merged.", map[string]any{"Date": origin.Date})),
		paragraph("routeviews.org · db-ip.com · nro.net · creativecommons.org/licenses/by/4.0"))
	return append(parts, ui.NewLink(lang.L("All licence texts"), func() { p.ShowTopic(Notices) }))
}

// notices shows all licence texts. They are long: only the lines that can be seen
// are made.
func (p *Page) notices() fyne.CanvasObject {
	lines := wrap(p.licences(), 78)
	list := widget.NewList(
		func() int { return len(lines) },
		func() fyne.CanvasObject {
			return ui.NewThemed("", look.MonoSize, fyne.TextStyle{Monospace: true}, theme.ColorNameForeground)
		},
		func(i int, o fyne.CanvasObject) { o.(*ui.Themed).SetText(lines[i]) },
	)
	list.HideSeparators = true
	return container.New(layout.NewCustomPaddedLayout(4, 4, 22, 4), list)
}

// licences are all texts, our own first.
func (p *Page) licences() string {
	var b strings.Builder
	b.WriteString("LinkLog\n\n" + p.options.Licence)
	fonts := look.Licences()
	for _, name := range slices.Sorted(maps.Keys(fonts)) {
		b.WriteString("\n\n" + lang.L("Font") + " " + name + "\n\n" + fonts[name])
	}
	b.WriteString("\n\n" + p.options.Notices)
	return b.String()
}

// wrap cuts text into lines of at most so many characters, between words where
// it can.
func wrap(text string, width int) (lines []string) {
	for line := range strings.Lines(strings.ReplaceAll(text, "\t", "    ")) {
		rest := []rune(strings.TrimRight(line, "\r\n"))
		for len(rest) > width {
			cut := width
			for i := width; i > width/2; i-- {
				if rest[i] == ' ' {
					cut = i
					break
				}
			}
			lines = append(lines, string(rest[:cut]))
			rest = []rune(strings.TrimLeft(string(rest[cut:]), " "))
		}
		lines = append(lines, string(rest))
	}
	return lines
}
