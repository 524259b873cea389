package localsocket

import (
	"fmt"
	"strings"
)

const (
	pipes = `\\.\pipe\`

	// protectedPath can be made by the account of the service only.
	protectedPath = pipes + `ProtectedPrefix\LocalService\linklog`

	// plainPath is for a service that runs as somebody else.
	plainPath = pipes + "linklog"
)

func systemPaths() []string { return []string{protectedPath, plainPath} }

// SystemPath is where the service listens unless it is told otherwise.
func SystemPath() string {
	if self, err := selfSID(); err == nil && self == localServiceSID {
		return protectedPath
	}
	return plainPath
}

// UserPath is the pipe of a service that runs as part of the user's own program,
// "" if the user is unknown.
func UserPath() string {
	self, err := selfSID()
	if err != nil {
		return ""
	}
	return plainPath + "-" + self
}

// otherUserPaths are none: a user has one pipe, whatever the session.
func otherUserPaths() []string { return nil }

// check refuses what is no pipe of this machine: \\server\pipe\name would tell a
// stranger's server who the user is, and so would a way out by "..".
func check(path string) error {
	bad := len(path) <= len(pipes) || len(path) > 256 || !strings.EqualFold(path[:len(pipes)], pipes)
	name := path[min(len(pipes), len(path)):]
	bad = bad || strings.ContainsAny(name, "/:*?\"<>|\x00")
	for _, part := range strings.Split(name, `\`) {
		bad = bad || strings.Trim(part, ". ") == ""
	}
	if bad {
		return fmt.Errorf(`local pipe %q: must be \\.\pipe\NAME`, path)
	}
	return nil
}
