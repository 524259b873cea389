package log

import (
	"context"
	"errors"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"linklog/app/log/past"
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

// maxCopied bounds how many rows are looked at for it.
const maxCopied = 500_000

// copy puts the selected rows on the clipboard, as the template has them: those that are not here are
// fetched first.
func (p *Page) copy() {
	line := p.liner()
	s, h := p.memory.shown, p.history
	var parts []past.Part
	var front []byte
	n, fetched := 0, 0
	for from, to := range p.selectedRanges {
		if p.sorted != nil {
			for row := from; row < min(to, from+maxCopied) && len(front) < maxClipboard; row++ {
				ev, _ := p.event(row)
				front = append(line(front, &ev), '\n')
				n++
			}
			continue
		}
		before := s.before()
		if from < before {
			parts = append(parts, s.past.Parts(from, min(to, before), maxCopied-n)...)
		}
		for i := max(from, before); i < to && len(front) < maxClipboard; i++ {
			var ev capture.Event
			s.Event(i, &ev)
			front = append(line(front, &ev), '\n')
			n++
		}
	}
	var b []byte
	done := func(err error) {
		if err != nil && !errors.Is(err, errEnough) {
			p.c.Fail(lang.L("The history could not be read"), err)
			return
		}
		b, n := append(b, front...), n+fetched
		if n == 0 {
			return
		}
		if n == 1 {
			b = b[:len(b)-1]
		}
		fyne.CurrentApp().Clipboard().SetContent(string(b))
		p.c.Tell(lang.N("One line copied", n, map[string]any{"Count": n}))
	}
	if len(parts) == 0 {
		done(nil)
		return
	}
	p.c.Background(func(ctx context.Context) error {
		return h.read(ctx, parts, func(ev *capture.Event) bool {
			b = append(line(b, ev), '\n')
			fetched++
			return len(b)+len(front) < maxClipboard
		})
	}, done)
}
