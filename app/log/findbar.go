package log

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
)

// findBar is what find looks like: the words, and which of how many rows with them is shown.
type findBar struct {
	find    *find
	entry   *ui.Entry
	label   *widget.Label
	count   *widget.Label
	buttons *fyne.Container
	content *fyne.Container
}

func newFindBar(f *find) *findBar {
	b := &findBar{find: f, entry: ui.NewEntry(), label: ui.NewMuted(lang.L("Find in what is shown")), count: ui.NewMuted("")}
	b.label.Wrapping, b.count.Wrapping = fyne.TextWrapOff, fyne.TextWrapOff
	b.entry.OnChanged = func(string) {
		f.timer.Stop()
		f.timer = time.AfterFunc(typedAfter, func() { f.page.c.Do(f.typed) })
	}
	b.entry.OnSubmitted = func(string) { f.next(older) }
	b.entry.OnEscape = f.close
	b.buttons = container.NewHBox(
		ui.NewIconButton("", theme.MoveUpIcon(), func() { f.next(older) }),
		ui.NewIconButton("", theme.MoveDownIcon(), func() { f.next(newer) }),
		ui.NewIconButton("", theme.CancelIcon(), f.close))
	b.content = container.NewStack(container.NewBorder(nil, ui.Line(), nil, nil, container.New(layout.NewCustomPaddedLayout(2, 2, 10, 6), container.New(b, b.label, b.entry, b.count, b.buttons))))
	b.content.Hide()
	return b
}

// The bar where it is narrow has no label.
const (
	findNarrow = 560
	findWidth  = 280 // of the words
)

// MinSize implements fyne.Layout.
func (b *findBar) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(200, b.entry.MinSize().Height)
}

// Layout implements fyne.Layout.
func (b *findBar) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	x := float32(0)
	put := func(o fyne.CanvasObject, w float32) {
		h := o.MinSize().Height
		o.Move(fyne.NewPos(x, (s.Height-h)/2))
		o.Resize(fyne.NewSize(w, h))
		x += w + 6
	}
	ui.SetVisible(b.label, s.Width >= findNarrow)
	if b.label.Visible() {
		put(b.label, b.label.MinSize().Width)
	}
	count, buttons := b.count.MinSize().Width, b.buttons.MinSize().Width
	put(b.entry, max(min(findWidth, s.Width-x-count-buttons-12), 80))
	put(b.count, max(min(count, s.Width-x-buttons-6), 0))
	x = s.Width - buttons
	put(b.buttons, buttons)
}

// showCount says how many rows have the words, and which of them is shown.
func (b *findBar) showCount() {
	if !b.content.Visible() {
		return
	}
	f := b.find
	text, importance := "", widget.LowImportance
	switch n, progress, known := f.state(); {
	case f.text == "":
	case f.err != nil:
		text, importance = ui.Cause(f.err), widget.DangerImportance
	default:
		count := ui.Number(uint64(n))
		switch number := f.number(); {
		case n == 0 && (!known || progress.searching):
		case n == 0:
			text = lang.L("Nothing found")
		case number > 0:
			text = lang.L("{{.Number}} of {{.Count}}", map[string]any{"Number": ui.Number(uint64(number)), "Count": count})
		default:
			text = lang.N("{{.Count}} found", n, map[string]any{"Count": count})
		}
		if more := progress.progress(); more != "" && text != "" {
			text += " · " + more
		} else if more != "" {
			text = more
		}
	}
	if b.count.Text != text || b.count.Importance != importance {
		b.count.Importance = importance
		b.count.SetText(text)
		b.content.Refresh()
	}
}
