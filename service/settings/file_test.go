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
		{"upper case", "[HISTORY]\nDAYS = 30\n", "history.days", "90", "[HISTORY]\ndays = 90\n"},
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
	for _, wrong := range []string{"[history]\ndays = 'x'\n", "[nothing]\n", strings.Repeat("#", MaxFile+1)} {
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

// A service whose file is wrong starts with what it used last, and says so. The
// wrong file stays as it is, and so does what was good.
func TestStart(t *testing.T) {
	const good, bad = "[history]\ndays = 7\n", "[history]\ndays = 'x'\n"
	dir := t.TempDir()
	path, kept := filepath.Join(dir, "linklog.toml"), filepath.Join(dir, "data", "linklog.toml.last-good")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var told error
	start := func() (*File, Settings, error) {
		t.Helper()
		f := &File{Path: path, Optional: true, Good: kept, Apply: func(Settings) error { return nil }, Trouble: func(err error) { told = err }}
		s, wrong, err := f.Start()
		if err != nil {
			t.Fatal(err)
		}
		return f, s, wrong
	}
	is := func(file, want string) {
		t.Helper()
		if text, err := os.ReadFile(file); string(text) != want || (err != nil) != (want == "") {
			t.Errorf("%s: %q, %v; want %q", filepath.Base(file), text, err, want)
		}
	}

	// Never any: all is as by default. A wrong one: but nothing is removed.
	if _, s, wrong := start(); wrong != nil || s.History.Days != 365 {
		t.Error(s, wrong)
	}
	is(kept, "")
	write(bad)
	_, s, wrong := start()
	if wrong == nil || !strings.Contains(wrong.Error(), path+": line 2: history.days: must be a whole number") || !strings.Contains(wrong.Error(), "The defaults are used until this is fixed, and nothing is removed") {
		t.Error(wrong)
	}
	if s.History != (History{}) || s.Listen.Port != 162 {
		t.Errorf("%+v", s)
	}
	is(path, bad)
	is(kept, "")

	write(good)
	if _, s, wrong := start(); wrong != nil || s.History.Days != 7 {
		t.Error(s, wrong)
	}
	is(kept, good)
	write(bad)
	f, s, wrong := start()
	if wrong == nil || !strings.Contains(wrong.Error(), ": line 2: history.days: must be") || !strings.Contains(wrong.Error(), kept) || s.History.Days != 7 {
		t.Error(s, wrong)
	}
	is(path, bad)
	is(kept, good)
	write("[histroy]\n")
	if _, err := f.Reload(); err == nil || !strings.HasPrefix(told.Error(), "The previous settings stay in use until this is fixed: ") || !strings.HasSuffix(told.Error(), "did you mean [history]?") {
		t.Error(err, told)
	}
	write(bad)
	if _, err := f.Reload(); err == nil || told == nil || !strings.Contains(told.Error(), "line 2: history.days: ") || !strings.Contains(told.Error(), "The previous settings stay in use") {
		t.Error(err, told)
	}
	is(kept, good)

	// Mended by hand, and then through the socket.
	write("[history]\ndays = 8\n")
	if restart, err := f.Reload(); restart || err != nil || told != nil {
		t.Error(restart, err, told)
	}
	is(kept, "[history]\ndays = 8\n")
	var waiting []string
	f.Waiting = func(changed []string) { waiting = changed }
	if restart, err := f.Write([]byte("[listen]\nport = 9162\nports = [9162, 601]\ntcp = true\nbuffer = 1048576\naddress = '::1'\n[names]\ndns = false\nresolver = '8.8.8.8'\n")); !restart || err != nil {
		t.Error(restart, err)
	}
	if got, want := strings.Join(waiting, ", "), `listen.address = "::1", listen.port = 9162, listen.ports = [9162, 601], listen.tcp = true, listen.buffer = "1 MiB", names.dns = false, names.resolver = "8.8.8.8"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if restart, err := f.Write([]byte("[listen]\nport = 9162\n")); !restart || err != nil {
		t.Error(restart, err)
	}
	is(kept, "[listen]\nport = 9162\n")
	// It still does not listen there.
	if restart, err := f.Write([]byte("[listen]\nport = 9162\n[history]\ndays = 9\n")); !restart || err != nil {
		t.Error(restart, err)
	}
	if restart, err := f.Write([]byte("[history]\ndays = 9\n")); restart || err != nil || len(waiting) != 0 {
		t.Error(restart, err, waiting)
	}

	// Services lost a name that a filter has: the other settings stay.
	if err := os.WriteFile(kept, []byte("[history]\ndays = 11\n[hosts]\nignore = ['port:gone-since']\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	write(bad)
	if _, s, wrong := start(); wrong == nil || s.History.Days != 11 || len(s.Hosts.Ignore) != 1 {
		t.Error(s, wrong)
	}
	// What was kept is spoilt, too.
	if err := os.WriteFile(kept, []byte("\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, s, wrong := start(); wrong == nil || !strings.Contains(wrong.Error(), kept+": line 1, column 1: ") || s.History != (History{}) {
		t.Error(s, wrong)
	}
	// No file any more: the defaults are what is good.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, s, wrong := start(); wrong != nil || s.History.Days != 365 {
		t.Error(s, wrong)
	}
	is(kept, "")
	// A file that must be there and never was: a mistake of whoever named it.
	f = &File{Path: path, Good: kept}
	if _, _, err := f.Start(); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// A link to the settings stays one.
func TestWriteThroughLink(t *testing.T) {
	dir := t.TempDir()
	path, real := filepath.Join(dir, "linklog.toml"), filepath.Join(dir, "elsewhere.toml")
	if err := os.WriteFile(real, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, path); err != nil {
		t.Skip(err)
	}
	f := &File{Path: path, Apply: func(Settings) error { return nil }}
	if _, err := f.Write([]byte("[history]\ndays = 7\n")); err != nil {
		t.Fatal(err)
	}
	if s, err := Load(real); err != nil || s.History.Days != 7 {
		t.Error(s, err)
	}
	if to, err := os.Readlink(path); err != nil || to != real {
		t.Error(to, err)
	}
}
