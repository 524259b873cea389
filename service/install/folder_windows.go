package install

import (
	"crypto/sha1" // prescribed for service accounts, not for a secret
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf16"
	"unsafe"

	"golang.org/x/sys/windows"
)

// protect makes the data folder with an ACL that lets in administrators, the
// system and the service, and nobody else: the history tells what every device in
// the house does.
//
// Any user may create folders in ProgramData. One who makes ours beforehand
// would own it, and with it all that the service writes there; a link in its
// place would turn our ACL on another folder. Such a folder is refused.
func (scm) protect(dir string) error {
	if info, err := os.Lstat(dir); err == nil {
		if !info.IsDir() || info.Mode()&os.ModeSymlink != 0 || isReparsePoint(dir) {
			return fmt.Errorf("%s is not a folder: remove it first", dir)
		}
		if err := ownedByAdministrators(dir); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	sd, err := windows.SecurityDescriptorFromString(folderSDDL(serviceSID(scmName)))
	if err != nil {
		return fmt.Errorf("build the ACL of %s: %w", dir, err)
	}
	path, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return err
	}
	// With the ACL from its first moment.
	sa := windows.SecurityAttributes{SecurityDescriptor: sd}
	sa.Length = uint32(unsafe.Sizeof(sa))
	if err := windows.CreateDirectory(path, &sa); err == nil {
		return nil
	} else if !errors.Is(err, windows.ERROR_ALREADY_EXISTS) {
		return fmt.Errorf("create %s: %w", dir, err)
	}
	dacl, _, err := sd.DACL()
	if err != nil {
		return err
	}
	if err := windows.SetNamedSecurityInfo(dir, windows.SE_FILE_OBJECT,
		windows.DACL_SECURITY_INFORMATION|windows.PROTECTED_DACL_SECURITY_INFORMATION, nil, nil, dacl, nil); err != nil {
		return fmt.Errorf("set the ACL of %s: %w", dir, err)
	}
	return nil
}

// folderSDDL: owner administrators; a protected list (nothing inherited from
// ProgramData) of full access for administrators, system and service, inherited by all within.
func folderSDDL(service string) string {
	return "O:BAD:PAI(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;OICI;FA;;;" + service + ")"
}

// serviceSID is the account "NT SERVICE\name": S-1-5-80 and the SHA-1 of the
// name in upper case as UTF-16, as five numbers ([MS-DTYP] 2.4.2.4, sc showsid).
// It exists before the service does.
func serviceSID(name string) string {
	var text []byte
	for _, u := range utf16.Encode([]rune(strings.ToUpper(name))) {
		text = binary.LittleEndian.AppendUint16(text, u)
	}
	sum := sha1.Sum(text)
	sid := "S-1-5-80"
	for i := 0; i < len(sum); i += 4 {
		sid += fmt.Sprintf("-%d", binary.LittleEndian.Uint32(sum[i:]))
	}
	return sid
}

func ownedByAdministrators(dir string) error {
	sd, err := windows.GetNamedSecurityInfo(dir, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return fmt.Errorf("find the owner of %s: %w", dir, err)
	}
	owner, _, err := sd.Owner()
	if err != nil {
		return fmt.Errorf("find the owner of %s: %w", dir, err)
	}
	for _, kind := range []windows.WELL_KNOWN_SID_TYPE{windows.WinBuiltinAdministratorsSid, windows.WinLocalSystemSid} {
		if owner.IsWellKnown(kind) {
			return nil
		}
	}
	// Where a policy says so, what an administrator creates is his own and not the group's.
	if user, err := windows.GetCurrentProcessToken().GetTokenUser(); err == nil && owner.Equals(user.User.Sid) {
		return nil
	}
	return fmt.Errorf("%s already exists and belongs to %v, who could read and change the history: remove it first", dir, owner)
}

func isReparsePoint(path string) bool {
	p, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return true
	}
	attributes, err := windows.GetFileAttributes(p)
	return err != nil || attributes&windows.FILE_ATTRIBUTE_REPARSE_POINT != 0
}
