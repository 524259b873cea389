package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// Manual pages have the defaults that --help has, names that can be copied, and the files where they really are.
func TestManualPages(t *testing.T) {
	dir := t.TempDir()
	root := rootCommand(os.Stdout, os.Stderr)
	root.SetArgs([]string{"man", dir})
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	page := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name+".1"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.NewReplacer(`\-`, "-", `\(ti`, "~", `\(aq`, "'", `\(ga`, "`").Replace(string(text))
	}
	main := page("linklog")
	for _, want := range []string{
		"\n.nh\n", "~/.local/share/linklog", "/usr/share/doc/linklog/examples/linklog.toml", "linklog service run and of the app", "(default 162,514,2055)",
	} {
		if !strings.Contains(main, want) {
			t.Errorf("linklog(1) has no %q", want)
		}
	}
	if strings.Contains(main, "of the sources") {
		t.Error("linklog(1) names a file that no package has")
	}
	defaults := 0
	for _, cmd := range root.Commands() {
		if !cmd.IsAvailableCommand() || cmd.Name() == "completion" {
			continue
		}
		text := page(manName(cmd))
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			_, usage := flagUsage(f)
			if at := strings.Index(usage, "(default"); at >= 0 && !f.Hidden {
				defaults++
				if !strings.Contains(text, usage[at:]) {
					t.Errorf("%s(1), --%s: no %q", manName(cmd), f.Name, usage[at:])
				}
			}
		})
	}
	if defaults < 5 {
		t.Errorf("only %d flags have a default", defaults)
	}
}
