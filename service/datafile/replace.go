package datafile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Replace gives a file a text, whole or not at all, whatever happens meanwhile, and
// waits for the disk. It never waits for anything else that may stand there, such as a
// named pipe, nor writes through it: that is replaced, too. A new file gets mode, others
// keep theirs.
func Replace(path string, text []byte, mode fs.FileMode) error {
	if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() {
		mode = info.Mode().Perm()
	}
	return Explain(path, ReplaceBy(path, mode, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	}))
}

// ReplaceBy is Replace for what fill writes. The file gets mode in any case. It is made in
// the folder it is for, so that it gets the security label of that (SELinux).
func ReplaceBy(path string, mode fs.FileMode, fill func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), halfOf(path))
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	err = fill(f)
	if err == nil {
		err = f.Chmod(mode) // CreateTemp's is 0600
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err = rename(f.Name(), path); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(path))
}
