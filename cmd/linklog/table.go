package main

import (
	"io"
	"os"
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"
	"golang.org/x/term"
)

// column is one of a table.
type column struct {
	title string
	right bool // numbers
	least int  // width in characters to which it may shrink; 0: not at all
	spare bool // it is left out where no row has something in it
}

// table writes rows one below the other. On a terminal they fit its width, by
// cutting the widest of the columns that may shrink; elsewhere nothing is cut.
type table struct {
	columns []column
	rows    [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// gapWidth is what is between two columns.
const gapWidth = 2

// prune leaves out the spare columns in which nothing is.
func (t *table) prune() {
	for i := len(t.columns) - 1; i >= 0; i-- {
		if t.columns[i].spare && !slices.ContainsFunc(t.rows, func(row []string) bool { return row[i] != "" }) {
			t.columns = slices.Delete(t.columns, i, i+1)
			for k := range t.rows {
				t.rows[k] = slices.Delete(t.rows[k], i, i+1)
			}
		}
	}
}

// widths are those of the columns if nothing is cut.
func (t *table) widths() []int {
	widths := make([]int, len(t.columns))
	for i, c := range t.columns {
		widths[i] = runewidth.StringWidth(c.title)
		for _, row := range t.rows {
			widths[i] = max(widths[i], runewidth.StringWidth(row[i]))
		}
	}
	return widths
}

// width is that of the whole table if nothing is cut.
func (t *table) width() int {
	t.prune()
	total := gapWidth * (len(t.columns) - 1)
	for _, w := range t.widths() {
		total += w
	}
	return total
}

// write writes the table; width 0: of any width.
func (t *table) write(w io.Writer, width int) error {
	t.prune()
	widths := t.widths()
	if width > 0 {
		t.shrink(widths, width)
	}
	var b strings.Builder
	titles := make([]string, len(t.columns))
	for i, c := range t.columns {
		titles[i] = c.title
	}
	t.line(&b, titles, widths)
	for _, row := range t.rows {
		t.line(&b, row, widths)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// shrink takes from the widest column that may shrink until all fit.
func (t *table) shrink(widths []int, width int) {
	total := gapWidth * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	for ; total > width; total-- {
		widest := -1
		for i, c := range t.columns {
			if c.least > 0 && widths[i] > c.least && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		widths[widest]--
	}
}

func (t *table) line(b *strings.Builder, cells []string, widths []int) {
	blank := 0 // spaces that are owed, so that no line ends with some
	write := func(text string) {
		if text != "" {
			b.WriteString(strings.Repeat(" ", blank) + text)
			blank = 0
		}
	}
	for i, cell := range cells {
		cell = runewidth.Truncate(cell, widths[i], "…")
		pad := max(0, widths[i]-runewidth.StringWidth(cell))
		if t.columns[i].right {
			blank += pad
			pad = 0
		}
		write(cell)
		blank += pad + gapWidth
	}
	b.WriteByte('\n')
}

// terminalWidth is the width of the terminal an output is shown on; 0: none.
func terminalWidth(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}
