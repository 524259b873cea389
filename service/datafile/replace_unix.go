//go:build unix

package datafile

import "os"

func rename(from, to string) error { return os.Rename(from, to) }

// syncFolder makes a new name in a folder last through a power loss. Where the file
// system cannot do that the file itself is written, so it is no error.
func syncFolder(dir string) error {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
	return nil
}
