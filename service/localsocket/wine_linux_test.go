package localsocket

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestUnderWine runs the tests of this package that are for Windows, as far as
// wine is one: it takes the owner and the rights of a pipe and gives them back, but lets
// anybody in, and a server that asks for its client's identity gets its own.
func TestUnderWine(t *testing.T) {
	if testing.Short() {
		t.Skip("sets up wine")
	}
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	run := func(env []string, args ...string) ([]byte, error) {
		// To a file: what wine starts along the way would keep a pipe open.
		out, err := os.CreateTemp(dir, "out")
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), env...), out, out
		err = cmd.Run()
		text, _ := os.ReadFile(out.Name())
		return text, err
	}
	out, err := run(nil, "../install/testdata/wine/setup.sh", dir)
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 77 {
		t.Skipf("no wine to run Windows programs: %s", out)
	}
	if err != nil {
		t.Fatalf("set up wine: %v\n%s", err, out)
	}
	env := []string{"WINEPREFIX=" + dir + "/prefix", "WINEDEBUG=-all", "DISPLAY=", "WINEDLLOVERRIDES=mscoree,mshtml="}
	t.Cleanup(func() {
		server := "wineserver"
		if found, err := filepath.Glob("/usr/lib/wine/wineserver*"); err == nil && len(found) > 0 {
			server = found[0]
		}
		stop := exec.Command(server, "--kill", "--wait") // of this prefix only
		stop.Env = append(os.Environ(), env...)
		stop.Run()
	})
	exe := dir + "/peer.test.exe"
	if out, err := run([]string{"GOOS=windows", "CGO_ENABLED=0"}, "go", "test", "-c", "-overlay="+dir+"/overlay.json", "-o", exe, "."); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	if out, err := run(env, "wine", exe, "-test.v", "-test.timeout=100s"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
