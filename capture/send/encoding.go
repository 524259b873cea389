package send

import (
	"net/netip"

	"linklog/capture/snmp"
)

// PDU is the way a message is carried.
type PDU uint8

const (
	TrapV1 PDU = iota // SNMPv1 Trap (RFC 1157), what routers send
	TrapV2            // SNMPv2 Trap (RFC 3416)
	Inform            // SNMPv2 INFORM (RFC 3416), which is answered
)

// Encoding says how a text is made a datagram. The zero value is the way of most
// routers, byte for byte but for Uptime.
type Encoding struct {
	PDU PDU

	// Minimal takes the shortest length fields. Most routers do not: they write
	// 82 00 2B where 2B would do.
	Minimal bool

	Community  string // "": "public"
	Enterprise OID    // who sends; "": LinksysText
	Name       OID    // of the text; "": LinksysText

	// Agent is the address a TrapV1 says it comes from; invalid: 192.168.1.1. It
	// cannot be an IPv6 address: 0.0.0.0 then (RFC 2576, 3.1).
	Agent netip.Addr

	// Uptime is the time since the router's start, in 1/100 s.
	Uptime uint32

	// RequestID numbers a TrapV2 or Inform; of 32 bits, the highest is not sent.
	RequestID uint32
}

// Fixed numbers of the encoding.
const (
	enterpriseSpecific = 6 // generic-trap
	specific           = 1 // specific-trap
)

// AppendTrap appends to dst the datagram that carries the text; it allocates nothing
// if there is room. What does not fit into a datagram is found out by whoever sends
// it.
func AppendTrap[T string | []byte](dst []byte, e *Encoding, text T) []byte {
	w := writer{e: *e}
	w.complete()
	if e.PDU == TrapV1 {
		return appendV1(dst, &w, text)
	}
	return appendV2(dst, &w, text)
}

// writer knows the sizes of elements, since a length comes before what it measures.
type writer struct{ e Encoding }

// complete fills in the defaults.
func (w *writer) complete() {
	if w.e.Community == "" {
		w.e.Community = "public"
	}
	if w.e.Enterprise == "" {
		w.e.Enterprise = LinksysText
	}
	if w.e.Name == "" {
		w.e.Name = LinksysText
	}
	switch a := w.e.Agent.Unmap(); {
	case !a.IsValid():
		w.e.Agent = netip.AddrFrom4([4]byte{192, 168, 1, 1})
	case a.Is6():
		w.e.Agent = netip.IPv4Unspecified()
	default:
		w.e.Agent = a
	}
	w.e.RequestID &= 1<<31 - 1
}

func appendV1[T string | []byte](dst []byte, w *writer, text T) []byte {
	bind := w.bindSize(len(text))
	list := w.size(bind)
	pdu := short(len(w.e.Enterprise)) + short(4) + short(1) + short(1) + short(ticksSize(w.e.Uptime)) + w.size(list)
	dst = w.message(dst, 0, pdu)
	dst = w.open(dst, snmp.TagTrapV1, pdu)
	dst = appendElement(dst, snmp.TagOID, w.e.Enterprise)
	agent := w.e.Agent.As4()
	dst = append(append(dst, snmp.TagIPAddress, 4), agent[:]...)
	dst = append(dst, snmp.TagInteger, 1, enterpriseSpecific, snmp.TagInteger, 1, specific)
	dst = appendTicks(dst, w.e.Uptime)
	dst = w.open(dst, snmp.TagSequence, list)
	return appendBind(dst, w, bind, text)
}

func appendV2[T string | []byte](dst []byte, w *writer, text T) []byte {
	// The trap's own OID is made of the enterprise as RFC 2576, 3.1 has it.
	const suffix = "\x00\x01" // 0, specific
	upBind := short(len(sysUpTime)) + short(ticksSize(w.e.Uptime))
	trapOID := len(w.e.Enterprise) + len(suffix)
	oidBind := short(len(snmpTrapOID)) + short(trapOID)
	bind := w.bindSize(len(text))
	list := w.size(upBind) + w.size(oidBind) + w.size(bind)
	pdu := short(integerSize(w.e.RequestID)) + short(1) + short(1) + w.size(list)
	dst = w.message(dst, 1, pdu)
	tag := byte(snmp.TagTrapV2)
	if w.e.PDU == Inform {
		tag = snmp.TagInform
	}
	dst = w.open(dst, tag, pdu)
	dst = appendInteger(dst, snmp.TagInteger, w.e.RequestID, integerSize(w.e.RequestID))
	dst = append(dst, snmp.TagInteger, 1, 0, snmp.TagInteger, 1, 0) // error-status, error-index
	dst = w.open(dst, snmp.TagSequence, list)
	dst = w.open(dst, snmp.TagSequence, upBind)
	dst = appendElement(dst, snmp.TagOID, sysUpTime)
	dst = appendTicks(dst, w.e.Uptime)
	dst = w.open(dst, snmp.TagSequence, oidBind)
	dst = appendElement(dst, snmp.TagOID, snmpTrapOID)
	dst = appendLength(append(dst, snmp.TagOID), trapOID)
	dst = append(append(dst, w.e.Enterprise...), suffix...)
	return appendBind(dst, w, bind, text)
}

// message begins a message of the given version around a PDU with pdu bytes of
// content.
func (w *writer) message(dst []byte, version byte, pdu int) []byte {
	dst = w.open(dst, snmp.TagSequence, short(1)+short(len(w.e.Community))+w.size(pdu))
	dst = append(dst, snmp.TagInteger, 1, version)
	return appendElement(dst, snmp.TagString, w.e.Community)
}

func (w *writer) bindSize(text int) int { return short(len(w.e.Name)) + w.size(text) }

func appendBind[T string | []byte](dst []byte, w *writer, size int, text T) []byte {
	dst = w.open(dst, snmp.TagSequence, size)
	dst = appendElement(dst, snmp.TagOID, w.e.Name)
	dst = w.open(dst, snmp.TagString, len(text))
	return append(dst, text...)
}

// open writes the tag and length of an element whose length routers write in three
// bytes: those that hold others, and the text.
func (w *writer) open(dst []byte, tag byte, n int) []byte {
	dst = append(dst, tag)
	if w.e.Minimal || n > 0xffff {
		return appendLength(dst, n)
	}
	return append(dst, 0x82, byte(n>>8), byte(n))
}

// size is the size of such an element with n bytes of content.
func (w *writer) size(n int) int {
	if w.e.Minimal || n > 0xffff {
		return short(n)
	}
	return 4 + n
}

// short is the size of an element with n bytes of content and the shortest length.
func short(n int) int {
	switch {
	case n < 0x80:
		return 2 + n
	case n < 0x100:
		return 3 + n
	case n < 0x1_0000:
		return 4 + n
	case n < 0x100_0000:
		return 5 + n
	}
	return 6 + n
}

func appendLength(dst []byte, n int) []byte {
	switch {
	case n < 0x80:
		return append(dst, byte(n))
	case n < 0x100:
		return append(dst, 0x81, byte(n))
	case n < 0x1_0000:
		return append(dst, 0x82, byte(n>>8), byte(n))
	case n < 0x100_0000:
		return append(dst, 0x83, byte(n>>16), byte(n>>8), byte(n))
	}
	return append(dst, 0x84, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}

func appendElement[T ~string](dst []byte, tag byte, content T) []byte {
	return append(appendLength(append(dst, tag), len(content)), content...)
}

// integerSize is how many bytes n takes; there must be room for the sign.
func integerSize(n uint32) int {
	size := 1
	for n >= 0x80 {
		n >>= 8
		size++
	}
	return size
}

// ticksSize is at least 4: routers write all bytes of a time.
func ticksSize(n uint32) int { return max(4, integerSize(n)) }

func appendTicks(dst []byte, n uint32) []byte {
	return appendInteger(dst, snmp.TagTimeTicks, n, ticksSize(n))
}

func appendInteger(dst []byte, tag byte, n uint32, size int) []byte {
	dst = append(dst, tag, byte(size))
	for i := size - 1; i >= 0; i-- {
		dst = append(dst, byte(uint64(n)>>(8*i)))
	}
	return dst
}
