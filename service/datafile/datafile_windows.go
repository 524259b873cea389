package datafile

import (
	"errors"
	"io/fs"
	"os"

	win "golang.org/x/sys/windows"
)

const windows = true

// access opens a file, since nothing less tells. A folder is taken for usable: only
// making a file in it would tell.
func access(path string, info fs.FileInfo, write bool) error {
	if info.IsDir() {
		return nil
	}
	mode := os.O_RDONLY
	if write {
		mode = os.O_RDWR
	}
	f, err := os.OpenFile(path, mode, 0)
	if err != nil {
		if errors.Is(err, fs.ErrPermission) || isReadOnlyDisk(err) {
			return err
		}
		return nil // in use, for one
	}
	return f.Close()
}

// accessAs is access: what another user may do, Windows does not tell.
func accessAs(_, info fs.FileInfo, write bool, path string) error { return access(path, info, write) }

func owner(path string, _ fs.FileInfo) string {
	sd, err := win.GetNamedSecurityInfo(path, win.SE_FILE_OBJECT, win.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return ""
	}
	sid, _, err := sd.Owner()
	if err != nil {
		return ""
	}
	return account(sid)
}

func self() string {
	u, err := win.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return ""
	}
	return account(u.User.Sid)
}

func account(sid *win.SID) string {
	name, domain, _, err := sid.LookupAccount("")
	if err != nil {
		return sid.String()
	}
	return domain + `\` + name
}

// mend gives a file the rights of its folder.
func mend(e *Error) string {
	command := "icacls " + Quote(e.Path) + " /reset"
	if e.isFolder {
		command += " /t"
	}
	return command
}

func shut(*Error) string { return "" }

// mistrust has nothing to say: the folder's list of rights was set when it was made.
func mistrust(fs.FileInfo) Problem { return 0 }

// IsFull reports whether an error says that there is no room on the disk, or none for this user.
func IsFull(err error) bool {
	return errors.Is(err, win.ERROR_DISK_FULL) || errors.Is(err, win.ERROR_HANDLE_DISK_FULL)
}

func isReadOnlyDisk(err error) bool { return errors.Is(err, win.ERROR_WRITE_PROTECT) }

func hasNoFiles(string) bool { return false }
