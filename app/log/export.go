package log

import (
	"bufio"
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/storage"

	"linklog/app/ui"
	"linklog/capture"
	"linklog/format"
	"linklog/service/client"
)

// Export asks for a file and writes to it what the log shows: as JSON, CSV or by
// the template, as the file's name says.
func (p *Page) Export() {
	d := dialog.NewFileSave(func(w fyne.URIWriteCloser, err error) {
		if err != nil {
			p.c.Fail(lang.L("The file could not be written"), err)
			return
		}
		if w != nil {
			p.exportTo(w, filepath.Ext(w.URI().Name()))
		}
	}, p.c.Window)
	d.SetFileName("linklog-" + time.Now().Format("2006-01-02") + ".csv")
	d.SetFilter(storage.NewExtensionFileFilter([]string{".csv", ".json", ".jsonl", ".txt", ".log"}))
	d.Show()
}

// exportTo writes what the log shows, from its first event on, to a file. The
// service gives it, so that all of it is there, also what is not in memory.
func (p *Page) exportTo(w io.WriteCloser, ext string) {
	query := client.Query{Filter: p.memory.query, OldestFirst: true}
	if first := p.memory.store.FirstSeq(); first > 0 {
		query.After = first - 1
	}
	line := p.liner()
	options := format.Options{Services: p.c.Services}
	header := []byte(nil)
	switch strings.ToLower(ext) {
	case ".csv":
		header = append(format.AppendCSVHeader(nil), '\n')
		line = func(b []byte, ev *capture.Event) []byte { return format.AppendCSV(b, ev, &options) }
	case ".json", ".jsonl":
		line = func(b []byte, ev *capture.Event) []byte { return format.AppendJSON(b, ev, &options) }
	}
	n := 0
	p.c.Background(func(ctx context.Context) error {
		out := bufio.NewWriterSize(w, 64<<10)
		out.Write(header) // an error stays with the writer
		var b []byte
		err := p.c.Client.Events(ctx, query, func(ev *capture.Event) error {
			n++
			b = append(line(b[:0], ev), '\n')
			_, err := out.Write(b)
			return err
		})
		return errors.Join(err, out.Flush(), w.Close())
	}, func(err error) {
		if err != nil {
			p.c.Fail(lang.L("The file could not be written"), err)
			return
		}
		p.c.Tell(lang.L("{{.Count}} events written", map[string]any{"Count": ui.Number(uint64(n))}))
	})
}
