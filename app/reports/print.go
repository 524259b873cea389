package reports

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"

	"linklog/app/ui"
	"linklog/app/ui/chart"
)

//go:embed page.html
var pageHTML string

// printed is a report as a page of HTML has it.
type printed struct {
	Language, Title, Summary, Only, Made, Nothing string

	Chart  *drawing
	Legend []sign
	Lists  []printedList
}

type printedList struct {
	Title, First, Second string // Second is "" if the router does not say what it blocked
	Rows                 []printedRow
}

type printedRow struct{ Name, Address, First, Second string }

type sign struct{ Class, Text string }

// drawing is the chart as SVG has it.
type drawing struct {
	Width, Height, Left, Right, Bottom, Below, Numbers float64

	Marks []mark
	Bars  []rectangle
	Times []mark
}

type mark struct {
	X, Y float64
	Text string
}

type rectangle struct {
	Class, Reading string
	X, Y, W, H     float64
}

// print writes the report that is shown as a page of HTML, and opens it in the browser.
func (p *Page) print() {
	page := p.printed()
	p.c.Background(func(context.Context) error {
		path, err := writePage(page, time.Now())
		if err == nil && p.o.OpenPage != nil {
			err = p.o.OpenPage(path)
		}
		return err
	}, func(err error) {
		if err != nil {
			p.c.Fail(lang.L("The report could not be printed"), err)
		}
	})
}

// printed is the report that is shown.
func (p *Page) printed() *printed {
	r, now := &p.report, p.now()
	all := chart.Sum(r.bars)
	page := &printed{
		Language: lang.X("language", "en"), Title: lang.L("LinkLog: report"), Summary: p.summary(), Only: p.matching(p.wish), Nothing: lang.L("Nothing in this period."),
		Made:  lang.L("Made {{.Time}}", map[string]any{"Time": ui.Moment(now, now.AddDate(-1, 0, 0))}),
		Chart: draw(r.drawn(), r.step, now),
	}
	ways := waysOf(p.wish.volume)
	page.Legend = []sign{{"in", ways[0]}, {"out", ways[1]}}
	if !r.volume && all.Blocked() > 0 {
		page.Legend = append(page.Legend, sign{"in blocked", lang.L("blocked")})
	}
	for _, l := range r.lists() {
		list := printedList{Title: l.title, First: lang.L("Attempts")}
		for i := range l.entries {
			e := &l.entries[i]
			if e.volume {
				list.First, list.Second = lang.L("Up"), lang.L("Down")
				list.Rows = append(list.Rows, printedRow{e.name, e.second, ui.Volume(e.up), ui.Volume(e.down)})
				continue
			}
			if e.allowed+e.blocked > 0 {
				list.Second = lang.L("Blocked")
			}
			list.Rows = append(list.Rows, printedRow{e.name, e.second, ui.Number(e.count), ui.Number(e.blocked)})
		}
		page.Lists = append(page.Lists, list)
	}
	return page
}

// draw makes the chart as the page has it: what came in below what went out.
func draw(bars []chart.Bar, s chart.Step, now time.Time) *drawing {
	d := &drawing{Width: 900, Height: 240, Left: 56, Right: 890, Bottom: 214, Below: 230, Numbers: 48}
	const top = 10
	highest := uint64(0)
	for i := range bars {
		highest = max(highest, bars[i].Total())
	}
	marks := chart.Ticks(highest)
	y := func(n uint64) float64 { return d.Bottom - (d.Bottom-top)*float64(n)/float64(marks[len(marks)-1]) }
	for _, n := range marks {
		d.Marks = append(d.Marks, mark{Y: y(n), Text: chart.Short(n, len(bars) > 0 && bars[0].Bytes)})
	}
	w := (d.Right - d.Left) / float64(max(len(bars), 1))
	free := 0.0
	for i := range bars {
		b := &bars[i]
		x := d.Left + float64(i)*w
		if text, good := s.Label(bars, i, now); good && x >= free && x+7*float64(len(text)) < d.Width {
			d.Times = append(d.Times, mark{X: x, Text: text})
			free = x + 7*float64(len(text)) + 10
		}
		up := uint64(0)
		for _, part := range []struct {
			class string
			n     uint64
		}{{"in", b.In - b.InBlocked}, {"in blocked", b.InBlocked}, {"out", b.Out - b.OutBlocked}, {"out blocked", b.OutBlocked}} {
			if part.n > 0 {
				d.Bars = append(d.Bars, rectangle{part.class, chart.Reading(b, s, now), x + w*0.1, y(up + part.n), w * 0.8, max(y(up)-y(up+part.n), 1)})
				up += part.n
			}
		}
	}
	return d
}

// write writes the page. Names come from anywhere: html/template keeps them texts.
func (page *printed) write(w io.Writer) error {
	t, err := template.New("report").Parse(pageHTML)
	if err != nil {
		return err
	}
	return t.Execute(w, page)
}

// keepPages is how long pages are kept that were printed before.
const keepPages = 24 * time.Hour

// writePage writes a page into a folder that only the user can look into, and removes old ones.
func writePage(page *printed, now time.Time) (path string, err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "linklog", "reports")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return "", fmt.Errorf("keep others out: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && strings.HasSuffix(e.Name(), ".html") && now.Sub(info.ModTime()) > keepPages {
			_ = os.Remove(filepath.Join(dir, e.Name())) // the next time, else
		}
	}
	file, err := os.CreateTemp(dir, "report-"+now.Format("2006-01-02")+"-*.html") // with mode 0600
	if err != nil {
		return "", err
	}
	if err := errors.Join(page.write(file), file.Close()); err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}
