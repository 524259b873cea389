package settings

import (
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The installed file says what the defaults are: with every line taken in, it
// makes no difference.
func TestDefaultFileTellsTheDefaults(t *testing.T) {
	active := regexp.MustCompile(`(?m)^# ([a-z_]+ = )`).ReplaceAllString(Default, "$1")
	if strings.Count(active, " = ") < 14 {
		t.Fatalf("not all lines taken in:\n%s", active)
	}
	for _, text := range []string{Default, active} {
		got, err := Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		// An empty list and none are the same.
		if len(got.Sources.Routers)+len(got.Hosts.OwnNetworks)+len(got.Hosts.Ignore)+len(got.Alerts.Run)+len(got.Access.Viewers)+len(got.Access.Admins) != 0 {
			t.Errorf("got %+v", got)
		}
		got.Sources.Routers, got.Hosts.OwnNetworks, got.Hosts.Ignore, got.Alerts.Run = nil, nil, nil, nil
		got.Access = Access{}
		if !reflect.DeepEqual(got, Defaults()) {
			t.Errorf("got %+v\nwant %+v", got, Defaults())
		}
	}
}

func TestParse(t *testing.T) {
	got, err := Parse([]byte(`
[listen]
port = 9162
address = "192.168.1.5"
buffer = "1 MiB"
[sources]
routers = ["10.1.2.3", "fe80::/10", "10.9.8.7/8"]
[history]
days = 7
max_size = "1.5 GB"
[hosts]
learning = "2d"
ignore = ["port:ntp"]
[alerts]
on_alert = ["/bin/true", "x"]
`))
	if err != nil {
		t.Fatal(err)
	}
	want := Defaults()
	want.Listen = Listen{Address{netip.MustParseAddr("192.168.1.5")}, 9162, 1 << 20}
	for _, p := range []string{"10.1.2.3/32", "fe80::/10", "10.0.0.0/8"} {
		want.Sources.Routers = append(want.Sources.Routers, Prefix{netip.MustParsePrefix(p)})
	}
	want.History = History{7, 1_500_000_000}
	want.Hosts.Learning = Duration(48 * time.Hour)
	want.Hosts.Ignore = []string{"port:ntp"}
	want.Alerts.Run = []string{"/bin/true", "x"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestErrors(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"[listen]\nprot = 5", `line 2: there is no setting "listen.prot"`},
		{"[lisen]\nport = 5", `there is no setting "lisen`},
		{"[listen]\nport = \"x\"", "line 2: listen.port: "},
		{"[listen]\nport = 70000", "listen.port: 70000 is not between 0 and 65535"},
		{"[listen]\naddress = \"here\"", `line 2: listen.address: "here" is no IP address`},
		{"[listen]\nbuffer = \"1 elephant\"", `"1 elephant" is no size such as`},
		{"[listen]\nbuffer = \"1 kB\"", "listen.buffer: "},
		{"[sources]\nrouters = [\"300.1.1.1\"]", `"300.1.1.1" is neither an IP address nor a network`},
		{"[sources]\nrate = 0", "sources.rate: 0 is not between 1 and"},
		{"[hosts]\nlearning = \"soon\"", `"soon" is no time span such as`},
		{"[hosts]\nlearning = \"-1h\"", "hosts.learning: must not be negative"},
		{"[history]\nmax_size = \"1 MB\"", "history.max_size: "},
		{"[alerts]\non_alert = [\"tell-me\"]", `alerts.on_alert: "tell-me" is not the full path`},
		{"[listen\nport = 5", "line 1, column "},
		{"port 5", "line 1, column "},
	} {
		_, err := Parse([]byte(test.text))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: got %v, want %s", test.text, err, test.want)
		}
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	if _, err := Load(filepath.Join(dir, "none.toml")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	file := filepath.Join(dir, "bad.toml")
	if err := os.WriteFile(file, []byte("[names]\ndns = 5\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(file); err == nil || !strings.Contains(err.Error(), file+": line 2: names.dns") {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(file, make([]byte, maxFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(file); err == nil || !strings.Contains(err.Error(), "more than any settings need") {
		t.Errorf("got %v", err)
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]Size{"0": 0, "5": 5, "5 B": 5, "1.5 kB": 1500, "10GiB": 10 << 30, "1 gb": 1e9, "2 TiB": 2 << 40} {
		var got Size
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q: %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "B", "-1", "1e30", "nan", "5 5", "0x"} {
		var got Size
		if err := got.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q: %d, no error", text, got)
		}
	}
	for size, want := range map[Size]string{0: "0 B", 1 << 10: "1 KiB", 3 << 29: "1.5 GiB"} {
		if got := size.String(); got != want {
			t.Errorf("%d: %q, want %q", int64(size), got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(Default)
	f.Add("[listen]\nport = 1\n[sources]\nrouters = [\"::1\"]")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := Parse([]byte(text)); err != nil && strings.TrimSpace(err.Error()) == "" {
			t.Error("an error without words")
		}
	})
}
