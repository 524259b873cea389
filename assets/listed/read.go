package listed

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net/netip"

	"linklog/phrase"
)

// What a list may have. The largest that people use have some 500,000 names.
const (
	MaxBytes   = 64 << 20
	MaxEntries = 1_000_000
	maxLine    = 4096 // bytes

	// A network with fewer bits is a mistake, or a trap: it would match half of the internet.
	least4, least6 = 8, 16
)

// Read reads a list: addresses and networks, one a line, with anything behind them after a space; lines of
// JSON with a "cidr", as Spamhaus DROP has them; domains, one a line or as in a hosts file. Comments begin
// with #, ; or //. Lines that are something else are counted; a text that has more of these than entries
// is no list, nor is one without any entry, and the error says so.
func Read(r io.Reader) (*Set, error) {
	limited := &io.LimitedReader{R: r, N: MaxBytes + 1}
	in := bufio.NewReaderSize(limited, maxLine)
	var l reading
	for number := 1; ; number++ {
		line, err := in.ReadSlice('\n')
		long := errors.Is(err, bufio.ErrBufferFull)
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = in.ReadSlice('\n')
		}
		if err != nil && err != io.EOF {
			return nil, err
		}
		if number == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if long || !l.line(line) {
			if l.Wrong++; l.Wrong == 1 {
				l.First = number
			}
		}
		switch {
		case limited.N <= 0:
			return nil, phrase.Say("it is larger than {{.Size}}", "Size", "64 MiB")
		case l.Entries > MaxEntries:
			return nil, phrase.Say("it has more than {{.Count}} entries", "Count", MaxEntries)
		case err == nil:
			continue
		case l.Wrong > l.Entries:
			return nil, phrase.Say("it is not a list of addresses or domains: {{.Lines}} lines are not understood, the first is line {{.First}}", "Lines", l.Wrong, "First", l.First)
		case l.Entries == 0:
			return nil, phrase.Say("it has no entries")
		}
		s := l.Set // without the rest
		s.four, s.six = newFour(l.nets4), newSix(l.nets6)
		return &s, nil
	}
}

// reading is a list as far as it was read.
type reading struct {
	Set
	nets4, nets6 []network
}

// line reads a line; false: it is not understood.
func (l *reading) line(line []byte) (understood bool) {
	line = bytes.TrimSpace(line)
	if len(line) == 0 || line[0] == '#' || line[0] == ';' || bytes.HasPrefix(line, []byte("//")) {
		return true
	}
	if line[0] == '{' {
		return l.object(line)
	}
	if i := bytes.IndexAny(line, "#;"); i > 0 {
		line = line[:i]
	}
	word, rest := cut(line)
	p, err := parse(string(word))
	if err != nil {
		if rest != nil { // a sentence
			return false
		}
		return l.domain(word)
	}
	// A hosts file gives names the address of nobody, so that nobody is asked.
	if a := p.Addr(); len(rest) > 0 && p.IsSingleIP() && (a.IsUnspecified() || a.IsLoopback()) {
		understood = true
		for len(rest) > 0 {
			word, rest = cut(rest)
			if !ownName(word) && !l.domain(word) {
				understood = false
			}
		}
		return understood
	}
	return l.network(p)
}

// cut cuts the first word off.
func cut(line []byte) (word, rest []byte) {
	i := bytes.IndexAny(line, " \t")
	if i < 0 {
		return line, nil
	}
	return line[:i], bytes.TrimLeft(line[i:], " \t")
}

// ownName reports whether a name in a hosts file is that of the computer itself.
func ownName(name []byte) bool {
	switch string(name) {
	case "localhost", "localhost.localdomain", "local", "broadcasthost", "ip6-localhost", "ip6-loopback", "ip6-localnet",
		"ip6-mcastprefix", "ip6-allnodes", "ip6-allrouters", "ip6-allhosts", "0.0.0.0":
		return true
	}
	return false
}

// object reads a line of JSON.
func (l *reading) object(line []byte) (understood bool) {
	var o struct {
		Network string `json:"cidr"`
		Type    string `json:"type"`
	}
	if json.Unmarshal(line, &o) != nil {
		return false
	}
	if o.Network == "" {
		return o.Type == "metadata"
	}
	p, err := parse(o.Network)
	return err == nil && l.network(p)
}

// parse reads an address or a network.
func parse(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil {
		a = a.Unmap().WithZone("")
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, err
	}
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return p.Masked(), nil
}

// network takes an entry; false: it is too large for one.
func (l *reading) network(p netip.Prefix) bool {
	a := p.Addr()
	if p.Bits() < least4 && a.Is4() || p.Bits() < least6 && a.Is6() {
		return false
	}
	l.Entries++
	if nobodys(a) { // the rest of the network may be somebody's: see Each
		l.Home++
		if p.IsSingleIP() {
			return true
		}
	}
	if a.Is4() {
		b := a.As4()
		l.nets4 = append(l.nets4, network{upperLower{0, uint64(binary.BigEndian.Uint32(b[:]))}, uint8(p.Bits())})
	} else {
		b := a.As16()
		l.nets6 = append(l.nets6, network{upperLower{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}, uint8(p.Bits())})
	}
	return true
}

// domain takes a name; false: it is none, or a whole top-level domain.
func (l *reading) domain(name []byte) bool {
	lower(name)
	name = bytes.TrimPrefix(bytes.TrimPrefix(name, []byte("*")), []byte("."))
	name = bytes.TrimSuffix(name, []byte("."))
	if len(name) > maxDomain {
		return false
	}
	labels, length, digits := 1, 0, true
	for _, c := range name {
		switch {
		case c == '.' && length == 0:
			return false
		case c == '.':
			labels, length, digits = labels+1, 0, true
			continue
		case c >= '0' && c <= '9':
		case c >= 'a' && c <= 'z', c == '-', c == '_':
			digits = false
		default:
			return false
		}
		if length++; length > 63 {
			return false
		}
	}
	if labels < 2 || length == 0 || digits {
		return false
	}
	l.Entries++
	l.add(name)
	return true
}
