package router

import (
	"math/bits"

	"linklog/capture"
	"linklog/capture/syslog"
	"linklog/phrase"
)

// filterlog reads the comma-separated lines of pfSense and OPNsense
// (https://docs.netgate.com/pfsense/en/latest/monitoring/logs/raw-filter-format.html):
//
//	filterlog[12345]: 5,,,1000000103,igb0,match,block,in,4,0x0,,245,54321,0,none,6,tcp,40,203.0.113.9,198.51.100.7,45123,23,…
//
// The number of the rule, its tracker and the interface become the text.
func (r *Reader) filterlog(ev *capture.Event, h *syslog.Header) (bool, error) {
	if h.Program != "filterlog" {
		return false, nil
	}
	const (
		number, tracker, iface, action, dir, version = 0, 3, 4, 6, 7, 8
		proto4, src4                                 = 16, 18
		proto6, src6                                 = 12, 15
	)
	var f commas
	f.cut(h.Message)
	proto, src := proto4, src4
	switch {
	case f.n <= version:
		return true, Malformed(phrase.Say("not of the form of filterlog: {{.Count}} fields", "Count", f.n))
	case f.at(version) == "6":
		proto, src = proto6, src6
	case f.at(version) != "4":
		return true, Malformed(phrase.Say("neither IPv4 nor IPv6: {{.Text}}", "Text", Quoted(f.at(version))))
	}
	if f.n < src+2 {
		return true, withoutAddresses()
	}
	ev.Kind = capture.Traffic
	id := tracker // it stays the same when rules are moved
	if t := f.at(tracker); t == "" || t == "0" {
		id = number
	}
	name := f.line[f.begin(id):f.end[action]]
	said := r.pfRules.of(name)
	if said == nil {
		said = r.pfRules.add(name, r.join(f.at(iface), " rule ", f.at(id)), capture.VerdictOf(f.at(action)))
	}
	ev.Text, ev.Verdict = said.text, said.verdict
	var ok bool
	if ev.Src.Addr, ok = Address(f.at(src)); !ok {
		return true, notAddress(f.at(src))
	}
	if ev.Dst.Addr, ok = Address(f.at(src + 1)); !ok {
		return true, notAddress(f.at(src + 1))
	}
	var err error
	if ev.Proto, err = Protocol(f.at(proto)); err != nil {
		if ev.Proto, err = Protocol(f.at(proto + 1)); err != nil { // IPv6: the number
			return true, err
		}
	}
	if HasPorts(ev.Proto) {
		if f.n < src+4 {
			return true, cutOff(phrase.Say("cut off before its ports"))
		}
		if err = Port(&ev.Src, f.at(src+2)); err != nil {
			return true, err
		}
		if err = Port(&ev.Dst, f.at(src+3)); err != nil {
			return true, err
		}
	}
	if f.at(dir) == "in" {
		r.in = f.at(iface)
	}
	switch from, to := inside(ev.Src.Addr), inside(ev.Dst.Addr); {
	case from && !to:
		ev.Dir = capture.Out
	case !from && to:
		ev.Dir = capture.In
	case f.at(dir) == "out":
		ev.Dir = capture.Out
	default: // it came in at an interface: from the house, if that is the house's
		ev.Dir = capture.In
		if from || homeInterface(f.at(iface)) {
			ev.Dir = capture.Out
		}
	}
	return true, nil
}

// commas are the fields of a line with commas between them, those that are needed.
type commas struct {
	line string
	n    int        // how many there are, at most maxFields
	end  [32]uint32 // of each, the place of its comma; a power of two needs no check of bounds
}

// maxFields are all up to the ports behind the addresses.
const maxFields = 22

// cut finds the fields, of eight characters at once as long as there are so many. At its end it
// has no branch at a comma: the processor could only guess.
func (f *commas) cut(line string) {
	f.line = line
	n := uint(0)
	i := 0
	for ; i+8 <= len(line) && n < maxFields; i += 8 {
		const each = 0x01_01_01_01_01_01_01_01
		others := eight(line[i:i+8]) ^ ','*each // 0 where a comma is
		for at := ^(others&(0x7f*each) + 0x7f*each | others) & (0x80 * each); at != 0; at &= at - 1 {
			f.end[n%uint(len(f.end))] = uint32(i + bits.TrailingZeros64(at)/8)
			n++
		}
	}
	n = min(n, maxFields)
	for ; i < len(line) && n < maxFields; i++ {
		f.end[n%uint(len(f.end))] = uint32(i)
		if line[i] == ',' {
			n++
		}
	}
	if n < maxFields {
		f.end[n] = uint32(len(line))
		n++
	}
	f.n = int(n)
}

// eight are the first characters of a text as a number, of which the first is the lowest byte.
func eight(s string) uint64 {
	s = s[:8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// begin is where a field begins.
func (f *commas) begin(field int) uint32 {
	if field == 0 {
		return 0
	}
	return f.end[field-1] + 1
}

// at is a field.
func (f *commas) at(field int) string { return f.line[f.begin(field):f.end[field]] }
