package settings

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Changing a setting keeps all else of the file, in any of its forms.
func TestSet(t *testing.T) {
	for _, c := range []struct{ name, text, key, value, want string }{
		{"default", "[history]\n# days = 365               # how long\n# max_size = \"10 GiB\"\n", "history.days", "90",
			"[history]\ndays = 90                  # how long\n# max_size = \"10 GiB\"\n"},
		{"in use", "[history]\ndays = 30 # mine\n[hosts]\n", "history.days", "90", "[history]\ndays = 90                  # mine\n[hosts]\n"},
		{"in use beats the comment", "[history]\n# days = 365\ndays = 30\n", "history.days", "90", "[history]\n# days = 365\ndays = 90\n"},
		{"not there", "[history]\ndays = 30\n\n[hosts]\n", "history.max_size", `"1 GiB"`, "[history]\ndays = 30\nmax_size = \"1 GiB\"\n\n[hosts]\n"},
		{"no section", "", "history.days", "90", "\n[history]\ndays = 90\n"},
		{"same name elsewhere", "[a]\n[listen]\n# port = 162\n", "listen.port", "9162", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Set(c.text, c.key, c.value)
			if c.want == "" { // the text was wrong before
				if err == nil || got != c.text {
					t.Errorf("%q %v", got, err)
				}
				return
			}
			if err != nil || strings.TrimSpace(got) != strings.TrimSpace(c.want) {
				t.Errorf("got %q %v, want %q", got, err, c.want)
			}
		})
	}
	changed, err := Set(Default, "names.dns", "false")
	if err != nil {
		t.Fatal(err)
	}
	if s, err := Parse([]byte(changed)); err != nil || s.Names.DNS {
		t.Error(s, err)
	}
	if strings.Count(changed, "\n") != strings.Count(Default, "\n") {
		t.Error("lines came or went")
	}
	for _, wrong := range [][2]string{{"history.days", `"x"`}, {"history.weeks", "3"}, {"history.days", "3\n[evil]"}, {"history.days", "-1"}} {
		if got, err := Set(Default, wrong[0], wrong[1]); err == nil || got != Default {
			t.Errorf("%v: taken", wrong)
		}
	}
}

// A file that cannot be taken, or not be written, changes nothing.
func TestFileWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "linklog.toml")
	var applied []Settings
	refuse := error(nil)
	f := &File{Path: path, Optional: true, Apply: func(s Settings) error { applied = append(applied, s); return refuse }}
	if text, _, err := f.Read(); err != nil || string(text) != Default {
		t.Fatal(err)
	}
	if restart, err := f.Write([]byte("[history]\ndays = 7\n")); err != nil || restart {
		t.Fatal(restart, err)
	}
	if s, err := f.Load(); err != nil || s.History.Days != 7 || len(applied) != 1 || applied[0].History.Days != 7 {
		t.Fatal(s, err)
	}
	if restart, err := f.Write([]byte("[listen]\nport = 9162\n")); err != nil || !restart {
		t.Fatal(restart, err)
	}
	for _, wrong := range []string{"[history]\ndays = 'x'\n", "[nothing]\n", strings.Repeat("#", maxFile+1)} {
		if _, err := f.Write([]byte(wrong)); err == nil {
			t.Errorf("%.20q was taken", wrong)
		}
	}
	refuse = errors.New("not these")
	if _, err := f.Write([]byte("[history]\ndays = 8\n")); !errors.Is(err, refuse) {
		t.Error(err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "[listen]\nport = 9162\n" {
		t.Errorf("%q %v", text, err)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
	if err != nil || len(left) != 0 {
		t.Error(left, err)
	}
}
