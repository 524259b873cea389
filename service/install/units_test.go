package install

import (
	"encoding/xml"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// go test -run Golden -update writes testdata/golden anew.
var update = flag.Bool("update", false, "write the golden files")

// The files of a Config in which everything is different, whole.
func TestUnitsGolden(t *testing.T) {
	c := Config{Executable: "/opt/link log/linklog", DataDir: "/data/100%", ConfigFile: `/etc/a"b.toml`, Port: 9162, copied: true}
	files := append(Units(c), LaunchDaemon(c))
	for _, f := range files {
		name := filepath.Join("testdata", "golden", filepath.Base(f.Path))
		if *update {
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, []byte(f.Content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if f.Content != string(want) {
			t.Errorf("%s differs from %s:\n%s", f.Path, name, f.Content)
		}
		if f.Mode != 0o644 {
			t.Errorf("%s: mode %v", f.Path, f.Mode)
		}
	}
}

// The text that depends on the Config is found in the static text: with the
// package's own values nothing changes.
func TestUnitsOfThePackage(t *testing.T) {
	c := Config{Executable: "/usr/bin/linklog", DataDir: "/var/lib/linklog", ConfigFile: "/var/lib/linklog/linklog.toml", Port: 162, Packaged: true}
	zero := Units(Config{Packaged: true})
	for i, f := range Units(c) {
		if f != zero[i] {
			t.Errorf("%s differs", f.Path)
		}
		if !strings.HasPrefix(f.Path, "/usr/lib/") || strings.Contains(f.Content, "{{") {
			t.Errorf("%s: a package may not ship this", f.Path)
		}
	}
	for i, f := range Units(Config{}) {
		if !strings.HasPrefix(f.Path, "/etc/") || f.Content != zero[i].Content {
			t.Errorf("%s differs from the package's", f.Path)
		}
	}
	c.Executable = "/elsewhere"
	if Units(c)[0] == zero[0] {
		t.Error("the executable does not reach the unit")
	}
	c = mac()
	if LaunchDaemon(c) != LaunchDaemon(Config{}) {
		t.Error("the plist differs from the package's")
	}
	c.Executable = "/elsewhere"
	if LaunchDaemon(c) == LaunchDaemon(Config{}) {
		t.Error("the executable does not reach the plist")
	}
}

func TestPlistIsXML(t *testing.T) {
	text := LaunchDaemon(Config{Executable: "/a&b<c>\"d\"", Args: []string{"]]>", "--"}}).Content
	var strs []string
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if data, ok := token.(xml.CharData); ok && strings.TrimSpace(string(data)) != "" {
			strs = append(strs, string(data))
		}
	}
	if all := strings.Join(strs, "|"); !strings.Contains(all, "|ProgramArguments|/a&b<c>\"d\"|]]>|--|UserName|_linklog|") {
		t.Error(all)
	}
}

func TestQuoteUnit(t *testing.T) {
	for in, want := range map[string]string{
		"service":         "service",
		"/usr/bin/ä":      "/usr/bin/ä",
		"":                `""`,
		"a b":             `"a b"`,
		"it's":            `"it's"`,
		`c:\x`:            `"c:\\x"`,
		`say "x"`:         `"say \"x\""`,
		"100%":            "100%%",
		"$HOME":           "$$HOME",
		"x\nExecStart=/y": `"x\x0aExecStart=/y"`,
		";":               `";"`,
	} {
		if got := quoteUnit(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

func TestConfigRefuses(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]Config{
		"relative program":       {Executable: "linklog"},
		"relative folder":        {Executable: exe, DataDir: "data"},
		"line end in a word":     {Executable: exe, Args: []string{"a\nb"}},
		"zero byte in a path":    {Executable: exe + "\x00"},
		"user that is an option": {Executable: exe, InstallingUser: "--root=/tmp"},
	} {
		if _, err := c.complete(); err == nil {
			t.Errorf("%s: not refused", name)
		}
	}
	c, err := Config{DataDir: filepath.Dir(exe)}.complete()
	if err != nil || c.Executable != exe || c.Port != 162 || c.ConfigFile != filepath.Join(filepath.Dir(exe), "linklog.toml") {
		t.Errorf("%+v, %v", c, err)
	}
}
