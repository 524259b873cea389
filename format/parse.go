package format

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"linklog/capture"
)

// MaxJSON bounds what ParseJSON takes, in bytes. The longest datagram, all of
// it text to be escaped, stays below.
const MaxJSON = 1 << 20

// record is an event as AppendJSON writes it. What it has beside that is for
// people (names of services, owners, lists) or newer than this program, and not read.
type record struct {
	Seq       uint64 `json:"seq"`
	Time      string `json:"time"`
	Kind      string `json:"kind"`
	Router    string `json:"router"`
	Direction string `json:"direction"`
	Protocol  string `json:"protocol"`
	Verdict   string `json:"verdict"`
	SrcIP     string `json:"src_ip"`
	SrcHost   string `json:"src_host"`
	SrcPort   uint16 `json:"src_port"`
	DstIP     string `json:"dst_ip"`
	DstHost   string `json:"dst_host"`
	DstPort   uint16 `json:"dst_port"`
	SrcMAC    string `json:"src_mac"`
	DstMAC    string `json:"dst_mac"`
	New       bool   `json:"new"`

	SrcBytes   uint64 `json:"src_bytes"`
	SrcPackets uint64 `json:"src_packets"`
	DstBytes   uint64 `json:"dst_bytes"`
	DstPackets uint64 `json:"dst_packets"`

	Text   string `json:"text"`
	Reason string `json:"reason"`
	Since  string `json:"since"`
	Lost   uint64 `json:"lost"`
	Raw    []byte `json:"raw"`
	Gap    string `json:"gap"`
	Import *int32 `json:"import"`

	RouterName string `json:"router_host"`

	Values map[string]json.RawMessage `json:"values"`
}

// ParseJSON reads an event that AppendJSON wrote with no names switched off.
// Unknown members are ignored, so that an older program reads what a newer one
// wrote; a known one of the wrong type or with a value that cannot be is an
// error, and so is an object without a kind: it is no event. Texts are cleaned
// again (see capture.Clean).
func ParseJSON(line []byte) (capture.Event, error) {
	if len(line) > MaxJSON {
		return capture.Event{}, fmt.Errorf("read event: %d bytes, more than %d", len(line), MaxJSON)
	}
	var r record
	if !r.usual(string(line)) {
		r = record{}
		if err := json.Unmarshal(line, &r); err != nil {
			return capture.Event{}, fmt.Errorf("read event: %w", err)
		}
	}
	ev, err := r.event()
	if err != nil {
		return capture.Event{}, fmt.Errorf("read event: %w", err)
	}
	return ev, nil
}

func (r *record) event() (ev capture.Event, err error) {
	ev = capture.Event{
		Seq:  r.Seq,
		New:  r.New,
		Src:  capture.Endpoint{Name: capture.Clean(r.SrcHost), Port: r.SrcPort, Sent: capture.Volume{Bytes: r.SrcBytes, Packets: r.SrcPackets}},
		Dst:  capture.Endpoint{Name: capture.Clean(r.DstHost), Port: r.DstPort, Sent: capture.Volume{Bytes: r.DstBytes, Packets: r.DstPackets}},
		Text: capture.Clean(r.Text),

		RouterName: capture.Clean(r.RouterName),

		Raw:  string(r.Raw),
		Lost: r.Lost,
	}
	if r.Import != nil {
		switch n := *r.Import; {
		case n < 0:
			return ev, fmt.Errorf("import: %d is not the number of an import", n)
		case n == 0:
			ev.Import = capture.Unnumbered
		default:
			ev.Import = n
		}
	}
	if r.Gap != "" {
		ev.Text = r.gap(ev.Text)
	}
	if len(r.Raw) > capture.MaxRaw {
		return ev, fmt.Errorf("raw: %d bytes, more than %d", len(r.Raw), capture.MaxRaw)
	}
	if ev.Time, err = instant("time", r.Time); err != nil {
		return ev, err
	}
	if ev.Since, err = instant("since", r.Since); err != nil {
		return ev, err
	}
	if r.Kind == "" {
		return ev, fmt.Errorf("no kind")
	}
	if ev.Kind, err = word("kind", r.Kind, capture.Traffic, capture.Gap); err != nil {
		return ev, err
	}
	if ev.Dir, err = word("direction", r.Direction, capture.In, capture.Out); err != nil {
		return ev, err
	}
	if known := false; r.Reason != "" {
		if ev.Reason, known = capture.ParseReason(r.Reason); !known {
			return ev, fmt.Errorf("reason: unknown word %q", r.Reason)
		}
	}
	if ev.Verdict, err = word("verdict", r.Verdict, capture.Allowed, capture.Blocked); err != nil {
		return ev, err
	}
	if r.Protocol != "" {
		var ok bool
		if ev.Proto, ok = capture.ParseProtocol(r.Protocol); !ok {
			return ev, fmt.Errorf("protocol: unknown word %q", r.Protocol)
		}
	}
	if ev.Router, err = address("router", r.Router); err != nil {
		return ev, err
	}
	if ev.Src.Addr, err = address("src_ip", r.SrcIP); err != nil {
		return ev, err
	}
	if ev.Dst.Addr, err = address("dst_ip", r.DstIP); err != nil {
		return ev, err
	}
	if ev.Src.MAC, err = mac("src_mac", r.SrcMAC); err != nil {
		return ev, err
	}
	ev.Dst.MAC, err = mac("dst_mac", r.DstMAC)
	return ev, err
}

// gap is the Text of a gap. A newer LinkLog may say what we do not know, or have other
// values: then it is the text, which is for people.
func (r *record) gap(text string) string {
	values := make(map[string]any)
	for name, raw := range r.Values {
		var s string
		if n, err := strconv.ParseUint(string(raw), 10, 64); err == nil {
			values[name] = n
		} else if json.Unmarshal(raw, &s) == nil {
			values[name] = s
		}
	}
	kept := capture.MakeGapText(capture.GapCode(r.Gap), values)
	if _, _, known := capture.ReadGap(kept); known && r.Kind == capture.Gap.String() {
		return kept
	}
	return text
}

// instant reads a time, the zero one for "".
func instant(member, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s: %w", member, err)
	}
	return t.UTC(), nil
}

// word finds the value from first to last whose String is s; 0 for "".
func word[T interface {
	~uint8
	fmt.Stringer
}](member, s string, first, last T) (T, error) {
	if s == "" {
		return 0, nil
	}
	for v := first; v <= last; v++ {
		if v.String() == s {
			return v, nil
		}
	}
	return 0, fmt.Errorf("%s: unknown word %q", member, s)
}

// mac reads a hardware address, none for "".
func mac(member, s string) (capture.MAC, error) {
	m, ok := capture.ParseMAC(s)
	if !ok && s != "" {
		return m, fmt.Errorf("%s: not a hardware address: %q", member, s)
	}
	return m, nil
}

// address reads an IP address, the invalid one for "".
func address(member, s string) (netip.Addr, error) {
	if s == "" {
		return netip.Addr{}, nil
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return a, fmt.Errorf("%s: %w", member, err)
	}
	if z := a.Zone(); capture.Clean(z) != z {
		return netip.Addr{}, fmt.Errorf("%s: unprintable zone %q", member, z)
	}
	return a.Unmap(), nil
}
