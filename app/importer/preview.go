package importer

import (
	"context"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/app/ui/grid"
	"linklog/capture"
)

// preview shows what is in the files before they are imported.
type preview struct {
	w      *window
	about  *widget.Label // the file
	wrong  *widget.Label // what of it is not understood
	events *grid.Grid[capture.Event]
}

// mostNamed bounds the names of files to choose from.
const mostNamed = 200

func newPreview(w *window, begin *sample) {
	p := &preview{w: w, about: ui.NewMuted(""), wrong: ui.NewMuted("")}
	p.events = grid.New(grid.Options[capture.Event]{Columns: columns(), Empty: lang.L("There is nothing to import in this file.")})
	top := container.New(layout.NewCustomPaddedVBoxLayout(0))
	if len(w.files) > 1 {
		names := []string{}
		for i := range min(len(w.files), mostNamed) {
			names = append(names, strconv.Itoa(i+1)+". "+w.files[i].name())
		}
		choose := ui.NewSelect(names, nil)
		for i := range names {
			if &w.files[i] == first(w.files) {
				choose.SetSelectedIndex(i)
			}
		}
		choose.OnChanged = func(string) { p.choose(choose.SelectedIndex()) }
		top.Add(ui.NewMuted(summary(w.files)))
		top.Add(ui.Edged(choose))
	}
	top.Add(p.about)
	below := container.NewVBox(p.wrong)
	readable := false
	for i := range w.files {
		readable = readable || w.files[i].err == nil
	}
	if f := first(w.files); len(w.files) == 1 && begin.err != nil {
		f.err = begin.err
	}
	if len(w.files) == 1 && (begin.err != nil || begin.Events == 0 && !begin.part) {
		readable = false // nothing can come of it
	}
	action := ui.NewPrimaryButton(lang.L("Import"), w.run)
	if !w.admin {
		action.SetText(lang.L("Import as an administrator…"))
		if w.i.o.Elevated == nil && readable {
			readable = false
			below.Add(ui.NewMuted(lang.L("Only an administrator may import, since it adds to the history of all users. In a terminal:")))
			below.Add(ui.Command(w.i.c, w.command()))
		}
	}
	ui.SetEnabled(readable, action)
	p.show(first(w.files), begin)
	foot := container.NewVScroll(below)
	foot.SetMinSize(fyne.NewSize(100, 96))
	w.show(ui.Border(top, foot, nil, nil, p.events), w.button(lang.L("Cancel"), w.dialog.Hide), action)
}

// summary says how many files there are.
func summary(list []file) string {
	bad := 0
	for i := range list {
		if list[i].err != nil {
			bad++
		}
	}
	values := map[string]any{"Count": len(list), "Size": ui.Bytes(byteCount(list)), "Bad": bad}
	if bad > 0 {
		return lang.L("{{.Count}} files, {{.Size}}; {{.Bad}} cannot be read.", values)
	}
	return lang.L("{{.Count}} files, {{.Size}}.", values)
}

// choose shows a different file.
func (p *preview) choose(i int) {
	p.w.cancel()
	f := &p.w.files[i]
	p.about.SetText(lang.L("Looking into the files…"))
	p.events.SetRows(nil)
	p.wrong.SetText("")
	var begin sample
	p.w.background(func(ctx context.Context) error {
		begin = look(ctx, f)
		return ctx.Err()
	}, func(err error) {
		if err == nil && !p.w.closed {
			p.show(f, &begin)
		}
	})
}

func (p *preview) show(f *file, s *sample) {
	p.events.SetRows(s.events)
	if s.err != nil {
		p.about.SetText(f.name() + ": " + ui.Cause(s.err))
		p.wrong.SetText("")
		return
	}
	text := f.name() + ", " + ui.Bytes(f.size) + ": " + about(&s.Outcome)
	if s.part {
		text = lang.L("{{.Name}}, {{.Size}}: {{.Format}}. It begins with:", map[string]any{"Name": f.name(), "Size": ui.Bytes(f.size), "Format": formatName(s.Format)})
	}
	p.about.SetText(text)
	var lines []string
	if len(s.bad) > 0 {
		lines = append(lines, lang.L("Not understood:"))
		for i := range s.bad {
			lines = append(lines, ui.Say(s.bad[i].Phrase()))
		}
	}
	for _, note := range s.Notes {
		lines = append(lines, ui.Say(note))
	}
	p.wrong.SetText(strings.Join(lines, "\n"))
}

// columns are what is shown of events.
func columns() []grid.Column[capture.Event] {
	return []grid.Column[capture.Event]{
		{ID: "time", Label: lang.L("Time"), Width: 164, Cell: func(c *grid.Cell, ev *capture.Event) {
			if at := ev.Time.Local(); !ev.Time.IsZero() {
				c.Text(grid.Sans, grid.Plain, ui.Day(at, time.Now())+at.Format(" 15:04:05"))
			}
		}},
		{ID: "way", Label: lang.L("Direction"), Width: 76, Cell: func(c *grid.Cell, ev *capture.Event) {
			switch {
			case ev.Kind != capture.Traffic:
			case ev.Dir == capture.In:
				c.Text(grid.Sans, grid.Plain, lang.L("in"))
			case ev.Dir == capture.Out:
				c.Text(grid.Sans, grid.Plain, lang.L("out"))
			}
		}},
		{ID: "from", Label: lang.X("import.from", "From"), Width: 170, MinWidth: 100, Flex: 1, Cell: func(c *grid.Cell, ev *capture.Event) { end(c, ev, &ev.Src) }},
		{ID: "to", Label: lang.X("import.to", "To"), Width: 170, MinWidth: 100, Flex: 1, Cell: func(c *grid.Cell, ev *capture.Event) {
			if ev.Kind != capture.Traffic {
				c.Text(grid.Sans, grid.Muted, ev.Text)
				return
			}
			end(c, ev, &ev.Dst)
		}},
		{ID: "port", Label: lang.L("Port"), Width: 84, Cell: func(c *grid.Cell, ev *capture.Event) {
			if ev.Kind == capture.Traffic {
				text := ev.Proto.String()
				if ev.Dst.Port != 0 {
					text = strconv.Itoa(int(ev.Dst.Port)) + " " + text
				}
				c.Text(grid.Mono, grid.Plain, text)
			}
		}},
		{ID: "verdict", Label: lang.L("Verdict"), Width: 80, Has: func(ev *capture.Event) bool { return ev.Verdict != 0 }, Cell: func(c *grid.Cell, ev *capture.Event) {
			switch ev.Verdict {
			case capture.Allowed:
				c.Text(grid.Sans, grid.Plain, lang.L("allowed"))
			case capture.Blocked:
				c.Text(grid.Sans, grid.Plain, lang.L("blocked"))
			}
		}},
	}
}

func end(c *grid.Cell, ev *capture.Event, e *capture.Endpoint) {
	switch {
	case ev.Kind != capture.Traffic:
	case e.Name != "":
		c.Text(grid.Sans, grid.Plain, e.Name)
	case e.Addr.IsValid():
		c.Text(grid.Mono, grid.Plain, e.Addr.String())
	}
}
