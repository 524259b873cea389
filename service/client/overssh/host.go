package overssh

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"linklog/capture"
	"linklog/phrase"
	"linklog/service/datafile"
)

// Host is the computer on which the service runs, and who logs in there. The zero Host is
// none.
type Host struct {
	User string // "": as the settings of ssh have it
	Name string // a name, one of the settings of ssh, or an address
	Port uint16 // 0: as the settings of ssh have it
}

// scheme is how the text of a Host begins.
const scheme = "ssh://"

// Limits of names, as DNS and systems have them.
const (
	maxName = 253
	maxUser = 104
)

// name is what a host may be called: nothing that ssh would take for an option, or that
// means something to a shell, to which the settings of ssh may hand it.
var name = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

// zone is the interface behind an IPv6 address.
var zone = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

// Parse reads ssh://[user@]host[:port]. The error says what is wrong, and what would be
// right.
func Parse(text string) (h Host, err error) {
	fail := func(why phrase.Phrase) (Host, error) {
		return Host{}, phrase.Say("{{.Value}}: {{.Error}}", "Value", quoted(text), "Error", why)
	}
	if len(text) < len(scheme) || !strings.EqualFold(text[:len(scheme)], scheme) {
		return fail(phrase.Say("must be ssh://[user@]host[:port], such as ssh://pi or ssh://ann@192.168.1.2"))
	}
	rest := strings.TrimSuffix(text[len(scheme):], "/")
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		if h.User, err = url.PathUnescape(rest[:at]); err != nil {
			return fail(phrase.Say("the user is not written as in an address: a % stands before two digits of its code"))
		}
		if rest = rest[at+1:]; strings.Contains(h.User, ":") {
			return Host{}, phrase.Say("a password does not belong in an address: ssh logs in with a key, such as {{.Example}}", "Example", capture.Clean(fmt.Sprintf("%suser@%.100s", scheme, rest)))
		}
		if !isUser(h.User) {
			return fail(phrase.Say("{{.Value}} is not a valid user: letters, digits and . _ - + @ \\, and not - first. A different one can stand in ~/.ssh/config, under a name of its own", "Value", quoted(h.User)))
		}
	}
	port, hasPort := "", false
	if inner, ok := strings.CutPrefix(rest, "["); ok {
		address, after, closed := strings.Cut(inner, "]")
		ip, err := netip.ParseAddr(address)
		if !closed || err != nil || !ip.Is6() || ip.Zone() != "" && !zone.MatchString(ip.Zone()) {
			return fail(phrase.Say("in brackets there must be an IPv6 address, such as ssh://[fd00::2]"))
		}
		h.Name = address
		if port, hasPort = strings.CutPrefix(after, ":"); after != "" && !hasPort {
			return fail(phrase.Say("behind ] there may only be a port, such as ssh://[fd00::2]:22"))
		}
	} else {
		if strings.Count(rest, ":") > 1 {
			return fail(phrase.Say("an IPv6 address needs brackets, such as ssh://[fd00::2]"))
		}
		h.Name, port, hasPort = strings.Cut(rest, ":")
		switch {
		case h.Name == "":
			return fail(phrase.Say("the host is missing, such as ssh://pi"))
		case strings.ContainsAny(h.Name, "/?#"):
			return fail(phrase.Say("behind host and port there can be nothing: ssh://[user@]host[:port]"))
		case !name.MatchString(h.Name) || len(h.Name) > maxName:
			return fail(phrase.Say("{{.Value}} is not a valid host: a name or an address, of letters, digits and . _ -, and not - first", "Value", quoted(h.Name)))
		}
	}
	if hasPort {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return fail(phrase.Say("{{.Value}} is not a valid port: a number from 1 to 65535", "Value", quoted(port)))
		}
		h.Port = uint16(n)
	}
	return h, nil
}

// quoted is what was typed, in quotes.
func quoted(text string) string { return fmt.Sprintf("%.300q", text) }

// isUser reports whether a user may be called so: what a shell could take for more than a
// name is none, as the settings of ssh may hand it to one.
func isUser(user string) bool {
	for i, r := range user {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && (i == 0 || !strings.ContainsRune(`.-+@\`, r)) {
			return false
		}
	}
	return user != "" && len(user) <= maxUser && !strings.HasSuffix(user, `\`)
}

// IsZero reports whether there is no host.
func (h Host) IsZero() bool { return h == Host{} }

// String is what Parse reads.
func (h Host) String() string {
	if h.IsZero() {
		return ""
	}
	text := h.Name
	if strings.Contains(text, ":") {
		text = "[" + text + "]"
	}
	if h.User != "" {
		text = url.PathEscape(h.User) + "@" + text
	}
	if h.Port != 0 {
		text += ":" + strconv.Itoa(int(h.Port))
	}
	return scheme + text
}

// Command is what a person types to have ssh do something there; without words: to log in.
func (h Host) Command(words ...string) string {
	typed := []string{"ssh"}
	if h.Port != 0 {
		typed = append(typed, "-p", strconv.Itoa(int(h.Port)))
	}
	return strings.Join(append(append(typed, datafile.Quote(h.login())), words...), " ")
}

// login is the host with its user, as ssh takes it.
func (h Host) login() string {
	if h.User == "" {
		return h.Name
	}
	return h.User + "@" + h.Name
}
