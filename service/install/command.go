package install

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"linklog/capture"
)

// runner runs a tool of the system and returns what it printed. The error of a
// tool that this system lacks wraps exec.ErrNotFound.
type runner func(ctx context.Context, name string, args ...string) (string, error)

// commandTimeout bounds a tool: systemctl waits for the service to be ready,
// which the unit limits to 5 minutes.
const commandTimeout = 6 * time.Minute

// run finds the tool in the system's own folders, never through PATH, which with
// some ways to become root is still the user's; and without a shell, so that
// an argument is only ever an argument.
func run(ctx context.Context, name string, args ...string) (string, error) {
	path, err := tool(name)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC") // output that can be read
	cmd.WaitDelay = time.Second                          // what it leaves behind must not hold us up
	out, err := cmd.CombinedOutput()
	if err == nil {
		return string(out), nil
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	said := strings.Fields(string(out))
	for i := range said {
		said[i] = capture.Clean(said[i])
	}
	return string(out), &commandError{command: strings.Join(append([]string{name}, args...), " "), said: strings.Join(said, " "), err: err}
}

func tool(name string) (string, error) {
	for _, dir := range toolDirs() {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, nil
		}
	}
	return "", &exec.Error{Name: name, Err: exec.ErrNotFound}
}

// commandError is a tool's failure with what it said.
type commandError struct {
	command, said string
	err           error
}

func (e *commandError) Error() string {
	if e.said == "" {
		return fmt.Sprintf("%s: %v", e.command, e.err)
	}
	return fmt.Sprintf("%s: %s (%v)", e.command, e.said, e.err)
}

func (e *commandError) Unwrap() error { return e.err }
