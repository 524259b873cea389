package oldlogs

import (
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/format"
	"linklog/format/services"
)

var update = flag.Bool("update", false, "write what is read as what is wanted")

// berlin has hours that are skipped and hours that come twice.
func berlin(t testing.TB) *time.Location {
	t.Helper()
	l, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones here: ", err)
	}
	return l
}

// options are those of a file written in January 2025.
func options(t testing.TB) Options {
	return Options{
		Location: berlin(t),
		Now:      time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC),
		FileTime: time.Date(2025, 1, 20, 12, 0, 0, 0, time.UTC),
		Services: services.IANA(),
		Router:   netip.MustParseAddr("192.168.1.254"),
	}
}

// pipe hides that a reader can seek.
type pipe struct{ r io.Reader }

func (p pipe) Read(b []byte) (int, error) { return p.r.Read(b) }

// result is one thing that Next gave, as text: an event as JSON, or an error.
func result(ev capture.Event, err error) string {
	var line *LineError
	switch {
	case err == nil:
		return string(format.AppendJSON(nil, &ev, nil))
	case errors.As(err, &line) && line.Foreign:
		return "foreign: " + err.Error()
	}
	return err.Error()
}

// all reads everything, and checks what must hold for every file.
func all(t testing.TB, r io.Reader, o Options) (results []string, reader *Reader) {
	t.Helper()
	reader, err := Open(r, o)
	if err != nil {
		return []string{"open: " + err.Error()}, nil
	}
	at, line := reader.Offset(), 0
	for {
		ev, err := reader.Next()
		if now := reader.Offset(); now < at {
			t.Fatalf("offset went from %d to %d", at, now)
		} else {
			at = now
		}
		if err == io.EOF {
			break
		}
		var broken *LineError
		switch {
		case err == nil:
			check(t, &ev)
		case !errors.As(err, &broken):
			if _, again := reader.Next(); fmt.Sprint(again) != err.Error() {
				t.Fatalf("after %v came %v", err, again)
			}
			return append(results, result(ev, err)), reader
		case broken.Line <= line || broken.Reason.IsZero() || len(broken.Text) > 4*maxShown || capture.Clean(broken.Text) != broken.Text:
			t.Fatalf("behind line %d: %#v", line, broken)
		default:
			line = broken.Line
		}
		results = append(results, result(ev, err))
	}
	if _, err := reader.Next(); err != io.EOF {
		t.Fatalf("after the end: %v", err)
	}
	return results, reader
}

// check fails for an event that capture would not have made.
func check(t testing.TB, ev *capture.Event) {
	t.Helper()
	wrong := ""
	switch {
	case ev.Time.IsZero() || ev.Time.Location() != time.UTC || ev.Time != ev.Time.Round(0):
		wrong = "time"
	case ev.Kind.String() == "":
		wrong = "kind"
	case ev.Kind == capture.Traffic && ev.Dir.String() == "":
		wrong = "direction"
	case ev.Kind == capture.Traffic && !known(&ev.Src), ev.Kind == capture.Traffic && !known(&ev.Dst):
		wrong = "ends"
	case ev.Kind == capture.WAN && !ev.Dst.Addr.IsValid():
		wrong = "outer address"
	}
	for _, s := range []string{ev.Src.Name, ev.Dst.Name, ev.Text} {
		if capture.Clean(s) != s || len(s) > 3*capture.MaxText {
			wrong = "text"
		}
	}
	for _, a := range []netip.Addr{ev.Router, ev.Src.Addr, ev.Dst.Addr} {
		if a.Is4In6() {
			wrong = "mapped address"
		}
	}
	if wrong != "" {
		t.Fatalf("%s: %+v", wrong, *ev)
	}
}

func known(e *capture.Endpoint) bool { return e.Addr.IsValid() || e.Name != "" }

// TestFiles reads the files of testdata, which show every form of the catalogue,
// and compares with the file of the same name that ends in .want.
func TestFiles(t *testing.T) {
	for _, f := range Formats() {
		if f.Example == "" {
			continue
		}
		files, err := filepath.Glob(filepath.Join("testdata", map[Format]string{JSON: "ours.jsonl", CSV: "ours.csv"}[f.Format]))
		if f.Format != JSON && f.Format != CSV {
			files, err = filepath.Glob(filepath.Join("testdata", f.Name+".[lc][os][gv]"))
		}
		if err != nil || len(files) != 1 {
			t.Fatalf("%s: files %v, %v", f.Name, files, err)
		}
		t.Run(f.Name, func(t *testing.T) {
			data, err := os.ReadFile(files[0])
			if err != nil {
				t.Fatal(err)
			}
			results, r := all(t, bytes.NewReader(data), options(t))
			if r == nil || r.Format() != f.Format {
				t.Fatalf("read as %v: %v", r, results)
			}
			for _, note := range r.Notes() {
				results = append(results, "note: "+note.String())
			}
			got := strings.Join(results, "\n") + "\n"
			want := files[0] + ".want"
			if *update {
				if err := os.WriteFile(want, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			expected, err := os.ReadFile(want)
			if err != nil {
				t.Fatal(err)
			}
			if diff := firstDifference(got, string(expected)); diff != "" {
				t.Error(diff)
			}
			if r.Offset() != int64(len(data)) {
				t.Errorf("offset %d of %d at the end", r.Offset(), len(data))
			}

			// The same compressed, with another kind of line ends, with a mark in
			// front, in tiny pieces.
			var z bytes.Buffer
			w := gzip.NewWriter(&z)
			w.Write(data)
			w.Close()
			crlf := bytes.ReplaceAll(bytes.ReplaceAll(data, []byte("\r"), nil), []byte("\n"), []byte("\r\n"))
			for name, other := range map[string][]byte{"gzip": z.Bytes(), "CR LF": crlf, "mark": append([]byte("\ufeff"), data...)} {
				if again, r := all(t, bytes.NewReader(other), options(t)); r == nil {
					t.Errorf("%s: %v", name, again)
				} else if diff := firstDifference(strings.Join(again, "\n"), strings.Join(results[:len(again)], "\n")); diff != "" {
					t.Errorf("%s: %s", name, diff)
				} else if r.Offset() != int64(len(other)) {
					t.Errorf("%s: offset %d of %d at the end", name, r.Offset(), len(other))
				}
			}
		})
	}
}

// firstDifference shows the first line in which two texts differ.
func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		var a, b string
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			return fmt.Sprintf("result %d\n got %s\nwant %s", i+1, a, b)
		}
	}
	return ""
}

// TestExamples reads the examples that people are shown.
func TestExamples(t *testing.T) {
	for _, f := range Formats() {
		if got, ok := ParseFormat(strings.ToUpper(f.Name)); !ok || got != f.Format || f.Format.String() != f.Name {
			t.Errorf("%s is %v", f.Name, got)
		}
		if f.Example == "" {
			continue
		}
		results, r := all(t, strings.NewReader(f.Example), options(t))
		if r == nil || r.Format() != f.Format || len(results) == 0 {
			t.Fatalf("%s: %v", f.Name, results)
		}
		for _, s := range results {
			if !strings.HasPrefix(s, "{") {
				t.Errorf("%s: %s", f.Name, s)
			}
		}
	}
}
