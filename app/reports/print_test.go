package reports

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"linklog/app/ui/uitest"
)

// The printed page has what the report has, is the user's alone, and takes the place of old ones. A
// name that someone made up stays a text.
func TestPrint(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("HOME", cache)
	t.Setenv("LocalAppData", cache)
	folder, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	folder = filepath.Join(folder, "linklog", "reports")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	old, foreign := filepath.Join(folder, "report-1.html"), filepath.Join(folder, "other.txt")
	for _, name := range []string{old, foreign} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		ago := time.Now().Add(-48 * time.Hour)
		if err := os.Chtimes(name, ago, ago); err != nil {
			t.Fatal(err)
		}
	}
	b := uitest.Start(t, nil)
	var opened string
	p := New(b.Context, Options{OpenPage: func(path string) error { opened = path; return nil }})
	b.Open(p, 1100, 700)
	b.Router(
		uitest.Netfilter("DROP", "203.0.113.80", 40000, "192.168.1.10", 22),
		"@out TCP from 192.168.1.10:5000 to 198.51.100.5:443.",
	)
	const name = `</td><script>alert(1)</script>"&`
	if err := b.Client.SetHostLabel(t.Context(), "203.0.113.80", name); err != nil {
		t.Fatal(err)
	}
	b.Text = `!"</title><img src=x onerror=alert(1)>"`
	p.Show()
	if !p.printIt.Disabled() {
		t.Error("there is nothing to be printed yet")
	}
	b.Settle()
	p.printIt.OnTapped()
	b.Settle()
	if filepath.Dir(opened) != folder {
		t.Fatalf("%q was opened; failed: %q", opened, b.Failed)
	}
	if info, err := os.Stat(opened); err != nil || runtime.GOOS != "windows" && info.Mode() != 0o600 {
		t.Error(info.Mode(), err)
	}
	if info, err := os.Stat(folder); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
		t.Error(info.Mode(), err)
	}
	if _, err := os.Stat(old); err == nil {
		t.Error("an old page is still there")
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Error(err)
	}
	text, err := os.ReadFile(opened)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := html.Parse(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	var words strings.Builder
	count := make(map[string]int)
	for n := range tree.Descendants() {
		switch n.Type {
		case html.ElementNode:
			count[n.Data]++
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "href" {
					t.Errorf("%s: %s=%q", n.Data, a.Key, a.Val)
				}
			}
		case html.TextNode:
			words.WriteString(n.Data + "\n")
		}
	}
	if count["script"]+count["img"] != 0 || count["rect"] < 4 || count["table"] != 7 || count["svg"] < 3 {
		t.Errorf("%v", count)
	}
	for _, want := range []string{name, "203.0.113.80", "198.51.100.5", p.below.Text, p.only.Text, "blocked"} {
		if !strings.Contains(words.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, words.String())
		}
	}
}
