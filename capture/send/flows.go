package send

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"strings"
	"time"

	"linklog/capture"
)

// Exporter plays a router that exports flows. Each datagram has the flows of one connection
// that just ended: of one that was answered, both ways. It must be used by one goroutine at
// a time.
type Exporter struct {
	name     string
	version  uint16
	random   *rand.Rand
	started  time.Time // of the router; its uptime counts from there
	sequence uint32
	sent     int // datagrams
}

// exporters are the versions of flows.
var exporters = [...]struct {
	name, help string
	version    uint16
}{
	{"netflow5", "flows: NetFlow version 5", 5},
	{"netflow9", "flows: NetFlow version 9", 9},
	{"ipfix", "flows: IPFIX", 10},
}

// ExporterInfo tells of a version of flows.
type ExporterInfo struct{ Name, Help string }

// Exporters lists the versions of flows that can be sent.
func Exporters() (infos []ExporterInfo) {
	for _, e := range exporters {
		infos = append(infos, ExporterInfo{e.name, e.help})
	}
	return infos
}

// NewExporter returns an Exporter for flows of the named version, whose numbers of bytes and
// packets depend on the seed.
func NewExporter(name string, seed uint64) (e *Exporter, ok bool) {
	for _, v := range exporters {
		if v.name == strings.ToLower(name) {
			return &Exporter{name: v.name, version: v.version, random: rand.New(rand.NewPCG(seed, 0x666c6f7773))}, true
		}
	}
	return nil, false
}

// Name is the version's, as NewExporter takes it.
func (e *Exporter) Name() string { return e.name }

// Append appends a datagram about a connection that m makes up, which ended at a time.
func (e *Exporter) Append(dst []byte, m *Messages, at time.Time) []byte {
	a := m.attempt()
	return e.attempt(dst, &a, at)
}

// AppendFlows appends a datagram about the next connection.
func (d *Demo) AppendFlows(dst []byte, e *Exporter, at time.Time) []byte {
	for {
		k, ok := d.next()
		if !ok { // the router starts, which is no flow
			continue
		}
		a := k.attempt()
		return e.attempt(dst, &a, at)
	}
}

// sentFlow is what went one way.
type sentFlow struct {
	src, dst         netip.Addr
	srcPort, dstPort uint16
	proto, flags     byte
	bytes, packets   uint32
	began, ended     time.Time
	in, out          uint16 // interfaces
}

// The interfaces of the router.
const (
	homeInterface    = 1
	outsideInterface = 2
)

// Flags of TCP.
const (
	flagFIN = 1 << iota
	flagSYN
	_
	flagPSH
	flagACK
)

// attempt appends a datagram about a connection. One from outside meets the router's own
// address, as most do, and nobody answers.
func (e *Exporter) attempt(dst []byte, a *attempt, at time.Time) []byte {
	f := sentFlow{src: a.src, dst: a.dst, srcPort: a.srcPort, dstPort: a.dstPort, proto: byte(capture.TCP), in: homeInterface, out: outsideInterface, ended: at}
	if a.proto == "UDP" {
		f.proto = byte(capture.UDP)
	}
	if a.dir == capture.In {
		f.dst, f.in, f.out = wan, outsideInterface, 0
		f.packets = 1 + e.random.Uint32N(3)
		f.bytes, f.began = 60*f.packets, at.Add(-time.Duration(f.packets)*time.Second)
		if f.proto == byte(capture.TCP) {
			f.flags = flagSYN
		}
		return e.append(dst, at, f)
	}
	there, back := e.answered(f)
	return e.append(dst, at, there, back)
}

// Connection is one that a device at home made.
type Connection struct{ Src, Dst netip.AddrPort }

// AppendConnections appends a datagram about TCP connections that were answered and ended at
// a time, both ways of each: so a router with much to do sends them, up to 15 at once.
func (e *Exporter) AppendConnections(dst []byte, list []Connection, at time.Time) []byte {
	flows := make([]sentFlow, 0, 32)
	for _, c := range list {
		there, back := e.answered(sentFlow{
			src: c.Src.Addr(), dst: c.Dst.Addr(), srcPort: c.Src.Port(), dstPort: c.Dst.Port(), proto: byte(capture.TCP),
			in: homeInterface, out: outsideInterface, ended: at,
		})
		flows = append(flows, there, back)
	}
	return e.append(dst, at, flows...)
}

// answered makes up how much went there and back, and since when, of a flow that ended.
func (e *Exporter) answered(f sentFlow) (there, back sentFlow) {
	at := f.ended
	f.packets = 4 + e.random.Uint32N(40)
	f.bytes = f.packets*52 + e.random.Uint32N(4000)
	f.began = at.Add(-time.Second - time.Duration(e.random.Int64N(int64(20*time.Second))))
	if f.proto == byte(capture.TCP) {
		f.flags = flagFIN | flagSYN | flagPSH | flagACK
	}
	back = f
	back.src, back.dst, back.srcPort, back.dstPort, back.in, back.out = f.dst, f.src, f.dstPort, f.srcPort, f.out, f.in
	back.packets += e.random.Uint32N(400)
	back.bytes = back.packets*60 + e.random.Uint32N(back.packets*1200)
	back.began = f.began.Add(10*time.Millisecond + time.Duration(e.random.Int64N(int64(50*time.Millisecond))))
	return f, back
}

// templateEvery is how often templates are sent, in datagrams.
const templateEvery = 20

// flowTemplate is the number of the template, and flowFields its fields: element and length.
const flowTemplate = 256

var flowFields = [...][2]uint16{{8, 4}, {12, 4}, {10, 4}, {14, 4}, {2, 4}, {1, 4}, {22, 4}, {21, 4}, {7, 2}, {11, 2}, {6, 1}, {4, 1}}

// append appends a datagram of flows.
func (e *Exporter) append(dst []byte, at time.Time, flows ...sentFlow) []byte {
	if e.started.IsZero() {
		e.started = at.Add(-time.Hour)
	}
	be := binary.BigEndian
	start := len(dst)
	dst = be.AppendUint16(dst, e.version)
	records := len(flows)
	template := e.version != 5 && e.sent%templateEvery == 0
	if template {
		records++
	}
	dst = be.AppendUint16(dst, uint16(records)) // of IPFIX the length, which is known later
	if e.version != 10 {
		dst = be.AppendUint32(dst, e.uptime(at))
	}
	dst = be.AppendUint32(dst, uint32(at.Unix()))
	switch e.version {
	case 5:
		dst = be.AppendUint32(dst, uint32(at.Nanosecond()))
		dst = be.AppendUint32(dst, e.sequence)
		dst = append(dst, 0, 0, 0, 0) // engine, sampling
		for i := range flows {
			dst = e.appendV5(dst, &flows[i])
		}
		e.sequence += uint32(len(flows))
	default:
		dst = be.AppendUint32(dst, e.sequence)
		dst = be.AppendUint32(dst, 1) // source, or domain
		if template {
			dst = e.appendTemplate(dst)
		}
		set := len(dst)
		dst = be.AppendUint32(dst, flowTemplate<<16)
		for i := range flows {
			dst = e.appendRecord(dst, &flows[i])
		}
		for len(dst)%4 != start%4 {
			dst = append(dst, 0)
		}
		be.PutUint16(dst[set+2:], uint16(len(dst)-set))
		e.sequence++
		if e.version == 10 {
			be.PutUint16(dst[start+2:], uint16(len(dst)-start))
			e.sequence += uint32(len(flows)) - 1
		}
	}
	e.sent++
	return dst
}

// uptime is the router's, in milliseconds.
func (e *Exporter) uptime(at time.Time) uint32 { return uint32(at.Sub(e.started).Milliseconds()) }

func (e *Exporter) appendV5(dst []byte, f *sentFlow) []byte {
	be := binary.BigEndian
	dst = append(append(dst, f.src.AsSlice()...), f.dst.AsSlice()...)
	dst = append(dst, 0, 0, 0, 0) // next hop
	dst = be.AppendUint16(be.AppendUint16(dst, f.in), f.out)
	dst = be.AppendUint32(be.AppendUint32(dst, f.packets), f.bytes)
	dst = be.AppendUint32(be.AppendUint32(dst, e.uptime(f.began)), e.uptime(f.ended))
	dst = be.AppendUint16(be.AppendUint16(dst, f.srcPort), f.dstPort)
	dst = append(dst, 0, f.flags, f.proto, 0)
	return append(dst, make([]byte, 8)...) // autonomous systems and masks
}

func (e *Exporter) appendTemplate(dst []byte) []byte {
	be := binary.BigEndian
	set := uint16(0)
	if e.version == 10 {
		set = 2
	}
	dst = be.AppendUint16(be.AppendUint16(dst, set), uint16(8+4*len(flowFields)))
	dst = be.AppendUint16(be.AppendUint16(dst, flowTemplate), uint16(len(flowFields)))
	for _, f := range flowFields {
		element, length := f[0], f[1]
		if e.version == 10 && (element == 21 || element == 22) { // in milliseconds since 1970: 152 is the beginning, 153 the end
			element, length = 174-element, 8
		}
		dst = be.AppendUint16(be.AppendUint16(dst, element), length)
	}
	return dst
}

func (e *Exporter) appendRecord(dst []byte, f *sentFlow) []byte {
	be := binary.BigEndian
	dst = append(append(dst, f.src.AsSlice()...), f.dst.AsSlice()...)
	dst = be.AppendUint32(be.AppendUint32(dst, uint32(f.in)), uint32(f.out))
	dst = be.AppendUint32(be.AppendUint32(dst, f.packets), f.bytes)
	if e.version == 10 {
		dst = be.AppendUint64(be.AppendUint64(dst, uint64(f.began.UnixMilli())), uint64(f.ended.UnixMilli()))
	} else {
		dst = be.AppendUint32(be.AppendUint32(dst, e.uptime(f.began)), e.uptime(f.ended))
	}
	dst = be.AppendUint16(be.AppendUint16(dst, f.srcPort), f.dstPort)
	return append(dst, f.flags, f.proto)
}
