package choose

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"

	"linklog/app/ui"
	"linklog/app/ui/look"
	"linklog/service/client/overssh"
)

// Setup stands for the page that helps to connect the router, which looks at the computer it runs on:
// it says how that is done on a different one.
type Setup struct{ content fyne.CanvasObject }

// NewSetup returns the page for a computer.
func NewSetup(c *ui.Context, name string, h overssh.Host) *Setup {
	step := func(text string, words ...string) fyne.CanvasObject {
		return container.NewVBox(container.New(layout.NewCustomPaddedLayout(0, -6, -look.Padding, 0), ui.NewMuted(text)), ui.Command(c, h.Command(words...)))
	}
	body := container.NewVBox(
		ui.Heading(lang.L("Connect your router"), ""),
		container.New(layout.NewCustomPaddedLayout(-16, 6, 22-look.Padding, 22), ui.NewMuted(lang.L("Your router reports each connection to one computer. Tell it to report to {{.Name}}.", map[string]any{"Name": name}))),
		container.New(layout.NewCustomPaddedLayout(0, 16, 22, 22), container.NewVBox(
			step(lang.L("What to set in the router, in a terminal:"), "linklog", "setup"),
			step(lang.L("If nothing arrives, this finds out why:"), "linklog", "doctor"),
		)),
	)
	return &Setup{container.NewVScroll(ui.Narrow(864, body))}
}

// Content implements ui.Page.
func (s *Setup) Content() fyne.CanvasObject { return s.content }

// Show implements ui.Page.
func (s *Setup) Show() {}

// Hide implements ui.Page.
func (s *Setup) Hide() {}
