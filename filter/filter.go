// Package filter decides which events to show. A Filter is what a person
// writes, the same in the form, in flags, in the search box, in saved filters
// and in alert rules; Compile makes a Matcher of it, which looks at events.
//
// # Fields
//
// The fields of a filter are ANDed. A field holds patterns with commas between
// them, spaces around them do not count: any of them may match. A "!" in front
// excludes: what any such pattern matches is out, whatever the others say. "*"
// stands for any run of characters, dots included, and is the only wildcard; a
// pattern has to match from beginning to end; upper and lower case are the
// same. A field that is empty matches everything.
//
//   - IP, Host, MAC and Port are about both ends of an attempt: one that matches is
//     enough, to be shown as well as to be excluded. IPSource, IPDest and so on
//     are about one end.
//   - An event that has no such thing (a message about the router has no
//     direction, an address may have no name, a ping has no port) matches no
//     pattern, not even "*", and is excluded by none.
//   - IP and Router take an address in any spelling (10.0.0.1, 2001:DB8:0::1), a
//     wildcard (192.168.*), a prefix (10.0.0.0/8) or a range (10.0.0.1-10.0.0.9,
//     short 10.0.0.1-9). Wildcards are compared with the usual, shortest form of
//     an address; whole groups with ":*" behind them (2001:db8:0:*) are a prefix.
//     Router also takes a name, as Host does: what routers call themselves.
//   - MAC takes a hardware address in any spelling, or one with wildcards (02:00:5e:*).
//   - Port takes a number, a range (8000-8999), a service's name (https) or a
//     wildcard over names (ssh*); "*" is any port. Names count for the protocols
//     they belong to; where the router named no protocol, any will do.
//   - Service is about the names of the destination port, aliases included.
//   - Category is about what the destination port is for, in words such as web or games.
//   - Owner is about who announces an address to the internet; without a "*" it is found
//     anywhere in the name, with a "=" in front ("=Apple") it is all of it. AS15169 is a number. Country takes two letters, and "*" for any.
//   - List takes names of lists; an end is on one by its address or by its name.
//   - Bytes and Packets are how much both ends sent, where flows tell: a number (1500, 10M), one
//     with < or > in front (>10M), a range (1M-20M), or "*" for any that is known. M is a million, MiB 1,048,576.
//   - Text without a "*" is found anywhere in the message.
//   - Since, Until and Date hold one time each, as package when reads it. What it means is
//     decided when the filter is compiled: At writes it down.
//   - Any holds words with spaces between them, each of which has to be found,
//     anywhere in the names, the addresses, the name shown for the destination
//     port or the text. Commas in a word separate alternatives; quotes keep a
//     word with spaces or commas together. A word that is an address, a prefix, a
//     range or an address wildcard is compared with the addresses as IP does,
//     unless it is in quotes.
//
// A pattern that is wrong, or can match nothing, is an error that says why.
//
// # Search text
//
// Parse reads all of it from one line, String writes it:
//
//	dst:17.* port:443,8000-8999 !host:*.apple.com text:"new firmware" is:new word "two words"
//
// The keys are listed by Fields. "!key:a,b" excludes both a and b and is the
// same as "key:!a,!b". The same key twice is one list. In quotes, which may
// stand around a part of a term, spaces belong to the pattern, \" is a quote and
// \\ a backslash; the commas of key:"a,b" still separate. What has no key is a
// word of Any.
package filter

import "net/netip"

// Filter is a filter as a person writes it, one list of patterns for each
// field; the package's documentation says how. The zero value matches every
// event. Filters can be compared with ==; those that Parse returns are equal if
// they were written the same way but for spaces, quotes and order of the terms.
type Filter struct {
	Direction string // in, out
	Protocol  string // names or numbers
	Verdict   string // allowed, blocked, unknown

	IP       string // of either end
	IPSource string
	IPDest   string

	Host       string // the name of either end
	HostSource string
	HostDest   string

	Owner   string // of the address of either end
	Country string // where it is registered
	List    string // that an end is on
	MAC     string // the hardware address of the device of either end

	Port       string // of either end
	PortSource string
	PortDest   string

	Service  string // the destination port's name
	Category string // what the destination port is for
	Bytes    string // that both ends sent
	Packets  string
	Router   string // the address that the message came from, or what the router calls itself
	Text     string // of messages that are no attempts
	Any      string // words to be found anywhere

	Since string // a time, from which on
	Until string // a time, before which
	Date  string // a day, month or year

	New bool // only the first event ever with a host
}

// OfHost is the filter for what a host did: by its address, or by its name if it has none.
func OfHost(a netip.Addr, name string) Filter {
	if a.IsValid() {
		return Filter{IP: a.String()}
	}
	return Filter{Host: name}
}

// OfDevice is OfHost for what a device did: by its hardware address, if that is known, with
// which it stays the same one when its address changes.
func OfDevice(mac string, a netip.Addr, name string) Filter {
	if mac != "" {
		return Filter{MAC: mac}
	}
	return OfHost(a, name)
}

// Everything tells whether the filter lets through whatever it is asked about, but
// for what is not new.
func (f Filter) Everything() bool {
	f.New = false
	return f == Filter{}
}
