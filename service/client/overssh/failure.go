package overssh

import (
	"fmt"
	"runtime"
	"strings"
	"sync"

	"linklog/capture"
	"linklog/phrase"
)

// Kind is what kind of trouble there is.
type Kind int

const (
	Other       Kind = iota // what ssh or the login there says
	NoSSH                   // there is no ssh on this computer
	Unreachable             // the host is not found, does not answer or turns away
	HostKey                 // ssh does not know the host's key, or knows a different one
	Login                   // the host lets nobody in with the keys there are
	NoLinkLog               // there is no linklog there
	OlderThere              // linklog there does not know this way yet
	NewerThere              // linklog there does not know this way any more
	NotRunning              // no service runs there
	NotAsked                // the service there may not be asked by this user, or is not trusted
)

// Error is why there is no connection.
type Error struct {
	Kind Kind
	Host Host
	Err  error // what was said about it

	changed bool // HostKey: a different one is known
}

func (e *Error) Unwrap() error { return e.Err }

func (e *Error) Error() string { return e.Phrase().String() }

// Phrase is Error, to be said in the language of whoever reads it.
func (e *Error) Phrase() phrase.Phrase {
	host := e.Host.Name
	switch e.Kind {
	case NoSSH:
		return phrase.Say("ssh cannot be run here: {{.Do}}", "Do", getSSH(runtime.GOOS))
	case Unreachable:
		return phrase.Say("{{.Host}} cannot be reached: {{.Error}}", "Host", host, "Error", e.Err)
	case HostKey:
		if e.changed {
			return phrase.Say("{{.Host}} has a different key than ssh knows: it was set up anew, or it is a different computer. If you know why: {{.Forget}}, then compare the new one: {{.Command}}", "Host", host, "Forget", e.forget(), "Command", e.Host.Command())
		}
		return phrase.Say("ssh does not know the key of {{.Host}} yet. Log in once, and compare it: {{.Command}}", "Host", host, "Command", e.Host.Command())
	case Login:
		return phrase.Say("{{.Host}} does not let you in with a key, and linklog never asks for a password. To use a key: {{.Copy}}; one with a passphrase must be in the agent: ssh-add. This must work without a question: {{.Command}} ({{.Error}})",
			"Host", host, "Copy", strings.Replace(e.Host.Command(), "ssh", "ssh-copy-id", 1), "Command", e.Host.Command("true"), "Error", e.Err)
	case NoLinkLog:
		return phrase.Say("linklog is not on {{.Host}}, or not where its login looks for programs. This must work: {{.Command}} ({{.Error}})", "Host", host, "Command", e.Host.Command("linklog", "version"), "Error", e.Err)
	case OlderThere:
		return phrase.Say("linklog on {{.Host}} is too old to be asked from elsewhere: update it there", "Host", host)
	case NewerThere:
		return phrase.Say("linklog on {{.Host}} is newer than this one and cannot be asked by it: update this one", "Host", host)
	case NotRunning, NotAsked:
		return phrase.Say("on {{.Host}}: {{.Error}}", "Host", host, "Error", e.Err)
	}
	return phrase.Say("ssh to {{.Host}}: {{.Error}}", "Host", host, "Error", e.Err)
}

// getSSH says where ssh comes from.
func getSSH(system string) phrase.Phrase {
	if system == "windows" {
		return phrase.Say("add it in Settings, System, Optional features: OpenSSH Client")
	}
	return phrase.Say("install the client of OpenSSH (Debian, Ubuntu, Raspberry Pi OS: sudo apt install openssh-client)")
}

// forget is how ssh is made to forget the key of the host.
func (e *Error) forget() string {
	name := e.Host.Name
	if e.Host.Port != 0 && e.Host.Port != 22 {
		name = fmt.Sprintf(`"[%s]:%d"`, name, e.Host.Port)
	}
	return "ssh-keygen -R " + name
}

// reason is why ssh ended with an exit code, without a greeting: that of ssh itself, else
// that of the shell there, or of linklog. OpenSSH says it in English everywhere; what is not
// known here is shown as it is.
func reason(h Host, code int, said string) error {
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(said, w) {
				return true
			}
		}
		return false
	}
	lines := strings.Split(said, "\n")
	last := error(phrase.Say("exit code {{.Code}}", "Code", code))
	for _, line := range lines {
		if line = strings.TrimSpace(line); line != "" {
			last = fmt.Errorf("%s", capture.Clean(cut(line)))
		}
	}
	e := &Error{Kind: Other, Host: h, Err: last}
	switch {
	case code == sshFailed && has("Host key verification failed"):
		e.Kind, e.changed = HostKey, has("HOST IDENTIFICATION HAS CHANGED")
	case code == sshFailed && has("Permission denied", "Too many authentication failures", "No more authentication methods"):
		e.Kind = Login
	case code == sshFailed:
		e.Kind = Unreachable
	case code == 127, code == 126, code == 9009, has("ommand not found", "not recognized as an internal or external command"):
		e.Kind = NoLinkLog
	case code == 2 && has("linklog: ") && has("dial"):
		e.Kind = OlderThere
	}
	return e
}

// said gathers the end of what ssh says.
type said struct {
	mu   sync.Mutex
	text []byte
}

// maxSaid bounds it, in bytes: a changed key takes twenty lines.
const maxSaid = 8 << 10

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text = append(s.text, p...)
	if more := len(s.text) - maxSaid; more > 0 {
		s.text = append(s.text[:0], s.text[more:]...)
	}
	return len(p), nil
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.text)
}
