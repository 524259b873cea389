//go:build unix

package install

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

func toolDirs() []string {
	return []string{"/usr/bin", "/bin", "/usr/sbin", "/sbin", "/run/current-system/sw/bin"} // the last: NixOS
}

// firstOf runs the first of several tools that this system has.
func firstOf(ctx context.Context, run runner, commands ...[]string) error {
	var missing []string
	for _, c := range commands {
		_, err := run(ctx, c[0], c[1:]...)
		if !errors.Is(err, exec.ErrNotFound) {
			return err
		}
		missing = append(missing, c[0])
	}
	return fmt.Errorf("none of %s found: %w", strings.Join(missing, ", "), exec.ErrNotFound)
}
