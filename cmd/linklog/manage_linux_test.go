package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What --purge removes is said, and only a yes on a terminal removes it.
func TestPurgeAsks(t *testing.T) {
	full, empty := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "history.db"), make([]byte, 3<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, dir string
		answer    string // "": there is no terminal
		want      string
	}{
		{"yes", full, "y\n", ""},
		{"the whole word", full, "Yes\n", ""},
		{"no", full, "n\n", "nothing was removed"},
		{"only Enter", full, "\n", "nothing was removed"},
		{"end of input", full, "\x04", "nothing was removed"},
		{"no terminal", full, "", "--purge permanently removes all history and settings in " + full + ", 3 MiB; without a terminal to confirm on, add --yes"},
		{"nothing to remove", empty, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			stdin, err := os.Open(os.DevNull)
			if err != nil {
				t.Fatal(err)
			}
			defer stdin.Close()
			if test.answer != "" {
				screen, tty := terminal(t, 80)
				defer tty.Close()
				if _, err := screen.WriteString(test.answer); err != nil {
					t.Fatal(err)
				}
				stdin = tty
			}
			var out strings.Builder
			err = mayPurge(t.Context(), &out, stdin, test.dir)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if _, usage := errors.AsType[usageError](err); usage != (test.name == "no terminal") {
				t.Errorf("%T %v", err, err)
			}
			if asked := strings.HasPrefix(out.String(), "This permanently removes all history and settings in "+test.dir+", 3 MiB.\nRemove it all? [y/N] "); asked != (test.answer != "") {
				t.Errorf("asked %q", &out)
			}
		})
	}
}
