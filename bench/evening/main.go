// Command evening draws what scripts/bench-evening measured, two panels over time:
//
//	scripts/bench-evening >evening.csv
//	go run ./bench/evening <evening.csv >docs/evening.svg
package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

func main() {
	if err := draw(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "evening:", err)
		os.Exit(1)
	}
}

// head are the columns of the measurement: seconds since the start, then of each app
// CPU in percent of one core and resident memory in MB.
var head = []string{"seconds", "visible_cpu", "visible_mb", "hidden_cpu", "hidden_mb"}

// read gives the columns.
func read(r io.Reader) ([][]float64, error) {
	records, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read the measurement: %w", err)
	}
	if len(records) < 3 || strings.Join(records[0], ",") != strings.Join(head, ",") {
		return nil, fmt.Errorf("read the measurement: want the columns %s and two lines or more", strings.Join(head, ","))
	}
	columns := make([][]float64, len(head))
	for i, record := range records[1:] {
		for j, text := range record {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil || v < 0 {
				return nil, fmt.Errorf("read the measurement: line %d: %q is no number from 0", i+2, text)
			}
			columns[j] = append(columns[j], v)
		}
	}
	return columns, nil
}

// Of a panel, in pixels; the right margin has room for the names.
const width, height, left, right, above, beneath = 470, 260, 46, 74, 40, 36

func draw(r io.Reader, w io.Writer) error {
	columns, err := read(r)
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" font-family="sans-serif" font-size="12" fill="#222">`+"\n", 2*width, height)
	b.WriteString(`<rect width="100%" height="100%" fill="#fff"/>` + "\n")
	panel(&b, 0, "CPU, % of one core", columns[0], columns[1], columns[3])
	panel(&b, width, "Resident memory, MB", columns[0], columns[2], columns[4])
	b.WriteString("</svg>\n")
	_, err = io.WriteString(w, b.String())
	return err
}

// panel draws two lines over the seconds, both axes from 0.
func panel(b *strings.Builder, offset int, title string, seconds, visible, hidden []float64) {
	end, most := seconds[len(seconds)-1], 1.0
	for i := range visible {
		most = max(most, visible[i], hidden[i])
	}
	step := 10.0
	for most/step > 6 {
		step *= 2
	}
	x := func(s float64) float64 { return left + s/end*(width-left-right) }
	y := func(v float64) float64 { return height - beneath - v/(most*1.05)*(height-above-beneath) }
	fmt.Fprintf(b, `<g transform="translate(%d 0)"><text x="%d" y="22" font-weight="bold">%s</text>`+"\n", offset, left, title)
	for v := 0.0; v <= most*1.05; v += step {
		fmt.Fprintf(b, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1[3]f" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%g</text>`+"\n", left, width-right, y(v), left-6, y(v)+4, v)
	}
	fmt.Fprintf(b, `<text x="%d" y="%d">0</text><text x="%d" y="%d" text-anchor="end">%.0f minutes</text>`+"\n", left, height-beneath+18, width-right, height-beneath+18, end/60)
	for _, l := range []struct {
		name, colour string
		values       []float64
	}{{"visible", "#0072b2", visible}, {"hidden", "#d55e00", hidden}} {
		fmt.Fprintf(b, `<polyline fill="none" stroke-width="1.5" stroke="%s" points="`, l.colour)
		for i, v := range l.values {
			fmt.Fprintf(b, "%.1f,%.1f ", x(seconds[i]), y(v))
		}
		last := l.values[len(l.values)-1]
		fmt.Fprintf(b, `"/><text x="%d" y="%.1f" fill="%s">%s</text>`+"\n", width-right+5, y(last)+4, l.colour, l.name)
	}
	b.WriteString("</g>\n")
}
