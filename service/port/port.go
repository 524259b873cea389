// Package port finds out who holds a port and what a household can do about
// it, so that a port that is taken is never a bare "address already in use".
package port

import (
	"errors"
	"path/filepath"
	"strings"

	"linklog/capture"
	"linklog/phrase"
)

// Process is who holds a port, as far as the caller may see it. The texts are
// clean (see capture.Clean): any local user can name a program as he likes.
type Process struct {
	// PID is 0 where only the service or the user is known.
	PID int

	// Name is the program's name without its folder: "snmptrapd", "snmptrap.exe".
	Name string

	// Path is the program's file, where the caller may see it.
	Path string

	// Service is the unit of systemd ("snmptrapd.service", or the .socket unit
	// when the manager itself holds the port for it) or the name of the Windows
	// service, where the process belongs to one of the system's; several
	// are joined by commas.
	Service string

	// User is whose process it is; on Linux only.
	User string
}

var (
	// ErrFree says that nobody holds the port.
	ErrFree = errors.New("no program uses the port")

	// ErrUnknown says that somebody holds the port, but not to whom the caller may
	// look; the Process beside it holds what can be seen all the same.
	ErrUnknown = errors.New("the port is in use; run as administrator to see by which program")
)

// Holder finds the process that holds a UDP port on this machine, on any of its
// addresses. Where several do, it is the first that can be named, and
// the service manager, which may hold a port for a service, only if no other does.
func Holder(port uint16) (Process, error) { return clean(holder(udp, port)) }

// HolderTCP is Holder for a program that waits for connections to a TCP port.
func HolderTCP(port uint16) (Process, error) { return clean(holder(tcp, port)) }

// The networks that a port can be of.
const (
	udp = "udp"
	tcp = "tcp"
)

func clean(p Process, err error) (Process, error) {
	p.Name, p.Path = capture.Clean(p.Name), capture.Clean(p.Path)
	p.Service, p.User = capture.Clean(p.Service), capture.Clean(p.User)
	return p, err
}

// IsSocketUnit reports whether systemd holds the port for LinkLog's service.
func (p Process) IsSocketUnit() bool {
	return strings.HasPrefix(p.Service, "linklog-") && strings.HasSuffix(p.Service, ".socket")
}

// String gives the process in a few words: "snmptrapd (process 811)".
func (p Process) String() string { return p.Phrase().String() }

// Phrase is String, to be translated.
func (p Process) Phrase() phrase.Phrase {
	switch {
	case p.Name != "":
		return phrase.Say("{{.Program}}{{.Process}}", "Program", p.Name, "Process", p.process())
	case p.Service != "":
		return phrase.Say("{{.Program}}{{.Process}}", "Program", p.Service, "Process", p.process())
	case p.PID > 0:
		return phrase.Say("process {{.PID}}", "PID", p.PID)
	case p.User != "":
		return phrase.Say("a program of user {{.User}}", "User", p.User)
	}
	return phrase.Say("another program")
}

// process follows the name of a program.
func (p Process) process() phrase.Phrase {
	if p.PID == 0 {
		return phrase.Phrase{}
	}
	return phrase.Say(" (process {{.PID}})", "PID", p.PID)
}

// is reports whether the program or one of its services has one of these names,
// in any case and without the extensions systems add.
func (p Process) is(names ...string) bool {
	mine := append(strings.Split(p.Service, ","), p.Name, filepath.Base(p.Path))
	for _, m := range mine {
		m = strings.ToLower(m)
		for _, ext := range []string{".service", ".socket", ".exe"} {
			m = strings.TrimSuffix(m, ext)
		}
		for _, n := range names {
			if m == n {
				return true
			}
		}
	}
	return false
}
