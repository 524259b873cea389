package send

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"strconv"

	"linklog/capture"
)

// Messages makes the texts of messages with sensible values. What it makes depends
// on the seed and on the forms asked for, in their order, and on nothing else. It
// must be used by one goroutine at a time.
type Messages struct{ random *rand.Rand }

// NewMessages returns Messages that begin with the given seed.
func NewMessages(seed uint64) *Messages {
	return &Messages{rand.New(rand.NewPCG(seed, 0x6c696e6b6c6f67))}
}

// Append appends a message of the form to dst; it allocates nothing if there is
// room. For a Form that is none it appends nothing.
func (m *Messages) Append(dst []byte, f Form) []byte {
	start := len(dst)
	switch f {
	case New:
		dst = m.attempt().appendNew(dst, plain)
	case NewNamed, NoDot:
		dst = m.attempt().appendNew(dst, named)
	case NewWAN:
		a := m.attemptFrom(capture.In)
		a.dst, a.dstName = wan, nameWAN
		dst = a.appendNew(dst, named)
	case Old, OldNamed:
		dst = m.attempt().appendOld(dst, f == OldNamed)
	case WANDHCP:
		dst = m.outside().AppendTo(append(dst, "WAN IP = "...))
	case WANPPPoE:
		dst = m.outside().AppendTo(append(dst, "IP="...))
	case WANIs:
		dst = m.outside().AppendTo(append(dst, "WAN(DHCP) IP is "...))
	case Ready:
		dst = append(dst, "System is ready"...)
	case WarmStart:
		dst = append(dst, "System is warm start"...)
	case Firmware:
		dst = append(dst, "Firmware Version : 1.0"...)
		dst = strconv.AppendInt(dst, m.random.Int64N(10), 10)
		dst = append(dst, '.')
		dst = strconv.AppendInt(dst, 10+m.random.Int64N(90), 10)
		dst = append(dst, ", Oct 21 2003"...)
	case Login:
		dst = m.inside().AppendTo(append(dst, "Login: admin from "...))
	case UpperCase:
		dst = m.attempt().appendNew(dst, plain)
		copy(dst[start:], bytes.ToUpper(dst[start:]))
	case Blanks:
		dst = spread(m.attempt().appendNew(dst, plain), start)
	case NUL, CRLF, Dot:
		dst = m.attempt().appendNew(dst, plain)
	case Junk:
		dst = append(dst, "\x05\xff[@] "...)
		dst = m.attempt().appendNew(dst, plain)
	case EmptyName:
		dst = m.attempt().appendNew(dst, bracketed)
	case NamePort:
		dst = m.attempt().appendNew(dst, nameOnly)
	case IPv6:
		a := m.attempt()
		a.src, a.dst = inIPv6(a.src), inIPv6(a.dst)
		dst = a.appendNew(dst, plain)
	case ICMP:
		dst = m.portless("ICMP").appendNew(dst, plain)
	case GRE:
		dst = m.portless("GRE").appendNew(dst, plain)
	case ProtoNumber:
		dst = m.portless("50").appendNew(dst, plain) // ESP
	}
	return append(dst, endings[f]...)
}

// endings is what messages of a form end with.
var endings = [len(forms)]string{
	NewNamed: ".", NewWAN: ".", Old: ".", OldNamed: ".", WANPPPoE: ".", NUL: "\x00", CRLF: "\r\n", Dot: ".",
	Junk: ".", EmptyName: ".", NamePort: ".", IPv6: ".", ICMP: ".", GRE: ".",
}

// wan is the router's own address.
var wan = netip.AddrFrom4([4]byte{198, 51, 100, 120})

// attempt is a connection attempt.
type attempt struct {
	dir              capture.Direction
	proto            string
	src, dst         netip.Addr
	srcPort, dstPort uint16
	srcName, dstName name
	portless         bool
}

// attempt draws an attempt in or out.
func (m *Messages) attempt() attempt {
	return m.attemptFrom(capture.In + capture.Direction(m.random.IntN(2)))
}

func (m *Messages) attemptFrom(dir capture.Direction) attempt {
	list := wanted[:]
	if dir == capture.In {
		list = scanned[:]
	}
	service := list[m.random.IntN(len(list))]
	a := attempt{dir: dir, proto: service.proto, srcPort: uint16(49152 + m.random.IntN(65536-49152)), dstPort: service.port}
	inside, outside := m.inside(), m.outside()
	if dir == capture.In {
		a.src, a.srcName, a.dst = outside, nameOf(outside), inside
	} else {
		a.src, a.dst, a.dstName = inside, outside, nameOf(outside)
	}
	return a
}

func (m *Messages) portless(proto string) attempt {
	a := m.attempt()
	a.proto, a.portless = proto, true
	return a
}

// inside draws one of a dozen devices.
func (m *Messages) inside() netip.Addr {
	return netip.AddrFrom4([4]byte{192, 168, 1, byte(10 + m.random.IntN(12))})
}

// outside draws one of the 507 hosts that are not the router.
func (m *Messages) outside() netip.Addr {
	for {
		network := [3]byte{203, 0, 113}
		if m.random.IntN(2) == 0 {
			network = [3]byte{198, 51, 100}
		}
		a := netip.AddrFrom4([4]byte{network[0], network[1], network[2], byte(1 + m.random.IntN(254))})
		if a != wan {
			return a
		}
	}
}

// inIPv6 gives the address that stands for an IPv4 one: 2001:db8::/64 inside,
// 2001:db8:1::/64 outside.
func inIPv6(a netip.Addr) netip.Addr {
	b := [16]byte{0x20, 0x01, 0x0d, 0xb8}
	four := a.As4()
	if four[0] != 192 {
		b[5] = 1
		copy(b[12:], four[:])
	}
	b[15] = four[3]
	return netip.AddrFrom16(b)
}

type service struct {
	proto string
	port  uint16
}

// scanned is what comes in from outside: what scanners try.
var scanned = [...]service{
	{"TCP", 22}, {"TCP", 23}, {"TCP", 80}, {"TCP", 135}, {"TCP", 443}, {"TCP", 445}, {"TCP", 1433}, {"TCP", 3389}, {"TCP", 5900}, {"TCP", 8080},
	{"UDP", 53}, {"UDP", 123}, {"UDP", 161}, {"UDP", 1900}, {"UDP", 5060}, {"UDP", 27960},
}

// wanted is what goes out: what devices at home use.
var wanted = [...]service{
	{"TCP", 443}, {"TCP", 443}, {"TCP", 443}, {"TCP", 80}, {"TCP", 993}, {"TCP", 587}, {"TCP", 5223}, {"TCP", 5228},
	{"UDP", 443}, {"UDP", 443}, {"UDP", 53}, {"UDP", 53}, {"UDP", 123}, {"UDP", 3478},
}

// name is the name of an outer host: the same one for the same address. It is a
// number, and becomes letters only where it is sent.
type name uint8

const (
	nameless name = 0
	nameWAN  name = 255 // of the router itself
)

func nameOf(outside netip.Addr) name { return name(outside.As4()[3]) } // 1 to 254

var words = [...]string{"www", "cdn", "mail", "dns", "ntp", "api", "img", "push", "static", "my-pc", "voip", "node_a"}

func (n name) appendTo(dst []byte) []byte {
	if n == nameWAN {
		return append(dst, "WAN"...)
	}
	dst = append(dst, words[int(n)%len(words)]...)
	dst = strconv.AppendUint(dst, uint64(n), 10)
	return append(dst, ".example"...)
}

// style is how the hosts of a message of the new form are written.
type style uint8

const (
	plain     style = iota // ip:port
	named                  // name(ip):port where there is a name
	bracketed              // (ip):port
	nameOnly               // name:port where there is a name
)

func (a attempt) appendNew(dst []byte, s style) []byte {
	dst = a.appendDirection(dst)
	dst = append(append(dst, a.proto...), " from "...)
	dst = a.appendHost(dst, s, a.src, a.srcName, a.srcPort)
	dst = append(dst, " to "...)
	return a.appendHost(dst, s, a.dst, a.dstName, a.dstPort)
}

func (a attempt) appendDirection(dst []byte) []byte {
	dst = append(append(dst, '@'), a.dir.String()...)
	return append(dst, ' ')
}

func (a attempt) appendHost(dst []byte, s style, addr netip.Addr, n name, port uint16) []byte {
	switch {
	case s == bracketed, s == named && n != nameless:
		if s == named {
			dst = n.appendTo(dst)
		}
		dst = append(addr.AppendTo(append(dst, '(')), ')')
	case s == nameOnly && n != nameless:
		dst = n.appendTo(dst)
	case addr.Is6():
		dst = append(addr.AppendTo(append(dst, '[')), ']')
	default:
		dst = addr.AppendTo(dst)
	}
	if a.portless {
		return dst
	}
	return strconv.AppendUint(append(dst, ':'), uint64(port), 10)
}

func (a attempt) appendOld(dst []byte, nameOnly bool) []byte {
	dst = a.appendDirection(dst)
	dst = appendOldHost(dst, nameOnly, a.src, a.srcName, a.srcPort)
	return appendOldHost(append(dst, ' '), nameOnly, a.dst, a.dstName, a.dstPort)
}

func appendOldHost(dst []byte, nameOnly bool, addr netip.Addr, n name, port uint16) []byte {
	if nameOnly && n != nameless {
		dst = n.appendTo(dst)
	} else {
		dst = addr.AppendTo(dst)
	}
	return strconv.AppendUint(append(dst, ' '), uint64(port), 10)
}

// spread makes each blank from start on four of two kinds.
func spread(b []byte, start int) []byte {
	const wide = " \t  "
	end := len(b)
	n := bytes.Count(b[start:], []byte{' '}) * (len(wide) - 1)
	for range n {
		b = append(b, 0)
	}
	for i, at := end-1, len(b); i >= start; i-- {
		if b[i] == ' ' {
			at -= len(wide)
			copy(b[at:], wide)
		} else {
			at--
			b[at] = b[i]
		}
	}
	return b
}
