package main

import (
	"cmp"
	"fmt"
	"html"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// line is a line of a panel: values over the rows of a history.
type line struct {
	name   string
	values []float64 // 0: none at that size
}

// panel is one diagram, both of whose axes are logarithmic.
type panel struct {
	title string
	lines []line
}

// The colours are told apart by those who confuse red and green, too, and stand out
// on white.
var colours = []string{"#0072b2", "#d55e00", "#009e73", "#7b3294", "#b8860b", "#333333", "#cc5599", "#5b8c2a"}

const (
	panelWidth, panelHeight     = 470, 330
	left, right, above, beneath = 62, 140, 40, 46 // margins; right has room for the names
)

// writeSVG draws panels side by side, on white whatever the page has.
func writeSVG(w io.Writer, rows []float64, panels []panel) error {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" font-family="sans-serif" font-size="12" fill="#222">`+"\n", panelWidth*len(panels), panelHeight)
	b.WriteString(`<rect width="100%" height="100%" fill="#fff"/>` + "\n")
	for i, p := range panels {
		fmt.Fprintf(&b, `<g transform="translate(%d 0)">`+"\n", i*panelWidth)
		p.draw(&b, rows)
		b.WriteString("</g>\n")
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func (p *panel) draw(b *strings.Builder, rows []float64) {
	low, high := math.Inf(1), 0.0
	for _, l := range p.lines {
		for _, v := range l.values {
			if v > 0 {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	if high == 0 {
		low, high = 1, 1
	}
	bottom, top := math.Floor(math.Log10(low)), math.Ceil(math.Log10(high)+1e-9)
	if top == bottom {
		top++
	}
	first, last := math.Log10(rows[0]), math.Log10(rows[len(rows)-1])
	if first == last {
		last++
	}
	x := func(n float64) float64 {
		return left + (math.Log10(n)-first)/(last-first)*(panelWidth-left-right)
	}
	y := func(v float64) float64 {
		return panelHeight - beneath - (math.Log10(v)-bottom)/(top-bottom)*(panelHeight-above-beneath)
	}
	fmt.Fprintf(b, `<text x="%d" y="22" font-weight="bold">%s</text>`+"\n", left, html.EscapeString(p.title))
	for e := bottom; e <= top; e++ {
		v := math.Pow(10, e)
		fmt.Fprintf(b, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1[3]f" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n", left, panelWidth-right, y(v), left-6, y(v)+4, short(v))
	}
	for _, n := range rows {
		fmt.Fprintf(b, `<line x1="%.1f" x2="%.1[1]f" y1="%d" y2="%d" stroke="#ddd"/><text x="%.1[1]f" y="%[4]d" text-anchor="middle">%[5]s</text>`+"\n", x(n), above, panelHeight-beneath, panelHeight-beneath+16, short(n))
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle">rows in the history</text>`+"\n", (left+panelWidth-right)/2, panelHeight-8)

	type label struct {
		y    float64
		line int
	}
	var labels []label
	for i, l := range p.lines {
		colour := colours[i%len(colours)]
		var points []string
		end := 0.0
		for j, v := range l.values {
			if v > 0 {
				end = v
				points = append(points, fmt.Sprintf("%.1f,%.1f", x(rows[j]), y(v)))
				fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`+"\n", x(rows[j]), y(v), colour)
			}
		}
		if len(points) == 0 {
			continue
		}
		fmt.Fprintf(b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.Join(points, " "), colour)
		labels = append(labels, label{y(end), i})
	}
	// Names stand at the ends of their lines, moved apart where they would overlap.
	slices.SortFunc(labels, func(a, b label) int { return cmp.Compare(a.y, b.y) })
	const apart = 14
	for i := 1; i < len(labels); i++ {
		labels[i].y = max(labels[i].y, labels[i-1].y+apart)
	}
	for _, l := range labels {
		fmt.Fprintf(b, `<text x="%d" y="%.1f" fill="%s">%s</text>`+"\n", panelWidth-right+8, l.y+4, colours[l.line%len(colours)], html.EscapeString(p.lines[l.line].name))
	}
}

// short writes powers of ten, and what is between: 0.1, 100, 10 k, 50 M.
func short(v float64) string {
	switch {
	case v >= 1e6:
		return strconv.FormatFloat(v/1e6, 'g', 3, 64) + " M"
	case v >= 1e3:
		return strconv.FormatFloat(v/1e3, 'g', 3, 64) + " k"
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}
