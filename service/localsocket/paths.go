package localsocket

import (
	"os"
	"slices"
)

// DefaultPaths are where to look for a service, the best first: the system's, then
// the user's own (OwnPaths). If $LINKLOG_SOCKET is set there is only that.
func DefaultPaths() []string {
	if path := os.Getenv("LINKLOG_SOCKET"); path != "" {
		return []string{path}
	}
	return append(systemPaths(), OwnPaths()...)
}

// OwnPaths are where a service of the user's own may be: UserPath, and where that was for
// a session of another kind if there is a socket. None: the user has no place for one.
func OwnPaths() (paths []string) {
	for i, path := range append([]string{UserPath()}, otherUserPaths()...) {
		if path == "" || slices.Contains(paths, path) {
			continue
		}
		if _, err := os.Lstat(path); i > 0 && err != nil {
			continue
		}
		paths = append(paths, path)
	}
	return paths
}
