//go:build unix

package prefs

import "os"

// replace gives a file the name of another.
func replace(from, to string) error { return os.Rename(from, to) }

// syncFolder makes a new name in a folder last through a power loss. Where the file
// system cannot do that the file itself is written, so it is no error.
func syncFolder(dir string) error {
	if d, err := os.Open(dir); err == nil {
		d.Sync()
		d.Close()
	}
	return nil
}
