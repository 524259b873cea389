package oldlogs

import (
	"bufio"
	"io"
	"strings"
	"unicode/utf8"

	"linklog/capture"
	"linklog/capture/router"
	"linklog/phrase"
)

// maxShown bounds the part of a line that an error shows, in bytes.
const maxShown = 200

// lines is the source for formats of lines.
type lines struct {
	in     *bufio.Reader
	parser *parser
	record *record // for snmptrapd's several lines a trap
	number int
}

func newLines(in *bufio.Reader, p *parser) *lines {
	l := &lines{in: in, parser: p}
	if p.format == Snmptrapd {
		l.record = &record{}
	}
	return l
}

func (l *lines) next() (capture.Event, error) {
	for {
		line, long, err := readLine(l.in)
		if err != nil {
			if l.record != nil && l.record.waits() && err == io.EOF {
				return l.finish(l.record.take())
			}
			return capture.Event{}, err
		}
		l.number++
		if l.number == 1 {
			line = withoutBOM(line)
		}
		if l.record != nil {
			done, ready := l.record.add(line, long, l.number)
			if !ready {
				continue
			}
			return l.finish(done)
		}
		if long {
			return capture.Event{}, lineError(l.number, line, router.Malformed(phrase.Say("longer than {{.Count}} bytes", "Count", maxLine)))
		}
		if blank(line) {
			continue
		}
		ev, skip, err := l.parser.line(string(line))
		switch {
		case err != nil:
			return capture.Event{}, lineError(l.number, line, err)
		case !skip:
			return ev, nil
		}
	}
}

func (l *lines) sighting(ev *capture.Event) (capture.Sighting, bool) { return l.parser.sighting(ev) }

// finish makes an event of a record.
func (l *lines) finish(r recordText) (capture.Event, error) {
	if r.long {
		return capture.Event{}, lineError(r.line, []byte(r.text), router.Malformed(phrase.Say("longer than {{.Count}} bytes", "Count", maxLine)))
	}
	ev, err := l.parser.trapRecord(r.text)
	if err != nil {
		return capture.Event{}, lineError(r.line, []byte(r.text), err)
	}
	return ev, nil
}

// lineError makes the error for a line.
func lineError(number int, line []byte, err error) *LineError {
	e := &LineError{Line: number, Text: shown(line), Reason: phrase.Of(err)}
	if p, ok := err.(*router.Fault); ok {
		e.Foreign = p.Foreign
	}
	return e
}

// shown is the beginning of a line as an error shows it: never empty.
func shown(line []byte) string {
	if len(line) > maxShown {
		line = line[:maxShown]
		for i := 0; i < utf8.UTFMax && len(line) > 0 && !utf8.Valid(line[len(line)-1:]); i++ {
			line = line[:len(line)-1] // a character cut in two
		}
	}
	// Tabs and the lines of a record are fine as such, if not on one line.
	text := strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' {
			return ' '
		}
		return r
	}, string(line))
	if s := capture.Clean(text); s != "" {
		return s
	}
	return "(blank)"
}

func blank(line []byte) bool {
	for _, c := range line {
		if c != ' ' && (c < '\t' || c > '\r') && c != 0 {
			return false
		}
	}
	return true
}

// withoutBOM takes the mark away that Windows programs begin texts with.
func withoutBOM(line []byte) []byte {
	if len(line) >= 3 && line[0] == 0xef && line[1] == 0xbb && line[2] == 0xbf {
		return line[3:]
	}
	return line
}
