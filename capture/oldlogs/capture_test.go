package oldlogs

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"linklog/capture/capturetest"
	"linklog/phrase"
)

const attempt = "@in TCP from 203.0.113.9:51234 to 192.168.1.10:80"

// event is what a capture of attempt gives.
const event = `{"time":"2025-03-01T12:00:00.25Z","kind":"traffic","router":"192.168.1.1","direction":"in","protocol":"TCP","src_ip":"203.0.113.9","src_port":51234,"dst_ip":"192.168.1.10","dst_port":80}`

var eventSix = strings.Replace(event, "192.168.1.1\"", "2001:db8::1\"", 1)

var taken = time.Date(2025, 3, 1, 12, 0, 0, 250_000_000, time.UTC)

// udp makes a datagram with a trap in it.
func udp(port uint16) []byte {
	return datagram(port, capturetest.TrapV1(capturetest.TextBind(attempt)))
}

func datagram(port uint16, data []byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, 1025)
	b = binary.BigEndian.AppendUint16(b, port)
	b = binary.BigEndian.AppendUint16(b, uint16(8+len(data)))
	return append(append(b, 0, 0), data...)
}

// ipv4 puts a datagram into a packet from 192.168.1.1.
func ipv4(fragment uint16, payload []byte, options ...byte) []byte {
	b := []byte{byte(0x45 + len(options)/4), 0}
	b = binary.BigEndian.AppendUint16(b, uint16(20+len(options)+len(payload)))
	b = binary.BigEndian.AppendUint16(b, 7)
	b = binary.BigEndian.AppendUint16(b, fragment)
	b = append(b, 64, 17, 0, 0, 192, 168, 1, 1, 192, 168, 1, 255)
	return append(append(b, options...), payload...)
}

// ipv6 puts it into one from 2001:db8::1, with the headers given, the first of
// which is of kind next.
func ipv6(next byte, headers, payload []byte) []byte {
	b := []byte{0x60, 0, 0, 0}
	b = binary.BigEndian.AppendUint16(b, uint16(len(headers)+len(payload)))
	b = append(b, next, 64)
	b = append(b, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)
	b = append(b, 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)
	return append(append(b, headers...), payload...)
}

func ether(kind uint16, payload []byte) []byte {
	b := append(make([]byte, 0, 64), 255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1)
	return append(binary.BigEndian.AppendUint16(b, kind), payload...)
}

func vlan(kind uint16, payload []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0, 42}, kind), payload...)
}

// cooked is how Linux begins packets of "any" interface; cookedTwo is its newer
// way.
func cooked(kind uint16, payload []byte) []byte {
	b := []byte{0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0}
	return append(binary.BigEndian.AppendUint16(b, kind), payload...)
}

func cookedTwo(kind uint16, payload []byte) []byte {
	b := append(binary.BigEndian.AppendUint16(nil, kind), make([]byte, 18)...)
	return append(b, payload...)
}

// pcap makes a file of the form of libpcap.
func pcap(order binary.AppendByteOrder, nano bool, link uint32, packets ...[]byte) []byte {
	magic, unit := uint32(0xa1b2c3d4), 1000
	if nano {
		magic, unit = 0xa1b23c4d, 1
	}
	b := order.AppendUint32(nil, magic)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = order.AppendUint32(b, maxPacket)
	b = order.AppendUint32(b, link)
	for _, p := range packets {
		b = order.AppendUint32(b, uint32(taken.Unix()))
		b = order.AppendUint32(b, uint32(taken.Nanosecond()/unit))
		b = order.AppendUint32(b, uint32(len(p)))
		b = order.AppendUint32(b, uint32(len(p)))
		b = append(b, p...)
	}
	return b
}

// ng makes a block of a pcapng file.
func ng(order binary.AppendByteOrder, kind uint32, body []byte) []byte {
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	b := order.AppendUint32(nil, kind)
	b = order.AppendUint32(b, uint32(12+len(body)))
	b = append(b, body...)
	return order.AppendUint32(b, uint32(12+len(body)))
}

func ngSection(order binary.AppendByteOrder) []byte {
	body := order.AppendUint32(nil, 0x1a2b3c4d)
	body = order.AppendUint16(body, 1)
	body = order.AppendUint16(body, 0)
	return ng(order, blockSection, order.AppendUint64(body, 1<<64-1))
}

func ngInterface(order binary.AppendByteOrder, link uint16, options ...byte) []byte {
	body := order.AppendUint16(nil, link)
	body = order.AppendUint16(body, 0)
	body = order.AppendUint32(body, maxPacket)
	return ng(order, blockInterface, append(body, options...))
}

func ngPacket(order binary.AppendByteOrder, from uint32, ticks uint64, data []byte) []byte {
	body := order.AppendUint32(nil, from)
	body = order.AppendUint32(body, uint32(ticks>>32))
	body = order.AppendUint32(body, uint32(ticks))
	body = order.AppendUint32(body, uint32(len(data)))
	body = order.AppendUint32(body, uint32(len(data)))
	return ng(order, blockEnhanced, append(body, data...))
}

func TestLinks(t *testing.T) {
	four, six := ipv4(0x4000, udp(162)), ipv6(17, nil, udp(162))
	for _, test := range []struct {
		name   string
		link   uint32
		packet []byte
		want   string
	}{
		{"ethernet", linkEthernet, ether(etherIPv4, four), event},
		{"ethernet, padded", linkEthernet, append(ether(etherIPv4, four), 0, 0, 0, 0), event},
		{"ethernet with checksum length", linkEthernet | 0x24000000, ether(etherIPv4, four), event},
		{"ethernet, IPv6", linkEthernet, ether(etherIPv6, six), eventSix},
		{"VLAN", linkEthernet, ether(etherVLAN, vlan(etherIPv4, four)), event},
		{"VLAN in VLAN", linkEthernet, ether(etherService, vlan(etherVLAN, vlan(etherIPv4, four))), event},
		{"cooked", linkCooked, cooked(etherIPv4, four), event},
		{"cooked, VLAN", linkCooked, cooked(etherVLAN, vlan(etherIPv6, six)), eventSix},
		{"cooked 2", linkCookedTwo, cookedTwo(etherIPv6, six), eventSix},
		{"raw", linkRaw, four, event},
		{"raw, IPv6", linkRaw, six, eventSix},
		{"raw IPv4", linkIPv4, four, event},
		{"raw IPv6", linkIPv6, six, eventSix},
		{"null, little", linkNull, append([]byte{2, 0, 0, 0}, four...), event},
		{"null, big", linkNull, append([]byte{0, 0, 0, 30}, six...), eventSix},
		{"loop", linkLoop, append([]byte{0, 0, 0, 2}, four...), event},
		{"options", linkRaw, ipv4(0, udp(162), 1, 1, 1, 1), event},
		{"IPv6 headers", linkRaw, ipv6(0, append([]byte{60, 0, 0, 0, 0, 0, 0, 0}, 17, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), udp(162)), eventSix},
		{"IPv6 atomic fragment", linkRaw, ipv6(44, []byte{17, 0, 0, 0, 0, 0, 0, 1}, udp(162)), eventSix},
		{"first fragment", linkRaw, ipv4(0x2000, udp(162)), "packet 1: the first fragment of a datagram"},
		{"first fragment of another", linkRaw, ipv4(0x2000, udp(53)), ""},
		{"later fragment", linkRaw, ipv4(0x0010, udp(162)), "foreign: packet 1: a later fragment of a datagram"},
		{"IPv6 fragment", linkRaw, ipv6(44, []byte{17, 0, 0, 1, 0, 0, 0, 1}, udp(162)), "packet 1: the first fragment of a datagram"},
		{"IPv6 later fragment", linkRaw, ipv6(44, []byte{17, 0, 1, 0, 0, 0, 0, 1}, udp(162)), "foreign: packet 1: a later fragment of a datagram"},
		{"other port", linkRaw, ipv4(0, udp(161)), ""},
		{"ARP", linkEthernet, ether(0x0806, make([]byte, 28)), ""},
		{"empty", linkEthernet, nil, ""},
		{"endless headers", linkRaw, ipv6(0, make([]byte, 200), nil), ""},
		{"short UDP", linkRaw, ipv4(0, udp(162)[:6]), ""},
		{"length 0", linkRaw, ipv4(0, append(slices.Clone(udp(162)[:4]), 0, 7, 0, 0)), "packet 1: a datagram of 7 bytes"},
		{"cut off", linkRaw, four[:60], ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
				for _, nano := range []bool{false, true} {
					results, r := all(t, bytes.NewReader(pcap(order, nano, test.link, test.packet)), options(t))
					got := strings.Join(results, "\n")
					if test.name == "cut off" { // a datagram whose end was not recorded
						if !strings.Contains(got, `"reason":"datagram too long"`) {
							t.Errorf("got %s", got)
						}
						continue
					}
					if got != test.want {
						t.Errorf("\n got %s\nwant %s", got, test.want)
					}
					if notes := phrase.Lines(r.Notes()).String(); (test.want == "") != strings.Contains(notes, "1 packet was not sent to UDP port 162") {
						t.Errorf("notes %q", notes)
					}
				}
			}
		})
	}
}

// TestRepeats makes one event of an attempt whose packets are logged each, as reception does.
// Traps are attempts each.
func TestRepeats(t *testing.T) {
	line := func(port, flags string) []byte {
		const ends = "<4>Nov 28 06:42:12 kernel: DROP IN=eth0 OUT= SRC=203.0.113.9 DST=198.51.100.7 LEN=40 PROTO=TCP SPT=40001 DPT="
		return ether(0x0800, ipv4(0, datagram(514, []byte(ends+port+" WINDOW=65535 RES=0x00 "+flags+" URGP=0"))))
	}
	trap := ether(0x0800, ipv4(0, udp(162)))
	file := pcap(binary.LittleEndian, false, 1, line("23", "SYN"), line("23", "ACK PSH"), trap, line("22", "SYN"), line("23", "ACK PSH"), trap)
	r, err := Open(bytes.NewReader(file), options(t))
	if err != nil {
		t.Fatal(err)
	}
	var got []uint16
	for {
		ev, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, ev.Dst.Port)
	}
	if want := []uint16{23, 80, 22, 80}; !slices.Equal(got, want) {
		t.Errorf("attempts to the ports %v, want %v", got, want)
	}
	const note = "2 more attempts, which the log has only as repetitions, are left out"
	if notes := r.Notes(); len(notes) != 1 || notes[0].String() != note {
		t.Errorf("notes %v", notes)
	}
}

func TestPcapNG(t *testing.T) {
	packet := ether(etherIPv4, ipv4(0, udp(162)))
	micro := uint64(taken.UnixMicro())
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		option := func(code uint16, value ...byte) []byte {
			b := order.AppendUint16(nil, code)
			b = order.AppendUint16(b, uint16(len(value)))
			b = append(b, value...)
			for len(b)%4 != 0 {
				b = append(b, 0)
			}
			return b
		}
		section, usual := ngSection(order), ngInterface(order, linkEthernet)
		for _, test := range []struct {
			name   string
			blocks [][]byte
			want   string
		}{
			{"usual", [][]byte{section, usual, ngPacket(order, 0, micro, packet)}, event},
			{"nanoseconds", [][]byte{section, ngInterface(order, linkEthernet, option(9, 9)...), ngPacket(order, 0, uint64(taken.UnixNano()), packet)}, event},
			{"powers of two", [][]byte{section, ngInterface(order, linkEthernet, option(9, 0x80|30)...), ngPacket(order, 0, uint64(taken.Unix())<<30|1<<28, packet)}, event},
			{"finest", [][]byte{section, ngInterface(order, linkEthernet, slices.Concat(option(2, 'e', 't', 'h'), option(9, 0x80|63), option(14, order.AppendUint64(nil, uint64(taken.Unix()))...), option(0))...), ngPacket(order, 0, 1<<61, packet)}, event},
			{"offset", [][]byte{section, ngInterface(order, linkEthernet, option(14, order.AppendUint64(nil, 1000)...)...), ngPacket(order, 0, micro-1000e6, packet)}, event},
			{"second interface", [][]byte{section, ngInterface(order, 105), usual, ngPacket(order, 1, micro, packet)}, event},
			{"unknown link", [][]byte{section, ngInterface(order, 105), ngPacket(order, 0, micro, packet)}, "packet 1: link type 105 cannot be read"},
			{"unknown interface", [][]byte{section, ngPacket(order, 0, micro, packet)}, "packet 1: a packet of an interface that was not described"},
			{"new section", [][]byte{section, usual, section, ngPacket(order, 0, micro, packet)}, "packet 1: a packet of an interface that was not described"},
			{"impossible time", [][]byte{section, ngInterface(order, linkEthernet, option(9, 0)...), ngPacket(order, 0, 1<<63, packet)}, "packet 1: a time that cannot be"},
			{"far time", [][]byte{section, ngInterface(order, linkEthernet, option(9, 0)...), ngPacket(order, 0, 1<<39, packet)}, "packet 1: a time that cannot be"},
			{"impossible resolution", [][]byte{section, ngInterface(order, linkEthernet, option(9, 99)...), ngPacket(order, 0, 1, packet)}, "packet 1: a time that cannot be"},
			{"simple packet", [][]byte{section, usual, ng(order, blockSimple, packet)}, "packet 1: a packet without a time"},
			{"block nobody knows", [][]byte{section, usual, ng(order, 0xbad, make([]byte, 100000)), ngPacket(order, 0, micro, packet)}, event},
			{"packet larger than its block", [][]byte{section, usual, ng(order, blockEnhanced, order.AppendUint32(make([]byte, 12), 4000)), ng(order, blockEnhanced, append(order.AppendUint32(make([]byte, 12), 4000), 0, 0, 0, 0)), ngPacket(order, 0, micro, packet)},
				"packet 1: a block of only 28 bytes\npacket 2: a packet of 4000 bytes in a block of 32\n" + event},
			{"wrong length at the end", [][]byte{section, usual, append(ngPacket(order, 0, micro, packet)[:12], 1, 2, 3)}, "packet 1: the file breaks off; the rest cannot be read"},
			{"length 0", [][]byte{section, make([]byte, 64)}, "packet 1: a block of 0 bytes; the rest cannot be read"},
			{"claims 4 GiB", [][]byte{section, order.AppendUint32(order.AppendUint32(nil, 0xbad), 0xfffffffc), make([]byte, 100)}, "packet 1: the file breaks off; the rest cannot be read"},
			{"no byte order", [][]byte{section, order.AppendUint32(order.AppendUint32(nil, blockSection), 28), make([]byte, 20)}, "packet 1: a section without a byte order; the rest cannot be read"},
			{"only a section", [][]byte{section}, ""},
		} {
			results, r := all(t, bytes.NewReader(bytes.Join(test.blocks, nil)), options(t))
			if got := strings.Join(results, "\n"); got != test.want {
				t.Errorf("%s, %v\n got %s\nwant %s", test.name, order, got, test.want)
			} else if r.Format() != PcapNG {
				t.Errorf("%s is %v", test.name, r.Format())
			}
		}
	}
	old := binary.LittleEndian.AppendUint16(nil, 0)
	old = binary.LittleEndian.AppendUint16(old, 3) // packets dropped
	old = append(old, ngPacket(binary.LittleEndian, 0, micro, packet)[12:]...)
	old = old[:len(old)-4]
	results, _ := all(t, bytes.NewReader(slices.Concat(ngSection(binary.LittleEndian), ngInterface(binary.LittleEndian, linkEthernet), ng(binary.LittleEndian, blockOld, old))), options(t))
	if len(results) != 1 || results[0] != event {
		t.Errorf("old packet block: %v", results)
	}
}

func TestDamagedPcap(t *testing.T) {
	packet := ipv4(0, udp(162))
	whole := pcap(binary.LittleEndian, false, linkRaw, packet, packet)
	huge := slices.Clone(whole)
	copy(huge[24+8:], "\xff\xff\xff\x7f")
	time := slices.Clone(whole)
	copy(time[24+4:], "\xff\xff\xff\xff")
	for name, test := range map[string]struct {
		data []byte
		want string
	}{
		"whole":           {whole, event + "\n" + event},
		"cut in a packet": {whole[:len(whole)-1], event + "\npacket 2: the file breaks off; the rest cannot be read"},
		"cut in a head":   {whole[:len(whole)-len(packet)-1], event + "\npacket 2: the file breaks off; the rest cannot be read"},
		"huge packet":     {huge, "packet 1: a packet of 2147483647 bytes; the rest cannot be read"},
		"impossible time": {time, "packet 1: a time that cannot be\n" + event},
		"unknown link":    {pcap(binary.LittleEndian, false, 105, packet), "open: capture of link type 105: not a log that LinkLog can read"},
		"no packets":      {whole[:24], ""},
	} {
		results, _ := all(t, bytes.NewReader(test.data), options(t))
		if got := strings.Join(results, "\n"); got != test.want {
			t.Errorf("%s\n got %s\nwant %s", name, got, test.want)
		}
	}
}

// TestCaptures reads recorded captures, if there are any: LINKLOG_CAPTURES names
// a folder that has them.
func TestCaptures(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(os.Getenv("LINKLOG_CAPTURES"), "*.pcap*"))
	if err != nil || os.Getenv("LINKLOG_CAPTURES") == "" || len(files) == 0 {
		t.Skip("no captures: set LINKLOG_CAPTURES")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			results, r := all(t, f, Options{})
			counts := make(map[string]int)
			for _, s := range results {
				if _, kind, ok := strings.Cut(s, `"kind":"`); ok {
					counts[kind[:strings.IndexByte(kind, '"')]]++
				} else {
					counts[s[strings.LastIndex(s, ": ")+2:]]++
				}
			}
			if r == nil || r.Format() != Pcap && r.Format() != PcapNG {
				t.Fatal(results)
			}
			t.Logf("%v: %v %q", r.Format(), counts, r.Notes())
		})
	}
}
