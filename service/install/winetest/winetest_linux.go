package winetest

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Prefix is the Windows: its C: is in Dir/prefix/drive_c.
type Prefix struct {
	Dir string
	Env []string // of programs that run in it
}

// New sets it up, and ends it with the test; a test is skipped where there is no wine.
func New(t testing.TB) *Prefix {
	t.Helper()
	if testing.Short() {
		t.Skip("sets up wine")
	}
	mod, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		t.Fatal(err)
	}
	p := &Prefix{Dir: t.TempDir()}
	setup := filepath.Join(filepath.Dir(strings.TrimSpace(string(mod))), "service/install/testdata/wine/setup.sh")
	out, err := p.run(os.Environ(), setup, p.Dir)
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 77 {
		t.Skipf("no wine to run Windows programs: %s", out)
	}
	if err != nil {
		t.Fatalf("set up wine: %v\n%s", err, out)
	}
	p.Env = append(os.Environ(), "WINEPREFIX="+p.Dir+"/prefix", "WINEDEBUG=-all", "DISPLAY=", "WINEDLLOVERRIDES=mscoree,mshtml=")
	t.Cleanup(func() {
		server := "wineserver"
		if found, err := filepath.Glob("/usr/lib/wine/wineserver*"); err == nil && len(found) > 0 {
			server = found[0]
		}
		stop := exec.Command(server, "--kill", "--wait") // of this prefix only
		stop.Env = p.Env
		_ = stop.Run()
	})
	return p
}

// Overlay is the flag of go build for programs that are to run in it.
func (p *Prefix) Overlay() string { return "-overlay=" + p.Dir + "/overlay.json" }

// TestPackage runs the tests of a package that are for Windows.
func (p *Prefix) TestPackage(t *testing.T, folder string) {
	t.Helper()
	exe := filepath.Join(p.Dir, strings.Trim(folder, "./")+".test.exe")
	if out, err := p.run(append(os.Environ(), "GOOS=windows", "CGO_ENABLED=0"), "go", "test", "-c", p.Overlay(), "-o", exe, folder); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	if out, err := p.run(p.Env, "wine", exe, "-test.v", "-test.timeout=100s"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func (p *Prefix) run(env []string, args ...string) ([]byte, error) {
	// To a file: what wine starts along the way would keep a pipe open.
	out, err := os.CreateTemp(p.Dir, "out")
	if err != nil {
		return nil, err
	}
	defer out.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env, cmd.Stdout, cmd.Stderr = env, out, out
	err = cmd.Run()
	text, _ := os.ReadFile(out.Name())
	return text, err
}
