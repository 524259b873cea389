package setup

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/capture"
	"linklog/phrase"
	"linklog/service/client"
	"linklog/service/doctor"
	"linklog/service/guide"
)

// target is where a test goes to: this computer as the router sees it.
func (p *Page) target() netip.AddrPort {
	a := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	if p.chosen < len(p.addresses) {
		a = p.addresses[p.chosen]
	}
	port, _ := p.facts.port()
	if open := guide.Listening(&p.facts.status); len(open) > 0 && !slices.Contains(open, port) {
		port = open[0]
	}
	return netip.AddrPortFrom(a, port)
}

// inLogWithin is how long a message that arrived may take to be in the log.
const inLogWithin = 5 * time.Second

// sendTest sends a message as the router would, and looks for it in the log.
func (p *Page) sendTest() {
	p.send.Disable()
	to, after := p.target(), p.facts.status.Last
	text := lang.L("LinkLog test message {{.Time}}", map[string]any{"Time": time.Now().Format("15:04:05.000")})
	query := `text:"` + text + `"`
	p.tellTest(lang.L("Sending a test to {{.Address}}…", map[string]any{"Address": to.String()}), widget.LowImportance, false)
	p.context.Background(func(ctx context.Context) error {
		if err := doctor.SendTest(ctx, to, text); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeoutCause(ctx, inLogWithin, errNotInLog)
		defer cancel()
		for {
			found := false
			err := p.context.Client.Events(ctx, client.Query{Filter: query, After: after, Limit: 1}, func(*capture.Event) error { found = true; return nil })
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if err != nil || found {
				return err
			}
			_ = sleep(ctx, 100*time.Millisecond) // the loop sees the end
		}
	}, func(err error) {
		p.send.Enable()
		if err != nil {
			p.tellTest(lang.L("The test to {{.Address}} failed: {{.Error}}", map[string]any{"Address": to.String(), "Error": ui.Cause(err)}), widget.DangerImportance, false)
			return
		}
		p.tellTest(lang.L("The test to {{.Address}} arrived and is in the log.", map[string]any{"Address": to.String()}), widget.SuccessImportance, true)
	})
}

var (
	errNotInLog error = &notInLog
	notInLog          = phrase.Say("it arrived, but is not in the log")
)

// tellTest says what became of a test, and if it arrived, where it is to be seen: in the whole log, as
// a filter for it would hide all that comes later.
func (p *Page) tellTest(text string, importance widget.Importance, arrived bool) {
	label := widget.NewLabel(text)
	label.Importance = importance
	label.Wrapping = fyne.TextWrapWord
	var show fyne.CanvasObject
	if arrived && p.context.ShowLog != nil {
		show = ui.NewLink(lang.L("Show"), func() { p.context.ShowLog("") })
	}
	p.checks.tested.Objects = []fyne.CanvasObject{container.NewBorder(nil, nil, nil, show, label)}
	p.content.Refresh()
}
