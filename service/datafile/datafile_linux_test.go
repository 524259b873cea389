package datafile

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

const somebody = 65534

// as runs f on a thread of its own that is another user's.
func as(t *testing.T, uid int, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can become somebody else")
	}
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never given back
		_, _, e := syscall.RawSyscall(syscall.SYS_SETRESUID, uintptr(uid), uintptr(uid), ^uintptr(0))
		if e != 0 {
			done <- e
			return
		}
		f()
		done <- nil
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// data is a data folder of somebody.
func data(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "a b")
	for _, sub := range []string{"", "history", "spool"} {
		if err := errors.Join(os.Mkdir(filepath.Join(dir, sub), 0o700), os.Chown(filepath.Join(dir, sub), somebody, somebody)); err != nil {
			t.Skip(err)
		}
	}
	if err := os.Chmod(filepath.Dir(filepath.Dir(dir)), 0o755); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "id"), somebody, 0o600)
	return dir
}

// What the computer needs is not to be moved away.
func TestFilesOfTheSystem(t *testing.T) {
	for path, want := range map[string]string{
		"/dev/null":  "/dev/null is a device, not a %. Name a different file or folder",
		"/dev/full":  "/dev/full is a device, not a %. Name a different file or folder",
		"/proc/self": "/proc/self is a folder, not a file. Name a different file or folder",
		"/etc":       "/etc is a folder, not a file. Name a different file or folder",
	} {
		if err := File(path, false); err == nil || err.Error() != strings.ReplaceAll(want, "%", "file") {
			t.Error(err)
		}
		if err := OwnFolder(path); strings.HasPrefix(path, "/dev/") && (err == nil || err.Error() != "data folder: "+strings.ReplaceAll(want, "%", "folder")) {
			t.Error(err)
		}
	}
	if err := OwnFolder(""); err == nil || !strings.Contains(err.Error(), "name one with --data-dir") {
		t.Error(err)
	}
}

// What the user named stays where it is, and whose it is.
func TestChosenFiles(t *testing.T) {
	dir := data(t)
	for _, test := range []struct {
		err  Error
		want string
	}{
		{Error{Problem: NotAFile, Is: "a folder"}, "is a folder, not a file. Name a different file or folder"},
		{Error{Problem: Unreadable, Owner: "root"}, "cannot be read: it belongs to root, and LinkLog runs as linklog. Name a different file, or let linklog read this one"},
		{Error{Problem: Unreachable, Owner: "root", Folder: "/root"}, "cannot be reached: the folder /root belongs to root, and LinkLog runs as linklog. Name a different file, or let linklog read this one"},
	} {
		e := test.err
		e.Path, e.User = filepath.Join(dir, "list.txt"), "linklog"
		if err := Chosen(&e); err.Error() != e.Path+" "+test.want {
			t.Error(err)
		}
	}
	if err := Chosen(nil); err != nil {
		t.Error(err)
	}
}

func put(t *testing.T, path string, uid int, mode os.FileMode) {
	t.Helper()
	if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chmod(path, mode), os.Chown(path, uid, uid)); err != nil {
		t.Fatal(err)
	}
}

func TestErrors(t *testing.T) {
	dir := data(t)
	user := userName(somebody)
	file := filepath.Join(dir, "state.db")
	for _, test := range []struct {
		name string
		make func()
		want string // %: the file, @: the user
	}{
		{"there is none", func() {}, ""},
		{"ours", func() { put(t, file, somebody, 0o600) }, ""},
		{"root's", func() { put(t, file, 0, 0o600) }, "% cannot be read: it belongs to root, and LinkLog runs as @. To fix this: sudo chown @ '%'"},
		{"root's to read", func() { put(t, file, 0, 0o644) }, "% cannot be written: it belongs to root, and LinkLog runs as @. To fix this: sudo chown @ '%'"},
		{"without a mode", func() { put(t, file, somebody, 0) }, "% cannot be read: it has mode 0000, and LinkLog runs as @. To fix this: chmod u+rw '%'"},
		{"read-only", func() { put(t, file, somebody, 0o400) }, "% cannot be written: it has mode 0400, and LinkLog runs as @. To fix this: chmod u+rw '%'"},
		{"a folder", func() { os.Mkdir(file, 0o700) }, "% is a folder, not a file. To fix this, move it away: sudo mv '%' '%.old'"},
		{"a pipe", func() { unix.Mkfifo(file, 0o600) }, "% is a named pipe, not a file. To fix this, move it away: sudo mv '%' '%.old'"},
		{"a link to nothing", func() { os.Symlink("/no/where", file) }, "% is a symbolic link to /no/where, which does not exist. Mount the disk it is on, or move the link away"},
		{"a link to a file", func() { os.Symlink("id", file) }, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			os.Remove(file)
			test.make()
			var err error
			as(t, somebody, func() { err = File(file, true) })
			got := ""
			if err != nil {
				got = err.Error()
			}
			if want := strings.NewReplacer("%", file, "@", user).Replace(test.want); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			// Whoever examines the folder finds the same.
			found, err := Examine(dir)
			if err != nil || len(found) > 1 || (len(found) == 1) != (test.want != "") || len(found) == 1 && found[0].Error() != got {
				t.Errorf("examined: %v, %v", found, err)
			}
		})
	}
}

func TestFolders(t *testing.T) {
	dir := data(t)
	user := userName(somebody)
	private := filepath.Join(filepath.Dir(dir), "private")
	if err := os.Mkdir(private, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", "/nowhere")
	history := filepath.Join(dir, "history")
	if err := os.Chown(history, 0, 0); err != nil {
		t.Fatal(err)
	}
	as(t, somebody, func() {
		below := filepath.Join(private, "x", "data")
		for _, test := range []struct {
			path, want string
			err        error
		}{
			{dir, "<nil>", nil},
			{history, history + " cannot be read: it belongs to root, and LinkLog runs as " + user + ". To fix this: sudo chown -R " + user + " '" + history + "'", nil},
			{below, below + " cannot be reached: the folder " + private + " belongs to root, and LinkLog runs as " + user +
				". Choose a different folder with --data-dir, or let " + user + " into that one", os.MkdirAll(below, 0o700)},
			{"/no/such", "/ cannot be written: it belongs to root, and LinkLog runs as " + user +
				". Choose a different folder with --data-dir", os.MkdirAll("/no/such", 0o700)},
			{filepath.Join(dir, "id"), filepath.Join(dir, "id") + " is a file, not a folder. To fix this, move it away: sudo mv '" + filepath.Join(dir, "id") + "' '" + filepath.Join(dir, "id") + ".old'", nil},
		} {
			err := Folder(test.path)
			if test.err != nil {
				err = Explain(test.path, test.err)
			}
			if got := "<nil>"; err == nil && got != test.want || err != nil && err.Error() != test.want {
				t.Errorf("%s: got  %v\nwant %s", test.path, err, test.want)
			}
		}
	})
	if found, err := Examine(dir); err != nil || len(found) != 1 || found[0].Path != history {
		t.Errorf("examined: %v, %v", found, err)
	}
}

func TestExplainsNoOther(t *testing.T) {
	if err := errors.New("broken"); Explain("/tmp", err) != err {
		t.Error("another error was changed")
	}
	var e *Error
	if err := Explain("/x", &os.PathError{Op: "write", Path: "/x", Err: syscall.ENOSPC}); !errors.As(err, &e) || e.Problem != Full || !errors.Is(err, syscall.ENOSPC) {
		t.Error(err)
	}
}

// Whoever names a folder that he cannot have is told which is closed, also behind a link,
// and one that he can have; never to open what is not his.
func TestChooseAFolder(t *testing.T) {
	dir := t.TempDir()
	for _, above := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(above, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	home, private, link := filepath.Join(dir, "home"), filepath.Join(dir, "private"), filepath.Join(dir, "linklog")
	if err := errors.Join(os.Mkdir(home, 0o700), os.Chown(home, somebody, somebody), os.Mkdir(private, 0o700), os.Symlink("private/linklog", link)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", home)
	as(t, somebody, func() {
		choose := ", and LinkLog runs as " + userName(somebody) + ". Choose a different folder with --data-dir, such as " + filepath.Join(home, "linklog-data")
		for path, want := range map[string]string{
			"/nosuch/x":                "/nosuch/x cannot be made: the folder / belongs to root" + choose,
			filepath.Join(dir, "data"): filepath.Join(dir, "data") + " cannot be made: the folder " + dir + " belongs to root" + choose,
			dir:                        dir + " cannot be written: it belongs to root" + choose,
			link:                       link + " cannot be reached: the folder " + private + " belongs to root" + choose,
			link + "/x":                link + "/x cannot be reached: the folder " + private + " belongs to root" + choose,
		} {
			if err := MakeFolder(path); err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		}
		if err := MakeFolder(filepath.Join(home, "linklog-data")); err != nil {
			t.Error(err)
		}
	})
}
