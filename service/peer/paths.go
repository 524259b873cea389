package peer

import "os"

// DefaultPaths are where to look for a service, the best first: the system's, then
// the user's own. If $LINKLOG_SOCKET is set there is only that.
func DefaultPaths() []string {
	if path := os.Getenv("LINKLOG_SOCKET"); path != "" {
		return []string{path}
	}
	paths := systemPaths()
	if path := UserPath(); path != "" {
		paths = append(paths, path)
	}
	return paths
}
