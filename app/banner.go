package app

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"linklog/app/feed"
	"linklog/app/ui"
	"linklog/app/ui/look"
)

// banner says above each page why nothing comes, and what to do about it; else what was told while
// nobody looked. It is not there while there is nothing to say.
type banner struct {
	shell   *shell
	text    *widget.Label
	dot     *ui.Dot
	what    *ui.Button // to do
	alerts  *ui.Button // that were told
	dismiss *ui.Button
	content *ui.Panel
}

func newBanner(s *shell) *banner {
	b := &banner{shell: s, text: widget.NewLabel("")}
	b.text.Wrapping = fyne.TextWrapWord
	b.what = ui.NewButton(lang.L("What to do"), func() { s.open(s.toMend()) })
	b.alerts, b.dismiss = ui.NewButton(lang.L("Show"), s.app.showAlerts), ui.NewButton(lang.L("Dismiss"), s.app.away.read)
	b.dot = ui.NewDot(func(p *look.Palette) color.NRGBA { return p.Bad })
	acts := container.NewCenter(container.NewHBox(b.what, b.alerts, b.dismiss))
	b.content = ui.SidePanel(container.New(layout.NewCustomPaddedLayout(3, 3, 10, 12), container.NewBorder(nil, ui.Line(), container.NewCenter(b.dot), acts, b.text)))
	b.content.Hide()
	return b
}

// show brings it up to date, and reports whether it came or went.
func (b *banner) show() (changed bool) {
	text := b.shell.app.trouble()
	trouble := text != ""
	if !trouble {
		text = b.shell.app.away.text()
	}
	visible := text != ""
	changed = visible != b.content.Visible()
	ui.SetText(b.text, text)
	b.dot.SetColor(func(p *look.Palette) color.NRGBA {
		if trouble {
			return p.Bad
		}
		return p.NewHost
	})
	ui.SetVisible(b.what, trouble && b.shell.current.id != b.shell.toMend())
	ui.SetVisible(b.alerts, !trouble)
	ui.SetVisible(b.dismiss, !trouble)
	ui.SetVisible(b.content, visible)
	return changed
}

// height is how high it is in a width; 0: it is not there.
func (b *banner) height(width float32) float32 {
	if !b.content.Visible() {
		return 0
	}
	b.content.Resize(fyne.NewSize(width, b.content.MinSize().Height)) // how high the text is follows from that
	return b.content.MinSize().Height
}

// toMend is the page that says what to do where nothing new comes.
func (s *shell) toMend() pageID {
	if s.app.computer.Here() {
		return pageSetup
	}
	return pageChoose
}

// trouble says why nothing new comes; "": something may.
func (x *App) trouble() string {
	switch s := &x.state; {
	case s.Connection == feed.Connecting:
		return ""
	case s.Connection == feed.Refused && s.Err != nil, s.Connection == feed.Lost && s.Err != nil && !x.computer.Here():
		return lang.L("Nothing new is shown: {{.Error}}", map[string]any{"Error": ui.Cause(s.Err)})
	case s.Connection == feed.Lost && s.Engine != nil:
		return lang.L("This window cannot receive messages: {{.Error}}", map[string]any{"Error": ui.Cause(s.Engine)})
	case s.Connection == feed.Lost, s.Connection == feed.Refused:
		return lang.L("LinkLog's service does not answer: nothing new is shown. LinkLog keeps trying.")
	case !s.Hello.Open:
		return lang.L("Port {{.Port}} is in use by a different program: messages from the router do not arrive.", map[string]any{"Port": s.Hello.Port})
	}
	return ""
}
