package history

import (
	"encoding/binary"
	"hash/fnv"
	"io"
	"net/netip"

	"linklog/capture"
)

// host is a row of hosts: an end of an attempt without its port.
type host struct {
	addr netip.Addr
	name string // that the router sent
}

// shape is a row of shapes: what an event says in fields with few values.
type shape struct {
	router  netip.Addr
	name    string // that the router has for itself
	kind    capture.Kind
	reason  capture.Reason
	dir     capture.Direction
	proto   capture.Protocol
	verdict capture.Verdict
	fresh   bool // New
}

func shapeOf(e *capture.Event) shape {
	return shape{e.Router, e.RouterName, e.Kind, e.Reason, e.Dir, e.Proto, e.Verdict, e.New}
}

// addrText is "" for no address; parseAddr reads it back.
func addrText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func parseAddr(s string) (netip.Addr, error) {
	if s == "" {
		return netip.Addr{}, nil
	}
	return netip.ParseAddr(s)
}

// dictionaryKey finds a text, or a host, again among the last run or fewer that were added
// (last is the highest id). Those with the same key are compared.
//
// Without the number of the run in front, every text or address of a flood in which
// all are different would go to another page of the index, and each page through the
// WAL: at two million that is four fifths of what it costs to store one. This way
// the pages that change stay few and in memory. What comes again in a later run is
// stored once more.
func dictionaryKey(a, b string, last, run int64) int64 {
	h := fnv.New64a()
	_, _ = io.WriteString(h, a)
	_, _ = h.Write([]byte{0})
	_, _ = io.WriteString(h, b)
	return last/run<<40 | int64(h.Sum64()>>24)
}

// Keys of an index that take a quarter of the page cache, and half of it: few homes
// have more hosts in a segment.
const (
	textRun = 16384
	hostRun = 32768
)

// Hosts are repeated in packs: a pattern on addresses or names looks at every
// host of a segment, and reading them as rows would take longer than searching
// the blocks.
const packSize = 1024

// appendHost adds a host to a pack: the address's bytes and the name, both after
// their length.
func appendHost(data []byte, h host) ([]byte, error) {
	addr, err := h.addr.MarshalBinary() // 0, 4, 16 bytes, or more with a zone
	if err != nil {
		return nil, err
	}
	data = binary.AppendUvarint(data, uint64(len(addr)))
	data = append(data, addr...)
	data = binary.AppendUvarint(data, uint64(len(h.name)))
	return append(data, h.name...), nil
}

// nextHost takes the first host off a pack; false if there is none.
func nextHost(data []byte) (h host, rest []byte, ok bool) {
	addr, data, ok := nextBytes(data)
	if !ok {
		return host{}, nil, false
	}
	switch len(addr) {
	case 4:
		h.addr = netip.AddrFrom4([4]byte(addr))
	default:
		if h.addr.UnmarshalBinary(addr) != nil {
			return host{}, nil, false
		}
	}
	name, rest, ok := nextBytes(data)
	if !ok {
		return host{}, nil, false
	}
	h.name = string(name)
	return h, rest, true
}

func nextBytes(data []byte) (b, rest []byte, ok bool) {
	n, k := binary.Uvarint(data)
	if k <= 0 || n > uint64(len(data)-k) {
		return nil, nil, false
	}
	return data[k : k+int(n)], data[k+int(n):], true
}
