package dns

import (
	"strings"

	"linklog/capture"
)

// best chooses one of the names of an address, "" if none is usable: the shortest,
// among equals the first by alphabet. Servers rotate their answers; the same
// host must not change its name with each of them.
func best(names []string) string {
	choice := ""
	for _, name := range names {
		name, ok := usable(name)
		if ok && (choice == "" || len(name) < len(choice) || len(name) == len(choice) && name < choice) {
			choice = name
		}
	}
	return choice
}

// maxName is the longest name DNS allows, in bytes and without its last dot.
const maxName = 253

// usable returns a name without its last dot. Whoever owns an address decides what
// its name says, so what is no host name is refused, not mended, since a mended
// name would look like another host's:
//   - anything but letters, digits, "-", "_" and "." in ASCII, escape sequences
//     above all. International names come as "xn--…" and stay so: in their own
//     letters, one can look exactly like another;
//   - what could be read as an address.
func usable(name string) (string, bool) {
	name = capture.Clean(strings.TrimSuffix(name, "."))
	if name == "" || len(name) > maxName {
		return "", false
	}
	numeric := true
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c|0x20 && c|0x20 <= 'z', c == '-', c == '_':
			numeric = false
		case '0' <= c && c <= '9', c == '.':
		default:
			return "", false
		}
	}
	return name, !numeric
}
