package export

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"linklog/app/ui/uitest"
)

// lines is a Source of n lines.
func lines(n int64) Source {
	return Source{
		Name: "x", Formats: table(), Ranges: true,
		Count: func(context.Context, time.Time) (int64, error) { return n, nil },
		Write: func(ctx context.Context, format int, since time.Time, w io.Writer, wrote func()) error {
			for i := range n {
				if _, err := fmt.Fprintf(w, "%d %d\n", format, i); err != nil {
					return err
				}
				wrote()
			}
			return nil
		},
	}
}

// One sees how much it is, a file that is there is only replaced when asked, and what fails or is
// cancelled leaves nothing behind and the old file as it was.
func TestExport(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	b := uitest.New(t, nil)
	file := filepath.Join(t.TempDir(), "out.csv")
	is := func(want string) {
		t.Helper()
		text, err := os.ReadFile(file)
		if string(text) != want || err != nil {
			t.Errorf("the file has %q, %v, not %q", text, err, want)
		}
		if entries, _ := os.ReadDir(filepath.Dir(file)); len(entries) != 1 {
			t.Errorf("%v", entries)
		}
	}
	enter := func() { b.Window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn}) }
	open := func(s Source) *Dialog {
		d := Ask(b.Context, s)
		d.path.SetText(file)
		b.Settle()
		return d
	}

	d := open(lines(3))
	if d.count.Text != "3 rows" {
		t.Errorf("it says %q", d.count.Text)
	}
	d.format.SetSelectedIndex(1)
	if got := d.path.Text; got != strings.TrimSuffix(file, "csv")+"json" {
		t.Errorf("JSON goes to %s", got)
	}
	d.format.SetSelectedIndex(0)
	enter()
	b.Settle()
	is("0 0\n0 1\n0 2\n")
	if n := len(b.Window.Canvas().Overlays().List()); n != 0 || len(b.Told) != 1 || !strings.HasPrefix(b.Told[0], "3 rows exported to ") {
		t.Errorf("%d dialogs, told %q", n, b.Told)
	}

	d = open(lines(1))
	enter()
	if n := len(b.Window.Canvas().Overlays().List()); n != 2 {
		t.Fatalf("%d dialogs: nobody asks whether to replace the file", n)
	}
	enter() // Cancel has the keyboard
	is("0 0\n0 1\n0 2\n")
	d.dialog.Hide()

	// It fails in the middle.
	broken := lines(1)
	broken.Write = func(_ context.Context, _ int, _ time.Time, w io.Writer, wrote func()) error {
		fmt.Fprintln(w, "half")
		return errors.New("the service is gone")
	}
	d = open(broken)
	enter()
	b.Window.Canvas().FocusNext()
	enter()
	b.Settle()
	is("0 0\n0 1\n0 2\n")
	if !d.wrong.Visible() || !strings.Contains(d.wrong.Text, "the service is gone") {
		t.Errorf("it says %q", d.wrong.Text)
	}
	d.dialog.Hide()

	// It is cancelled.
	begun := make(chan struct{})
	slow := lines(1)
	slow.Write = func(ctx context.Context, _ int, _ time.Time, w io.Writer, wrote func()) error {
		close(begun)
		<-ctx.Done()
		return nil // however it ends
	}
	open(slow)
	enter()
	b.Window.Canvas().FocusNext()
	enter()
	<-begun
	b.Window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	b.Settle()
	is("0 0\n0 1\n0 2\n")
	if got := b.Told[len(b.Told)-1]; got != "Nothing was exported." {
		t.Errorf("told %q", got)
	}
}

// A table and the events of the log have the same idea of what a formula is.
func TestTableWideFormula(t *testing.T) {
	var out bytes.Buffer
	names := []string{"＝1", " ＋1", "－1", "＠x", "'x", "x=1"}
	if err := writeTable(0, &out, names, []string{"name"}, func(s *string) []string { return []string{*s} }, func() {}); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "name\n'＝1\n' ＋1\n'－1\n'＠x\n''x\nx=1\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// No name that somebody chose is a formula in a spreadsheet.
func TestTable(t *testing.T) {
	type row struct{ A, B string }
	rows := []row{{`=1+1`, `a,"b"`}, {" @x", "<b>"}}
	cells := func(r *row) []string { return []string{r.A, r.B} }
	for format, want := range []string{"a,b\n'=1+1,\"a,\"\"b\"\"\"\n' @x,<b>\n", `{"A":"=1+1","B":"a,\"b\""}` + "\n" + `{"A":" @x","B":"<b>"}` + "\n"} {
		var out bytes.Buffer
		n := 0
		if err := writeTable(format, &out, rows, []string{"a", "b"}, cells, func() { n++ }); err != nil || n != 2 {
			t.Error(err, n)
		}
		if out.String() != want {
			t.Errorf("%s, want %s", out.String(), want)
		}
	}
}
