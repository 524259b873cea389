package oldlogs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linklog/capture"
)

// TestCases reads files that people had, each of which stands for a kind of fault.
// "Now" is 2026-11-29; the zone is UTC unless the file's name says otherwise.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.[lp][oc][ga]*")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			got := readCase(t, file)
			want := strings.TrimSuffix(file, filepath.Ext(file)) + ".want"
			if *update {
				if err := os.WriteFile(want, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			wanted, err := os.ReadFile(want)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(wanted) {
				t.Errorf("got\n%s\nwant\n%s", got, wanted)
			}
		})
	}
}

func readCase(t *testing.T, file string) string {
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	o := Options{Location: time.UTC, Now: time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)}
	if strings.Contains(file, "zone-words") {
		o.Location = berlin(t)
	}
	var b strings.Builder
	r, err := Open(in, o)
	if err != nil {
		return err.Error() + "\n"
	}
	for {
		ev, err := r.Next()
		var line *LineError
		switch {
		case err == io.EOF:
			for _, note := range r.Notes() {
				fmt.Fprintln(&b, "note:", note)
			}
			return b.String()
		case errors.As(err, &line) && line.Foreign:
			fmt.Fprintf(&b, "line %d is about something else: %s\n", line.Line, line.Reason)
		case err != nil:
			fmt.Fprintln(&b, err)
		default:
			fmt.Fprintln(&b, told(&ev))
		}
	}
}

// told is an event in a line.
func told(ev *capture.Event) string {
	end := func(e capture.Endpoint) string {
		host := e.Name
		if e.Addr.IsValid() {
			host = strings.TrimPrefix(e.Name+"/"+e.Addr.String(), "/")
		}
		return fmt.Sprintf("%s:%d", host, e.Port)
	}
	router := "-"
	if ev.Router.IsValid() {
		router = ev.Router.String()
	}
	return strings.TrimRight(fmt.Sprintf("%s %s %s %s %s %s -> %s %q", ev.Time.Format(time.RFC3339Nano), router, ev.Dir, ev.Proto, ev.Verdict, end(ev.Src), end(ev.Dst), ev.Text), " ")
}
