package log

import (
	"bufio"
	"context"
	"errors"
	"io"
	"time"

	"fyne.io/fyne/v2/lang"

	"linklog/app/export"
	"linklog/capture"
	"linklog/format"
	"linklog/service/client"
)

// The formats of an export, as the dialog offers them.
const (
	asCSV = iota
	asJSON
	asText
)

// Export writes to a file what the log shows: all events of the history that match, the oldest first.
func (p *Page) Export() {
	export.Ask(p.c, export.Source{
		Name:    "linklog-" + time.Now().Format(time.DateOnly),
		Formats: []export.Format{{Label: "CSV", End: ".csv"}, {Label: "JSON", End: ".json"}, {Label: lang.L("Text, by the template"), End: ".txt"}},
		Ranges:  true,
		Count: func(ctx context.Context, since time.Time) (int64, error) {
			return p.c.Client.Count(ctx, p.exported(since))
		},
		Write: p.write,
	})
}

// exported is the query for what the log shows.
func (p *Page) exported(since time.Time) client.Query {
	// With the times that were meant when it was searched: what "the last hour" is goes on.
	return client.Query{Filter: p.asks.String(), Since: since, All: true, OldestFirst: true}
}

// write writes it. The service streams the events, so that all of them are there, also those that
// are not in memory.
func (p *Page) write(ctx context.Context, how int, since time.Time, w io.Writer, wrote func()) error {
	line := p.liner()
	options := format.Options{Services: p.c.Services, Origins: true}
	out := bufio.NewWriterSize(w, 64<<10)
	switch how {
	case asCSV:
		out.Write(append(format.AppendCSVHeader(nil), '\n')) // an error stays with the writer
		line = func(b []byte, ev *capture.Event) []byte { return format.AppendCSV(b, ev, &options) }
	case asJSON:
		line = func(b []byte, ev *capture.Event) []byte { return format.AppendJSON(b, ev, &options) }
	}
	var b []byte
	err := p.c.Client.Events(ctx, p.exported(since), func(ev *capture.Event) error {
		b = append(line(b[:0], ev), '\n')
		_, err := out.Write(b)
		wrote()
		return err
	})
	return errors.Join(err, out.Flush())
}
