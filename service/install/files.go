package install

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"linklog/service/datafile"
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

// replace writes a file, and the folder it is for if there is none.
func replace(path string, mode fs.FileMode, fill func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := datafile.ReplaceBy(path, mode, fill); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
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

// A data folder's folders, which have no others in them, and the names of LinkLog's files in
// all of them.
var (
	dataFolders = []string{"history", "imported", "lists", "spool"}
	dataFiles   = regexp.MustCompile(`^(id|(alive|dropped)(-[0-9]+)?|clock|routers|lock|seq|imports\.json|(state|names|history-[-0-9]+)\.db(-wal|-shm|-journal)?|` +
		`[0-9a-f]+\.spool|[A-Za-z0-9_-]+\.list|linklog\.toml(\.last-good)?)(\.damaged.*)?$|^\.(id|(alive|dropped)(-[0-9]+)?|clock|routers|imports\.json|[A-Za-z0-9_-]+\.list|linklog\.toml.*)-[0-9]+$`)
)

// clearFolder removes the service's data folder with what the service made in it. Other
// folders that somebody put there stay, above all those that are mounts. Where the folder,
// or one of those in it, is a link to another place, only files with LinkLog's names are
// taken there. A folder that is a mount cannot go: it is emptied.
func clearFolder(dir string) error { return clearPlace(dir, false, dataFolders) }

func clearPlace(dir string, elsewhere bool, folders []string) error {
	info, err := os.Lstat(dir)
	link := err == nil && info.Mode()&fs.ModeSymlink != 0
	if info, err = os.Stat(dir); err != nil || !info.IsDir() { // nothing is there, or a link to nothing
		if elsewhere && !link {
			return nil
		}
		return remove(dir)
	}
	elsewhere = elsewhere || link
	var errs []error
	for _, name := range folders {
		errs = append(errs, clearPlace(filepath.Join(dir, name), elsewhere, nil))
	}
	place, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	entries, err := os.ReadDir(place)
	errs = append(errs, err)
	for _, e := range entries {
		if slices.Contains(folders, e.Name()) || e.IsDir() || elsewhere && !dataFiles.MatchString(e.Name()) {
			continue
		}
		errs = append(errs, remove(filepath.Join(place, e.Name())))
	}
	_ = os.Remove(place) // unless something stays in it, or it is a mount
	if left, err := os.ReadDir(place); place != dir && (err != nil || len(left) == 0) {
		_ = os.Remove(dir) // the link; or a path through one
	}
	return errors.Join(errs...)
}
