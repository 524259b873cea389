package log

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"linklog/capture"
	"linklog/format"
)

// liner makes lines by the user's template.
func (p *Page) liner() func([]byte, *capture.Event) []byte {
	options := format.Options{Services: p.c.Services}
	template, err := format.Compile(p.c.Prefs.Template())
	if err != nil { // of a newer version: the usual one is better than none
		template, err = format.Compile(format.Default)
	}
	system, err2 := format.Compile(format.SystemDefault)
	if err != nil || err2 != nil {
		return func(b []byte, _ *capture.Event) []byte { return b } // cannot be: both are constants that are tested
	}
	traffic, other := format.NewFormatter(template, options), format.NewFormatter(system, options)
	return func(b []byte, ev *capture.Event) []byte {
		if ev.Kind == capture.Traffic || template.ShowsSystem() {
			return traffic.Append(b, ev)
		}
		return other.Append(b, ev)
	}
}

// maxClipboard bounds what is copied, in bytes.
const maxClipboard = 16 << 20

// copy puts the selected rows on the clipboard, as the template has them.
func (p *Page) copy() {
	line := p.liner()
	var b []byte
	n := 0
	for i := range p.view.Selected {
		ev := p.event(i)
		b = append(line(b, &ev), '\n')
		if n++; len(b) > maxClipboard {
			break
		}
	}
	if n == 0 {
		return
	}
	if n == 1 {
		b = b[:len(b)-1]
	}
	fyne.CurrentApp().Clipboard().SetContent(string(b))
	p.c.Tell(lang.N("One line copied", n, map[string]any{"Count": n}))
}
