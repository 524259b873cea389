package install

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// File is a file to install.
type File struct {
	Path    string // absolute
	Mode    fs.FileMode
	Content string
}

// copyFile copies a program, whole or not at all; over one that runs, too.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	return replace(to, 0o755, func(w io.Writer) error {
		_, err := io.Copy(w, in)
		return err
	})
}

// replace writes a file beside path and renames it over. The new file is made in
// the same folder, so that it gets the security label of that folder (SELinux).
func replace(path string, mode fs.FileMode, fill func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".linklog-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // in vain once it is renamed
	err = fill(f)
	if err == nil {
		err = f.Chmod(mode) // CreateTemp's is 0600
	}
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(f.Name(), path)
}

// remove removes files that may be gone already.
func remove(paths ...string) error {
	var errs []error
	for _, p := range paths {
		if err := os.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// clearFolder removes a folder with all that is in it. A folder that is a mount, or has
// one in it, cannot go: it is emptied.
func clearFolder(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() {
		return remove(dir)
	}
	// Not the folder itself at once: on Windows that would end a mount and leave what it holds.
	entries, err := os.ReadDir(dir)
	errs := []error{err}
	for _, e := range entries {
		errs = append(errs, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	errs = append(errs, remove(dir))
	if err := errors.Join(errs...); err == nil {
		return nil
	}
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return fmt.Errorf("%s is still there: %w", path, errors.Join(errs...))
		}
		return nil
	})
}
