//go:build unix

package install

import (
	"os"
	"os/user"
)

func IsAdministrator() bool { return os.Geteuid() == 0 }

func howTo(verb string) string { return "run: sudo linklog service " + verb }

// invoker is the user who became root for this, "" if root himself came.
func invoker() string {
	for _, variable := range []string{"SUDO_USER", "DOAS_USER"} {
		if name := os.Getenv(variable); name != "" && name != "root" {
			return name
		}
	}
	if u, err := user.LookupId(os.Getenv("PKEXEC_UID")); err == nil && u.Uid != "0" {
		return u.Username
	}
	return ""
}

// executable is this program's own file.
func executable() string {
	path, _ := os.Executable() // "" is refused later
	return path
}
