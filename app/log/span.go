package log

import (
	"context"
	"slices"
	"time"

	"fyne.io/fyne/v2/lang"

	"linklog/app/log/rows"
	"linklog/app/ui"
	"linklog/capture"
	"linklog/service/client"
)

// maxSpan bounds how many events of a span of time are shown.
const maxSpan = 200_000

// ShowRange shows what happened in a span of time, instead of what comes.
func (p *Page) ShowRange(from, to time.Time, query string) {
	store := rows.New(0)
	p.c.Background(func(ctx context.Context) error {
		var batch []capture.Event
		err := p.c.Client.Events(ctx, client.Query{Filter: query, Since: from, Until: to, Limit: maxSpan}, func(ev *capture.Event) error {
			batch = append(batch, *ev)
			return nil
		})
		slices.Reverse(batch)
		store.Append(batch)
		return err
	}, func(err error) {
		if err != nil {
			p.c.Fail(lang.L("The history could not be read"), err)
			return
		}
		p.span, _ = store.Select(context.Background(), nil)
		p.span.Update()
		now := time.Now()
		p.banner.SetText(lang.L("{{.Count}} events from {{.From}} to {{.To}} {{.Filter}}", map[string]any{
			"Count": ui.Number(uint64(p.span.Len())), "From": ui.Moment(from.Local(), now), "To": ui.Moment(to.Local(), now), "Filter": query,
		}))
		p.top.Show()
		p.view.SetSource(p.span)
		p.content.Refresh()
	})
}

// live goes back to what comes.
func (p *Page) live() {
	if p.span == nil {
		return
	}
	p.span = nil
	p.top.Hide()
	p.searched()
	p.view.Follow()
	p.content.Refresh()
}
