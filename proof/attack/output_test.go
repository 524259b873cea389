package attack

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"testing"
	"unicode/utf8"

	"linklog/capture"
	"linklog/format"
	"linklog/format/services"
)

// everything is a template with every token that shows what came from outside.
const everything = `%{seq} %t [%i, %p] %s:%S -> %d:%D %a %A %{router} %{kind} %{reason} %{new} %{text} %{message} %{remote.name} %{local.host}`

// writers are all ways an event gets out of the program.
type writers struct {
	formatters []*format.Formatter
	options    format.Options
	line       []byte
}

func newWriters(t testing.TB) *writers {
	t.Helper()
	w := &writers{options: format.Options{Services: services.IANA()}}
	for _, text := range []string{format.Default, format.SystemDefault, everything} {
		template, err := format.Compile(text)
		if err != nil {
			t.Fatal(err)
		}
		w.formatters = append(w.formatters, format.NewFormatter(template, w.options))
	}
	return w
}

// check writes an event in every way and looks at what comes out.
func (w *writers) check(ev *capture.Event) error {
	for _, f := range w.formatters {
		w.line = f.Append(w.line[:0], ev)
		if err := harmless(w.line); err != nil {
			return err
		}
	}
	w.line = format.AppendCSV(w.line[:0], ev, &w.options)
	if err := harmless(w.line); err != nil {
		return err
	}
	w.line = format.AppendJSON(w.line[:0], ev, &w.options)
	if err := harmless(w.line); err != nil {
		return err
	}
	again, err := format.ParseJSON(w.line)
	if err != nil {
		return fmt.Errorf("%w: %s", err, w.line)
	}
	if again != *ev {
		return fmt.Errorf("%s gives %+v, was %+v", w.line, again, *ev)
	}
	return nil
}

// checkCSV reads a row back as other programs do, which takes longer than all the
// rest.
func (w *writers) checkCSV(ev *capture.Event) error {
	w.line = format.AppendCSV(w.line[:0], ev, &w.options)
	r := csv.NewReader(bytes.NewReader(w.line))
	rows, err := r.ReadAll()
	if err != nil || len(rows) != 1 {
		return fmt.Errorf("%d rows of CSV, %v: %s", len(rows), err, w.line)
	}
	return nil
}

// harmless looks at a line without its end: no control character of C0 or C1, no
// DEL, nothing that turns the direction of writing, valid UTF-8, and not blank.
func harmless(line []byte) error {
	if len(line) == 0 {
		return fmt.Errorf("an empty line")
	}
	for i := 0; i < len(line); {
		c := line[i]
		if c >= 0x20 && c < 0x7f {
			i++
			continue
		}
		r, n := utf8.DecodeRune(line[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			return fmt.Errorf("invalid UTF-8 at byte %d of %q", i, line)
		case r < 0x20, r >= 0x7f && r < 0xa0:
			return fmt.Errorf("control character %U at byte %d of %q", r, i, line)
		case r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff:
			return fmt.Errorf("format character %U at byte %d of %q", r, i, line)
		}
		i += n
	}
	return nil
}

func TestHarmless(t *testing.T) {
	for text, fine := range map[string]bool{
		"Nov 23 ü 日本 🙂 \ufffd": true, "": false, "\x1b[2J": false, "a\x00": false, "a\tb": false, "\u009b1m": false, "\x9b": false,
		"\u202e": false, "\u200b": false, "\x7f": false, "\u2028": false, "\xff": false, "\xc2": false,
	} {
		if err := harmless([]byte(text)); (err == nil) != fine {
			t.Errorf("%q: %v", text, err)
		}
	}
}
