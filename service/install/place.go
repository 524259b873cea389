//go:build unix

package install

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// place returns where the program is to be run from, after copying it there if
// it has to be, and whether that is a copy of ours. before: the one installed
// there before was.
func place(root, executable string, dirs []string, before bool) (path string, copied bool, err error) {
	// Through links: one in /usr/bin may point to a home folder.
	real, err := filepath.EvalSymlinks(executable)
	if err != nil {
		return "", false, err
	}
	real = strings.TrimPrefix(real, root)
	if slices.ContainsFunc(dirs, func(dir string) bool { return strings.HasPrefix(real, dir) }) {
		if real == localProgram {
			return real, before, nil
		}
		return executable, false, nil
	}
	if err := copyFile(executable, filepath.Join(root, localProgram)); err != nil {
		return "", false, fmt.Errorf("copy the program to %s, where a service may run it: %w", localProgram, err)
	}
	return localProgram, true, nil
}
