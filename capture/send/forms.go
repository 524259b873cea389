// Package send is a router for tests, demonstrations and measurements: it makes the
// messages routers send, encodes them as traps and sends them at a given rate.
package send

import (
	"fmt"
	"strings"
)

// Form is a kind of message, or an odd spelling of one that was seen or must be
// expected.
type Form uint8

// The forms. Inside is 192.168.1.0/24; outside are addresses for documentation
// (RFC 5737, RFC 3849) and names below .example, so that no message speaks of
// somebody real.
const (
	New         Form = iota + 1 // @in TCP from a:1 to b:2
	NewNamed                    // @out UDP from a:1 to name(b):2.
	NewWAN                      // @in TCP from a:1 to WAN(b):2.
	Old                         // @in a 1 b 2.
	OldNamed                    // @out a 1 name 2.
	WANDHCP                     // WAN IP = a
	WANPPPoE                    // IP=a.
	WANIs                       // WAN(DHCP) IP is a
	Ready                       // System is ready
	WarmStart                   // System is warm start
	Firmware                    // Firmware Version : …
	Login                       // free text about a login
	UpperCase                   // @IN TCP FROM …
	Blanks                      // tabs and many spaces between words
	NUL                         // a NUL at the end
	CRLF                        // CR LF at the end
	Dot                         // New with a dot at the end
	NoDot                       // NewNamed without its dot
	Junk                        // bytes of something else before the @
	EmptyName                   // (a):1, a name without letters
	NamePort                    // name:2, a name without an address
	IPv6                        // [a]:1
	ICMP                        // a protocol without ports
	GRE                         // another one
	ProtoNumber                 // a protocol the router has no name for
)

var forms = [...]struct{ name, help string }{
	New:         {"new", "a connection attempt as newer routers report it"},
	NewNamed:    {"new-named", "new, with the name of the outer host"},
	NewWAN:      {"new-wan", "new, to the router's own address (refused)"},
	Old:         {"old", "as older routers report it: no protocol"},
	OldNamed:    {"old-named", "old, with a name in place of the outer address"},
	WANDHCP:     {"wan-dhcp", "the router's outer address, by DHCP"},
	WANPPPoE:    {"wan-pppoe", "the router's outer address, by PPPoE"},
	WANIs:       {"wan-is", "the router's outer address, worded differently"},
	Ready:       {"ready", "the router is up"},
	WarmStart:   {"warm-start", "the router has restarted"},
	Firmware:    {"firmware", "the router tells its version"},
	Login:       {"login", "somebody logged in to the router"},
	UpperCase:   {"upper-case", "new, in upper case"},
	Blanks:      {"blanks", "new, with tabs and many spaces"},
	NUL:         {"nul", "new, with a NUL at the end"},
	CRLF:        {"crlf", "new, with CR LF at the end"},
	Dot:         {"dot", "new, with a dot at the end"},
	NoDot:       {"no-dot", "new-named without the dot at the end"},
	Junk:        {"junk", "new, with bytes of something else before it"},
	EmptyName:   {"empty-name", "new, with names of no letters"},
	NamePort:    {"name-port", "new, with a name in place of the outer address"},
	IPv6:        {"ipv6", "new, with IPv6 addresses"},
	ICMP:        {"icmp", "a ping: no ports"},
	GRE:         {"gre", "a tunnel: no ports"},
	ProtoNumber: {"proto-number", "a protocol by its number"},
}

// String gives the form's name, such as "new-named", or "" for none.
func (f Form) String() string {
	if int(f) < len(forms) {
		return forms[f].name
	}
	return ""
}

// ParseForm reads a form's name. The error lists all of them.
func ParseForm(name string) (Form, error) {
	var names []string
	for f := New; int(f) < len(forms); f++ {
		if forms[f].name == name {
			return f, nil
		}
		names = append(names, forms[f].name)
	}
	return 0, fmt.Errorf("unknown message form %q: want one of %s", name, strings.Join(names, ", "))
}

// FormInfo tells of a form.
type FormInfo struct {
	Form    Form
	Name    string // as ParseForm reads it
	Example string // a message of the form; may hold control characters
	Help    string // what it is, in a few words
}

// Forms lists all forms, the usual ones first.
func Forms() []FormInfo {
	m := NewMessages(1)
	infos := make([]FormInfo, 0, len(forms)-1)
	for f := New; int(f) < len(forms); f++ {
		infos = append(infos, FormInfo{f, f.String(), string(m.Append(nil, f)), forms[f].help})
	}
	return infos
}
