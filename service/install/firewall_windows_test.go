package install

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The firewall lets in the port that the service will listen on, also when the settings
// have changed since it was installed.
func TestFirewallRule(t *testing.T) {
	var said [][]string
	s := scm{run: func(_ context.Context, program string, args ...string) (string, error) {
		said = append(said, append([]string{program}, args...))
		return "", nil
	}}
	dir := t.TempDir()
	config := filepath.Join(dir, "linklog.toml")
	for _, test := range []struct{ name, text, good, port, want string }{
		{"no settings", "", "", "", "162,514,2055"},
		{"a port in the settings", "[listen]\nport = 9162\n", "", "", "9162,514,2055"},
		{"another one", "[listen]\nport = 9163\n", "", "", "9163,514,2055"},
		{"and some on the command line", "[listen]\nport = 9163\n", "", "1162,514", "1162,514"},
		{"a list, with TCP", "[listen]\nports = [162, 601]\ntcp = true\n", "", "", "162,601 601"},
		{"wrong settings", "[listen]\npart = 9164\n", "", "", "162,514,2055"},
		{"wrong settings, and right ones before", "[listen]\npart = 9164\n", "[listen]\nport = 9165\n", "", "9165,514,2055"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for file, text := range map[string]string{config: test.text, config + ".last-good": test.good} {
				err := os.Remove(file)
				if errors.Is(err, os.ErrNotExist) {
					err = nil
				}
				if text != "" {
					err = os.WriteFile(file, []byte(text), 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			words := []string{`C:\Program Files\LinkLog\linklog.exe`, "service", "run", "--data-dir", dir, "--config", config}
			if test.port != "" {
				words = append(words, "--port", test.port)
			}
			said = nil
			if err := s.allow(context.Background(), words); err != nil {
				t.Fatal(err)
			}
			var got []string
			for i, call := range said {
				switch {
				case i < 4 && slices.Contains(call, []string{"show", "delete"}[i%2]):
				case i >= 4 && slices.Contains(call, "add") && slices.Contains(call, "program="+words[0]) && slices.Contains(call, "protocol="+[]string{"UDP", "TCP"}[i-4]):
					at := slices.IndexFunc(call, func(word string) bool { return strings.HasPrefix(word, "localport=") })
					got = append(got, strings.TrimPrefix(call[at], "localport="))
				default:
					t.Errorf("call %d: %s", i, strings.Join(call, " "))
				}
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("ports %s, want %s", got, test.want)
			}
		})
	}
}
