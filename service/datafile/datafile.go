// Package datafile says why a file or folder of the service's data cannot be used:
// what is in the way, whose it is, and what a person does to mend it. A backup that
// was copied back with sudo leaves files that belong to root, for one.
package datafile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Problem says what is wrong with a file.
type Problem uint8

// The problems.
const (
	Unreadable   Problem = iota + 1 // we may not read it
	Unwritable                      // we may read it, but not write it
	Unmade                          // it is not there, and we may not make it
	Unreachable                     // we may not look into a folder above it
	NotAFile                        // something else is in the place of a file
	NotAFolder                      // something else is in the place of a folder
	Dangling                        // a symbolic link to what is not there
	Full                            // there is no room on the disk
	ReadOnlyDisk                    // nothing on this disk can be written
	Strange                         // it belongs to another user, who could change it at any time
	Open                            // everybody may write to it
)

// Error says that a file or folder cannot be used.
type Error struct {
	Problem Problem
	Path    string // of the file
	Folder  string // Unreachable, Unmade: the folder above it that is in the way
	Owner   string // who owns it, or that folder: a name or a number; "": not known
	User    string // who wants to use it
	Is      string // NotAFile, NotAFolder: what it is; Dangling: what it links to
	Mode    fs.FileMode

	// Err is what the system said; nil: it was not tried.
	Err error

	chosen      bool // see Chosen
	foldersOurs bool // it is a folder that LinkLog made
	noFiles     bool // Full: what is missing is not room for bytes, but for one more file
	isFolder    bool
}

func (e *Error) Unwrap() error { return e.Err }

// Error says all of it: what is wrong, why, and what to do.
func (e *Error) Error() string {
	s := e.Path + " " + e.Why() + ". " + e.Do()
	if command := e.Type(); command != "" {
		s += ": " + command
	}
	return s
}

// Why says what is wrong, to follow the path in a sentence.
func (e *Error) Why() string {
	switch e.Problem {
	case Unreadable:
		return "cannot be read: " + e.whose("it")
	case Unwritable:
		return "cannot be written: " + e.whose("it")
	case Unreachable:
		return "cannot be reached: " + e.whose("the folder "+e.Folder)
	case Unmade:
		return "cannot be made: " + e.whose("the folder "+e.Folder)
	case NotAFile:
		return "is " + e.Is + ", not a file"
	case NotAFolder:
		return "is " + e.Is + ", not a folder"
	case Dangling:
		return "is a symbolic link to " + e.Is + ", which does not exist"
	case ReadOnlyDisk:
		return "cannot be written: its file system is mounted read-only"
	case Strange:
		return fmt.Sprintf("belongs to %s, and LinkLog runs as %s: %s would decide which programs run as %s and who is an administrator", e.Owner, e.User, e.Owner, e.User)
	case Open:
		return fmt.Sprintf("can be written by every user (it has mode %04o): each of them could decide which programs run as %s and who is an administrator", e.Mode.Perm(), e.User)
	}
	if e.noFiles {
		return "cannot be written: no room for more files on the disk, however small (it has no free inodes)"
	}
	return "cannot be written: no space left on the disk"
}

// Chosen marks an error about a file that the user named, and that is not of LinkLog's own data: it
// may be anybody's, and is to be left where it is, and whose it is.
func Chosen(err error) error {
	if e := (*Error)(nil); errors.As(err, &e) {
		e.chosen = true
	}
	return err
}

// ofSystem: it was named by mistake, and the computer needs it where it is.
func (e *Error) ofSystem() bool {
	above := filepath.Dir(e.Path)
	return e.Is == "a device" || strings.HasPrefix(e.Path, "/dev/") || strings.HasPrefix(e.Path, "/proc/") || above == filepath.Dir(above) // /etc
}

func (e *Error) kind() string {
	if e.isFolder {
		return "folder"
	}
	return "file"
}

func (e *Error) whose(what string) string {
	if e.mine() || e.Owner == "" {
		return fmt.Sprintf("%s has mode %04o, and LinkLog runs as %s", what, e.Mode.Perm(), e.User)
	}
	return fmt.Sprintf("%s belongs to %s, and LinkLog runs as %s", what, e.Owner, e.User)
}

// mine: the owner needs only to change the mode.
func (e *Error) mine() bool { return e.Owner == e.User && !windows }

// Do says what to do, to be followed by Type where there is something to type.
func (e *Error) Do() string {
	switch e.Problem {
	case Unreadable, Unwritable, Unreachable:
		if e.chosen {
			return "Name a different file, or let " + e.User + " read this one"
		}
	}
	switch e.Problem {
	case Unreadable, Unwritable:
		switch {
		case e.isFolder && !e.foldersOurs:
			return e.choose("write to this one")
		case windows:
			return "To fix this, type in a command prompt run as administrator"
		}
		return "To fix this"
	case Unreachable:
		return e.choose("into that one")
	case Unmade:
		return e.choose("")
	case NotAFile, NotAFolder:
		if e.chosen || e.ofSystem() {
			return "Name a different file or folder"
		}
		return "To fix this, move it away"
	case Dangling:
		return "Mount the disk it is on, or move the link away"
	case ReadOnlyDisk:
		return "Mount it for writing, or choose a different folder with --data-dir"
	case Strange:
		do := "Run LinkLog as " + e.Owner + " (a container: --user " + e.Owner + "), or use a different " + e.kind()
		if e.Type() != "" {
			do += ", or, if you trust what is in this one, type"
		}
		return do
	case Open:
		return "Look at what is in it, then type"
	}
	if e.noFiles {
		return "Remove files from that disk; how many it has and may have says df -i"
	}
	return "Make room on that disk"
}

// choose says which other folder to use: one in the user's home. Whoever has none, as the
// account of a service, may be let into the one that was meant.
func (e *Error) choose(permit string) string {
	s := "Choose a different folder with --data-dir"
	if home, err := os.UserHomeDir(); err == nil && e.User == self() && home != filepath.Dir(home) {
		if info, err := os.Stat(home); err == nil && info.IsDir() && allowed(home, info, true) == nil {
			return s + ", such as " + Quote(filepath.Join(home, "linklog-data"))
		}
	}
	if permit != "" && e.Path != filepath.Dir(e.Path) {
		s += ", or let " + e.User + " " + permit
	}
	return s
}

// Type is what to type into a terminal; "": nothing in general.
func (e *Error) Type() string {
	if e.chosen {
		return ""
	}
	switch e.Problem {
	case Unreadable, Unwritable, Strange:
		if e.isFolder && !e.foldersOurs {
			return ""
		}
		return mend(e)
	case Open:
		return shut(e)
	case NotAFile, NotAFolder:
		if !windows && !e.ofSystem() {
			return "sudo mv " + Quote(e.Path) + " " + Quote(e.Path+".old")
		}
	}
	return ""
}

// folders are those that LinkLog makes in its data folder.
var folders = []string{"history", "imported", "lists", "spool"}

// File is an *Error if there is something at a path that is not a regular file, or one
// that this process may not read or, with write, not write; nil if there is nothing.
// It opens nothing: of a named pipe that would not return.
func File(path string, write bool) error {
	info, err := look(path)
	if info == nil || err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return &Error{Problem: NotAFile, Path: path, Is: kind(info.Mode())}
	}
	return allowed(path, info, write)
}

// Folder is an *Error if there is something at a path that is not a folder, or one in
// which this process may not make files; nil if there is nothing.
func Folder(path string) error {
	info, err := look(path)
	if info == nil || err != nil {
		return err
	}
	if !info.IsDir() {
		return &Error{Problem: NotAFolder, Path: path, Is: kind(info.Mode())}
	}
	return allowed(path, info, true)
}

// Trusted is an *Error if somebody else than root and this process's user may change
// a file or folder: it belongs to another user, or everybody may write to it. A file is
// as safe as the folder it is in. What is not there is trusted.
func Trusted(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return nil // whoever uses it says why
	}
	switch {
	case info.IsDir():
		return trusted(path, info)
	case !info.Mode().IsRegular():
		return nil // that is told, and it is not read
	}
	folders := []string{filepath.Dir(path)}
	if file, err := filepath.EvalSymlinks(path); err == nil && filepath.Dir(file) != folders[0] {
		folders = append(folders, filepath.Dir(file))
	}
	for _, folder := range folders {
		// In a folder such as /tmp nobody can replace the files of others.
		if in, err := os.Stat(folder); err == nil && in.Mode()&fs.ModeSticky == 0 {
			if err := trusted(folder, in); err != nil {
				return err
			}
		}
	}
	return trusted(path, info)
}

func trusted(path string, info fs.FileInfo) error {
	problem := mistrust(info)
	if problem == 0 {
		return nil
	}
	return &Error{
		Problem: problem, Path: path, Owner: owner(path, info), User: self(), Mode: info.Mode(), isFolder: info.IsDir(), foldersOurs: ours(path),
	}
}

// look is os.Stat; nothing for what is not there.
func look(path string) (fs.FileInfo, error) {
	info, err := os.Stat(path)
	switch {
	case err == nil:
		return info, nil
	case errors.Is(err, fs.ErrPermission):
		return nil, unreachable(path, err)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	if _, err := os.Lstat(path); err != nil {
		return nil, nil
	}
	to, _ := os.Readlink(path)
	return nil, &Error{Problem: Dangling, Path: path, Is: to} // not fs.ErrNotExist: it must not be made
}

func allowed(path string, info fs.FileInfo, write bool) error {
	e := &Error{Path: path, Owner: owner(path, info), User: self(), Mode: info.Mode(), isFolder: info.IsDir(), foldersOurs: ours(path)}
	if e.Err = access(path, info, false); e.Err != nil {
		e.Problem = Unreadable
		return e
	}
	if e.Err = access(path, info, true); write && e.Err != nil {
		e.Problem = Unwritable
		if isReadOnlyDisk(e.Err) {
			e.Problem = ReadOnlyDisk
		}
		return e
	}
	return nil
}

// Read reads a small file whole. Unlike os.ReadFile it does not wait for what is no file.
func Read(path string) ([]byte, error) {
	if err := File(path, false); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// MakeFolder makes a folder, with those above it, if there is none, and is an *Error if
// this process cannot use it.
func MakeFolder(path string) error {
	if err := Folder(path); err != nil {
		return err
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		err = Explain(path, err)
		// What is above it is not LinkLog's, and not for the user to write to.
		if e := (*Error)(nil); errors.As(err, &e) && e.Problem == Unwritable && e.isFolder && !e.foldersOurs {
			e.Problem, e.Folder, e.Path = Unmade, e.Path, path
		}
		return err
	}
	return Folder(path)
}

// OwnFolder is MakeFolder for the folder of all data, which must be Trusted: what is in it
// tells the service what to run.
func OwnFolder(path string) error {
	if path == "" {
		return errors.New("data folder: there is none for a user without a home folder: name one with --data-dir")
	}
	err := MakeFolder(path)
	var found *Error
	if strange := Trusted(path); strange != nil && !(errors.As(err, &found) && found.Problem == NotAFolder) { // also where it cannot be used
		err = strange
	}
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	return nil
}

// Room is an error if no file can be made in a folder, as where a disk has no inodes left.
func Room(dir string) error {
	f, err := os.CreateTemp(dir, "room-")
	if err != nil {
		return Explain(dir, err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// unreachable finds the folder above a path that cannot be looked into.
func unreachable(path string, err error) error {
	at, e := filepath.Abs(path)
	if e != nil {
		return err
	}
	for rest, links := "", 0; ; {
		info, e := os.Lstat(at)
		if to, _ := os.Readlink(at); to != "" && links < maxLinks { // what is closed is on its way
			if !filepath.IsAbs(to) {
				to = filepath.Join(filepath.Dir(at), to)
			}
			at, rest = filepath.Join(to, rest), ""
			links++
			continue
		}
		if e == nil && rest != "" {
			return &Error{Problem: Unreachable, Path: path, Folder: at, Owner: owner(at, info), User: self(), Mode: info.Mode(), Err: err}
		}
		if at == filepath.Dir(at) {
			return err
		}
		at, rest = filepath.Dir(at), filepath.Join(filepath.Base(at), rest)
	}
}

// maxLinks is how many symbolic links are followed, as many as Linux does.
const maxLinks = 40

// Explain makes an *Error of one that came of using a path, if the reason is one
// that a person can mend; others are returned as they are.
func Explain(path string, err error) error {
	var known *Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if IsFull(err) {
		return &Error{Problem: Full, Path: path, Err: err, noFiles: hasNoFiles(path)}
	}
	if isReadOnlyDisk(err) {
		return &Error{Problem: ReadOnlyDisk, Path: path, Err: err}
	}
	if !errors.Is(err, fs.ErrPermission) {
		if errors.As(File(path, false), &known) && known.Problem != Unreadable {
			if info, e := os.Stat(path); e != nil || !info.IsDir() || errors.Is(err, syscall.EISDIR) || errors.Is(err, fs.ErrExist) {
				known.Err = err
				return known
			}
		}
		return err
	}
	full, e := filepath.Abs(path)
	if e != nil {
		return err
	}
	for below := true; ; below = false {
		check := File(full, true)
		info, e := os.Stat(full)
		if e == nil && info.IsDir() {
			check = Folder(full)
		}
		var found *Error
		if errors.As(check, &found) {
			found.Err = err
			return found
		}
		if above := filepath.Dir(full); above != full && (below || e != nil) {
			full = above
			continue
		}
		return err
	}
}

// Examine looks at a data folder that the folder's owner, as whom the service runs,
// has to use, whoever asks, and returns what is wrong with it; more than 100 things
// are not looked for. An error says that the folder cannot be read.
func Examine(dir string) (found []*Error, err error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	user := owner(dir, info)
	for _, folder := range append([]string{""}, folders...) {
		path := filepath.Join(dir, folder)
		at, err := os.Stat(path)
		if folder != "" && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil && !at.IsDir() {
			found = append(found, &Error{Problem: NotAFolder, Path: path, Is: kind(at.Mode())})
			continue
		}
		if err == nil {
			err = accessAs(info, at, true, path)
		}
		if err != nil && folder != "" {
			found = append(found, &Error{Problem: Unwritable, Path: path, Owner: owner(path, at), User: user, Mode: at.Mode(), isFolder: true, foldersOurs: true})
		}
		entries, err := os.ReadDir(path)
		if err != nil {
			return found, err
		}
		for _, entry := range entries {
			if e := examine(info, user, path, entry); e != nil {
				if found = append(found, e); len(found) == maxFound {
					return found, nil
				}
			}
		}
	}
	return found, nil
}

const maxFound = 100

// Mend is what to type so that the owner of a data folder, as whom the service
// runs, owns all that is in it.
func Mend(dir string) (string, error) {
	dir, err := filepath.EvalSymlinks(dir) // chown -R does not follow a link
	if err != nil {
		return "", err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return "", err
	}
	return mend(&Error{Path: dir, User: owner(dir, info), isFolder: true}), nil
}

// examine looks at one thing in a folder.
func examine(folder fs.FileInfo, user, dir string, entry fs.DirEntry) *Error {
	path := filepath.Join(dir, entry.Name())
	switch {
	case entry.IsDir() && slices.Contains(folders, entry.Name()), entry.Type()&fs.ModeSocket != 0, strings.Contains(entry.Name(), ".damaged"):
		return nil // looked at by itself, or not used
	case entry.IsDir() && filepath.Ext(entry.Name()) == "":
		return nil // somebody else's
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(path); err != nil {
			return nil // gone meanwhile
		}
		to, _ := os.Readlink(path)
		return &Error{Problem: Dangling, Path: path, Is: to}
	}
	if err != nil {
		return nil
	}
	if !info.Mode().IsRegular() {
		return &Error{Problem: NotAFile, Path: path, Is: kind(info.Mode())}
	}
	e := &Error{Path: path, Owner: owner(path, info), User: user, Mode: info.Mode()}
	switch {
	case accessAs(folder, info, false, path) != nil:
		e.Problem = Unreadable
	case filepath.Ext(path) != ".toml" && accessAs(folder, info, true, path) != nil: // settings need only be read
		e.Problem = Unwritable
	default:
		return nil
	}
	return e
}

// ours tells a folder that LinkLog made, whose owner may be changed without harm.
func ours(path string) bool {
	if slices.Contains(folders, filepath.Base(path)) {
		path = filepath.Dir(path)
	}
	_, err := os.Lstat(filepath.Join(path, "id"))
	return err == nil
}

func kind(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a folder"
	case m&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeDevice != 0:
		return "a device"
	case m.IsRegular():
		return "a file"
	}
	return "something else"
}
