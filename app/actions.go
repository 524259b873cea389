package app

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/netip"
	"path/filepath"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/widget"

	"linklog/app/system/desktop"
	"linklog/app/ui"
	"linklog/capture"
	"linklog/format"
	"linklog/service/client"
)

// askName asks for a name and gives it to save; "" takes a name away.
func (x *App) askName(title, now string, save func(context.Context, string) error) {
	entry := widget.NewEntry()
	entry.SetText(now)
	form := dialog.NewForm(title, lang.L("Save"), lang.L("Cancel"), []*widget.FormItem{widget.NewFormItem(lang.L("Name"), entry)}, func(ok bool) {
		if !ok {
			return
		}
		name := strings.TrimSpace(entry.Text)
		x.background(func(ctx context.Context) error { return save(ctx, name) }, func(err error) { x.fail(lang.L("The name could not be saved"), err) })
	}, x.window)
	form.Resize(fyne.NewSize(420, 0))
	form.Show()
	x.window.Canvas().Focus(entry)
}

func (x *App) nameDevice(device *capture.Endpoint) {
	a := device.Addr
	if !a.IsValid() {
		return
	}
	x.askName(lang.L("Name of {{.Address}}", map[string]any{"Address": a.String()}), device.Name, func(ctx context.Context, name string) error {
		return x.feed.Client().SetDeviceLabel(ctx, a, name)
	})
}

func (x *App) nameHost(host *capture.Endpoint) {
	ref := nameOf(host, true)
	x.askName(lang.L("Name of {{.Address}}", map[string]any{"Address": ref}), host.Name, func(ctx context.Context, name string) error {
		return x.feed.Client().SetHostLabel(ctx, ref, name)
	})
}

func (x *App) ignoreHost(host *capture.Endpoint) {
	query := term(host)
	x.background(func(ctx context.Context) error {
		_, err := x.feed.Client().Ignore(ctx, query)
		return err
	}, func(err error) {
		if err != nil {
			x.fail(lang.L("The host could not be ignored"), err)
			return
		}
		x.tell(lang.L("You will hear no more of {{.Name}}. The list is on the page Hosts.", named(host)))
	})
}

// whois asks a public register who an address belongs to, in the browser.
func (x *App) whois(a netip.Addr) {
	if err := desktop.OpenURL("https://www.whois.com/whois/" + a.String()); err != nil {
		x.fail(lang.L("The browser could not be opened"), err)
	}
}

// removeSaved removes a saved filter.
func (x *App) removeSaved(name string) {
	x.prefs.change(func(c *choices) {
		var rest []savedFilter
		for _, f := range c.Saved {
			if f.Name != name {
				rest = append(rest, f)
			}
		}
		c.Saved = rest
	})
	x.shell.showSaved()
}

// export asks for a file and writes to it what the log shows: as JSON, CSV or by
// the template, as the file's name says.
func (x *App) export() {
	d := dialog.NewFileSave(func(w fyne.URIWriteCloser, err error) {
		if err != nil {
			x.fail(lang.L("The file could not be written"), err)
			return
		}
		if w != nil {
			x.exportTo(w, filepath.Ext(w.URI().Name()))
		}
	}, x.window)
	d.SetFileName("linklog-" + time.Now().Format("2006-01-02") + ".csv")
	d.SetFilter(storage.NewExtensionFileFilter([]string{".csv", ".json", ".jsonl", ".txt", ".log"}))
	d.Show()
}

// exportTo writes what the log shows, from its first event on, to a file. The
// service gives it, so that all of it is there, also what is not in memory.
func (x *App) exportTo(w io.WriteCloser, ext string) {
	query := client.Query{Filter: x.model.query, OldestFirst: true}
	if first := x.model.store.FirstSeq(); first > 0 {
		query.After = first - 1
	}
	line := x.liner()
	options := format.Options{Services: x.services}
	header := []byte(nil)
	switch strings.ToLower(ext) {
	case ".csv":
		header = append(format.AppendCSVHeader(nil), '\n')
		line = func(b []byte, ev *capture.Event) []byte { return format.AppendCSV(b, ev, &options) }
	case ".json", ".jsonl":
		line = func(b []byte, ev *capture.Event) []byte { return format.AppendJSON(b, ev, &options) }
	}
	n := 0
	x.background(func(ctx context.Context) error {
		out := bufio.NewWriterSize(w, 64<<10)
		out.Write(header) // an error stays with the writer
		var b []byte
		err := x.feed.Client().Events(ctx, query, func(ev *capture.Event) error {
			n++
			b = append(line(b[:0], ev), '\n')
			_, err := out.Write(b)
			return err
		})
		return errors.Join(err, out.Flush(), w.Close())
	}, func(err error) {
		if err != nil {
			x.fail(lang.L("The file could not be written"), err)
			return
		}
		x.tell(lang.L("{{.Count}} events written", map[string]any{"Count": ui.Number(uint64(n))}))
	})
}

// countToday asks how many events there were today before one, which were not counted
// here, and adds them.
func (x *App) countToday(before uint64) {
	now := time.Now()
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	day, n := x.shell.eventsDay, int64(0)
	if before <= 1 {
		return
	}
	x.background(func(ctx context.Context) (err error) {
		n, err = x.feed.Client().Count(ctx, client.Query{Since: midnight, Before: before})
		return err
	}, func(err error) {
		if err == nil && x.shell.eventsDay == day {
			x.shell.events += n
			x.shell.showCounts()
		}
	})
}

// address is where the router is to send to: this machine's address in the home
// network.
func (x *App) address() string {
	if x.ownAddress == "" {
		x.ownAddress = "–"
		for _, a := range ownAddresses() {
			x.ownAddress = a.String()
			break
		}
	}
	return x.ownAddress
}
