//go:build unix

package install

import (
	"io"
	"os"
	"path/filepath"
)

// write puts the file below root, whole or not at all, and tells whether it was
// another one before.
func (f File) write(root string) (changed bool, err error) {
	path := filepath.Join(root, f.Path)
	if old, err := os.ReadFile(path); err == nil && string(old) == f.Content {
		return false, os.Chmod(path, f.Mode)
	}
	err = replace(path, f.Mode, func(w io.Writer) error {
		_, err := io.WriteString(w, f.Content)
		return err
	})
	return true, err
}
