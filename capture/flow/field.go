package flow

import (
	"encoding/binary"
	"math"
	"net/netip"
	"time"

	"linklog/capture"
)

// kind is what the field of a template means to us.
type kind uint8

// The kinds. Of those that say the same in different ways (see says) the later is better.
const (
	ignored kind = iota
	src4
	dst4
	src6
	dst6
	srcPort
	dstPort
	protocol
	flags
	input
	output
	icmp
	icmp6
	icmpType
	icmp6Type
	icmpCode
	icmp6Code
	egress
	forwarding
	firewall
	initiator
	end

	postBytes // as they left
	totalBytes
	initiatorBytes
	deltaBytes
	postPackets
	totalPackets
	initiatorPackets
	deltaPackets

	firstUptime
	firstSeconds
	firstNano // NTP's form of a time; so is firstMicro
	firstMicro
	firstMilli
	firstAgo // microseconds before the message
	lastUptime
	lastSeconds
	lastNano
	lastMicro
	lastMilli
	lastAgo

	reverseTotalBytes
	reverseBytes
	reverseTotalPackets
	reversePackets
	reverseFlags
	reverseFirstMilli
	reverseLastMilli

	postSrc4
	postDst4
	postSrc6
	postDst6
	postSrcPort
	postDstPort

	boot
	interval
	sampler
	sampledPackets
	skippedPackets
	sampledOf
	population
	probability
	kinds
)

// reversed is the enterprise whose elements are those of IANA, of the way back (RFC 5103).
const reversed = 29305

// kindOf finds what an information element means. NetFlow 9 has the numbers that IPFIX
// took over from it. What has a length that we cannot read is ignored.
func kindOf(enterprise uint32, element, length uint16) kind {
	k := ignored
	switch enterprise {
	case 0:
		k = kindOfElement(element)
	case reversed:
		k = kindOfReverse(element)
	}
	switch k {
	case src4, dst4, postSrc4, postDst4:
		if length != 4 {
			return ignored
		}
	case src6, dst6, postSrc6, postDst6:
		if length != 16 {
			return ignored
		}
	case firstNano, firstMicro, lastNano, lastMicro:
		if length != 8 {
			return ignored
		}
	case probability:
		if length != 4 && length != 8 {
			return ignored
		}
	default:
		if length == 0 || length > 8 {
			return ignored
		}
	}
	return k
}

func kindOfElement(element uint16) kind {
	switch element {
	case 1:
		return deltaBytes
	case 2:
		return deltaPackets
	case 4:
		return protocol
	case 6:
		return flags
	case 7:
		return srcPort
	case 8:
		return src4
	case 10:
		return input
	case 11:
		return dstPort
	case 12:
		return dst4
	case 14:
		return output
	case 21:
		return lastUptime
	case 22:
		return firstUptime
	case 23:
		return postBytes
	case 24:
		return postPackets
	case 27:
		return src6
	case 28:
		return dst6
	case 32:
		return icmp
	case 34, 50:
		return interval
	case 48, 302:
		return sampler
	case 61:
		return egress
	case 85:
		return totalBytes
	case 86:
		return totalPackets
	case 89:
		return forwarding
	case 136:
		return end
	case 139:
		return icmp6
	case 150:
		return firstSeconds
	case 151:
		return lastSeconds
	case 152:
		return firstMilli
	case 153:
		return lastMilli
	case 154:
		return firstMicro
	case 155:
		return lastMicro
	case 156:
		return firstNano
	case 157:
		return lastNano
	case 158:
		return firstAgo
	case 159:
		return lastAgo
	case 160:
		return boot
	case 176:
		return icmpType
	case 177:
		return icmpCode
	case 178:
		return icmp6Type
	case 179:
		return icmp6Code
	case 225:
		return postSrc4
	case 226:
		return postDst4
	case 227:
		return postSrcPort
	case 228:
		return postDstPort
	case 231:
		return initiatorBytes
	case 232:
		return reverseBytes // of the responder
	case 233:
		return firewall
	case 239:
		return initiator
	case 281:
		return postSrc6
	case 282:
		return postDst6
	case 298:
		return initiatorPackets
	case 299:
		return reversePackets
	case 305:
		return sampledPackets
	case 306:
		return skippedPackets
	case 309:
		return sampledOf
	case 310:
		return population
	case 311:
		return probability
	}
	return ignored
}

func kindOfReverse(element uint16) kind {
	switch element {
	case 1:
		return reverseBytes
	case 2:
		return reversePackets
	case 6:
		return reverseFlags
	case 85:
		return reverseTotalBytes
	case 86:
		return reverseTotalPackets
	case 152:
		return reverseFirstMilli
	case 153:
		return reverseLastMilli
	}
	return ignored
}

// says is the first of the kinds that say the same as k, of which a record keeps one.
func (k kind) says() kind {
	switch k {
	case postBytes, totalBytes, initiatorBytes, deltaBytes:
		return postBytes
	case postPackets, totalPackets, initiatorPackets, deltaPackets:
		return postPackets
	case firstUptime, firstSeconds, firstNano, firstMicro, firstMilli, firstAgo:
		return firstUptime
	case lastUptime, lastSeconds, lastNano, lastMicro, lastMilli, lastAgo:
		return lastUptime
	case reverseTotalBytes, reverseBytes:
		return reverseTotalBytes
	case reverseTotalPackets, reversePackets:
		return reverseTotalPackets
	}
	return k
}

// better reports whether k is to be read and other is not. In NetFlow 9 uptimes need no
// clock that is right.
func (k kind) better(other kind, version uint8) bool {
	if uptime := k.says(); version == 9 && (uptime == firstUptime || uptime == lastUptime) {
		if k == uptime || other == uptime {
			return k == uptime
		}
	}
	return k > other
}

// field is a part of a record that is read.
type field struct {
	kind   kind
	offset uint16 // in a record of fixed length
	length uint16 // variable: the record says
}

// variable is the length of fields whose length stands in the record.
const variable = 0xffff

// number reads up to 8 bytes. IPFIX leaves out upper bytes that are 0.
func number(b []byte) uint64 {
	switch len(b) {
	case 4:
		return uint64(binary.BigEndian.Uint32(b))
	case 2:
		return uint64(binary.BigEndian.Uint16(b))
	case 1:
		return uint64(b[0])
	case 8:
		return binary.BigEndian.Uint64(b)
	}
	n := uint64(0)
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

// sample is what a record says about sampling.
type sample struct {
	sampler                   uint64
	named                     bool // by its sampler
	interval                  uint64
	sampled, skipped, of, all uint64
	probability               float64
}

// rate is how many packets passed for each that was counted; 0: it does not say.
func (s *sample) rate() uint32 {
	rate := float64(s.interval)
	switch {
	case s.interval > 0:
	case s.sampled > 0:
		rate = (float64(s.sampled) + float64(s.skipped)) / float64(s.sampled)
	case s.of > 0:
		rate = float64(s.all) / float64(s.of)
	case s.probability > 0 && s.probability <= 1:
		rate = 1 / s.probability
	}
	return uint32(min(math.Round(rate), math.MaxUint32))
}

// field reads b into the record of the decoder. ok is false for a time that cannot be.
func (d *Decoder) field(k kind, b []byte) (ok bool) {
	r, m := &d.record, &d.message
	ok = true
	switch k {
	case src4:
		setAddr(&r.Src, netip.AddrFrom4([4]byte(b)))
	case dst4:
		setAddr(&r.Dst, netip.AddrFrom4([4]byte(b)))
	case src6:
		setAddr(&r.Src, netip.AddrFrom16([16]byte(b)).Unmap())
	case dst6:
		setAddr(&r.Dst, netip.AddrFrom16([16]byte(b)).Unmap())
	case postSrc4:
		setPostAddr(&r.PostSrc, netip.AddrFrom4([4]byte(b)))
	case postDst4:
		setPostAddr(&r.PostDst, netip.AddrFrom4([4]byte(b)))
	case postSrc6:
		setPostAddr(&r.PostSrc, netip.AddrFrom16([16]byte(b)).Unmap())
	case postDst6:
		setPostAddr(&r.PostDst, netip.AddrFrom16([16]byte(b)).Unmap())
	case firstMicro:
		r.First, ok = m.at(ntp(b, false))
	case firstNano:
		r.First, ok = m.at(ntp(b, true))
	case lastMicro:
		r.Last, ok = m.at(ntp(b, false))
	case lastNano:
		r.Last, ok = m.at(ntp(b, true))
	case probability:
		if len(b) == 4 {
			d.sample.probability = float64(math.Float32frombits(binary.BigEndian.Uint32(b)))
		} else {
			d.sample.probability = math.Float64frombits(binary.BigEndian.Uint64(b))
		}
	default:
		return d.number(k, number(b))
	}
	return ok
}

// number sets what is a number.
func (d *Decoder) number(k kind, n uint64) (ok bool) {
	r, m := &d.record, &d.message
	ok = true
	switch k {
	case srcPort:
		r.Src = netip.AddrPortFrom(r.Src.Addr(), uint16(n))
	case dstPort:
		r.Dst = netip.AddrPortFrom(r.Dst.Addr(), uint16(n))
	case postSrcPort:
		r.PostSrc = netip.AddrPortFrom(r.PostSrc.Addr(), uint16(n))
	case postDstPort:
		r.PostDst = netip.AddrPortFrom(r.PostDst.Addr(), uint16(n))
	case protocol:
		r.Proto = capture.Protocol(n)
	case flags:
		r.Flags = uint8(n)
	case input:
		r.Input = uint32(n)
	case output:
		r.Output = uint32(n)
	case icmp, icmp6:
		if n != 0 { // one of two for the two versions of IP
			r.ICMP = uint16(n)
		}
	case icmpType, icmp6Type:
		r.ICMP |= uint16(n) << 8
	case icmpCode, icmp6Code:
		r.ICMP |= uint16(n) & 0xff
	case egress:
		r.Egress = n == 1
	case forwarding:
		r.Forwarding = Forwarding(n)
	case firewall:
		r.Firewall = Firewall(n)
	case initiator:
		r.Initiator = Initiator(n)
	case end:
		r.End = End(n)
	case deltaBytes, postBytes, totalBytes, initiatorBytes:
		r.Bytes = n
	case deltaPackets, postPackets, totalPackets, initiatorPackets:
		r.Packets = n
	case reverseBytes, reverseTotalBytes:
		r.Reverse.Bytes = n
	case reversePackets, reverseTotalPackets:
		r.Reverse.Packets = n
	case reverseFlags:
		r.Reverse.Flags = uint8(n)
	case firstUptime:
		r.First, ok = d.since(n)
	case lastUptime:
		r.Last, ok = d.since(n)
	case firstSeconds:
		r.First, ok = m.at(scaled(n, time.Second))
	case lastSeconds:
		r.Last, ok = m.at(scaled(n, time.Second))
	case firstMilli:
		r.First, ok = m.at(scaled(n, time.Millisecond))
	case lastMilli:
		r.Last, ok = m.at(scaled(n, time.Millisecond))
	case reverseFirstMilli:
		r.Reverse.First, ok = m.at(scaled(n, time.Millisecond))
	case reverseLastMilli:
		r.Reverse.Last, ok = m.at(scaled(n, time.Millisecond))
	case firstAgo:
		r.First, ok = m.ago(scaled(n, time.Microsecond))
	case lastAgo:
		r.Last, ok = m.ago(scaled(n, time.Microsecond))
	case boot:
		m.boot = int64(min(n, math.MaxInt64))
	case interval:
		d.sample.interval = n
	case sampler:
		d.sample.sampler, d.sample.named = n, true
	case sampledPackets:
		d.sample.sampled = n
	case skippedPackets:
		d.sample.skipped = n
	case sampledOf:
		d.sample.of = n
	case population:
		d.sample.all = n
	}
	return ok
}

// since is the time of a packet at an uptime, which IPFIX has no other word for than when
// the exporter was started. If that is not known, nor is the time.
func (d *Decoder) since(uptime uint64) (t time.Time, ok bool) {
	m := &d.message
	switch {
	case m.version == 9:
		return m.since(uint32(uptime))
	case m.boot == 0:
		return time.Time{}, true
	}
	up := uint32(m.export/int64(time.Millisecond) - m.boot)
	return m.at(m.export - int64(int32(up-uint32(uptime)))*int64(time.Millisecond)) // also if it began anew
}

// scaled is a time or a duration in nanoseconds; of one that has no such number, one that
// is no time of a packet.
func scaled(n uint64, unit time.Duration) int64 {
	if n > math.MaxInt64/4/uint64(unit) {
		return math.MaxInt64 / 4
	}
	return int64(n) * int64(unit)
}

// ntp reads a time as of NTP (RFC 5905), in nanoseconds since 1970: seconds since 1900 and
// a fraction, of which for microseconds the lower 11 bits are not used (RFC 7011, 6.1.9).
func ntp(b []byte, nano bool) int64 {
	const from1900 = 2_208_988_800
	seconds, fraction := int64(binary.BigEndian.Uint32(b)), uint64(binary.BigEndian.Uint32(b[4:]))
	if seconds < 1<<31 { // since 2036
		seconds += 1 << 32
	}
	if !nano {
		fraction &^= 1<<11 - 1
	}
	return (seconds-from1900)*int64(time.Second) + int64(fraction*uint64(time.Second)>>32)
}

// setAddr sets the address of an end. A template may have both versions of IP, of which
// one is all zeros.
func setAddr(end *netip.AddrPort, addr netip.Addr) {
	if !end.Addr().IsValid() || !addr.IsUnspecified() {
		*end = netip.AddrPortFrom(addr, end.Port())
	}
}

func setPostAddr(end *netip.AddrPort, addr netip.Addr) {
	if !addr.IsUnspecified() {
		*end = netip.AddrPortFrom(addr, end.Port())
	}
}
