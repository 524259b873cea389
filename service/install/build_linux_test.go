package install

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// build builds the program in testdata/linklog that stands in for LinkLog.
func build(t *testing.T, goos string, flags ...string) string {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "linklog")
	if goos == "windows" {
		exe += ".exe"
	}
	cmd := exec.Command("go", append(append([]string{"build", "-o", exe}, flags...), "./testdata/linklog")...)
	cmd.Env = append(os.Environ(), "GOOS="+goos, "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	return exe
}
