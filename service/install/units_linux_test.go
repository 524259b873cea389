package install

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// analyze writes the units into a folder and runs systemd-analyze on them there.
func analyze(t *testing.T, c Config, args ...string) string {
	t.Helper()
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed")
	}
	dir := t.TempDir()
	var units []string
	for _, f := range Units(c) {
		name := instance(filepath.Base(f.Path), 5514) // of a template
		if err := os.WriteFile(filepath.Join(dir, name), []byte(f.Content), f.Mode); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(name, "linklog.service") || args[0] == "verify" && !strings.HasSuffix(name, ".conf") {
			units = append(units, "./"+name)
		}
	}
	cmd := exec.Command(tool, append(args, units...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("systemd-analyze %s: %v\n%s", args[0], err, out)
	}
	return string(out)
}

func TestUnitsVerify(t *testing.T) {
	self, err := os.Executable() // verify wants it to exist
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]Config{
		"plain":        {Executable: self, Args: []string{"service", "run"}},
		"another port": {Executable: self, Port: 9162, copied: true},
		"odd words":    {Executable: self, Args: []string{`a b`, `100%`, `$HOME`, `c:\x`, `"q"`, `it's`, "", "x;y", "ä"}},
	} {
		t.Run(name, func(t *testing.T) {
			if out := analyze(t, c, "verify"); out != "" {
				t.Error(out)
			}
		})
	}
}

func TestExposure(t *testing.T) {
	out := analyze(t, Config{}, "security", "--no-pager", "--offline=true")
	e := exposure(t, out)
	t.Log("exposure:", e)
	if e > 1.5 {
		t.Errorf("exposure %v, at most 1.5 wanted\n%s", e, out)
	}
}

// exposure takes the number from systemd-analyze security: 0 (nothing to fear) to 10.
func exposure(t *testing.T, out string) float64 {
	t.Helper()
	m := regexp.MustCompile(`Overall exposure level for linklog.service: ([0-9.]+)`).FindStringSubmatch(out)
	if m == nil {
		t.Fatal("no exposure in: ", out)
	}
	e, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return e
}
