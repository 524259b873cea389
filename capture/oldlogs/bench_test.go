package oldlogs

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"
)

// endless repeats a text as often as it takes.
func endless(text []byte, n int) io.Reader {
	readers := make([]io.Reader, n)
	for i := range readers {
		readers[i] = bytes.NewReader(text)
	}
	return io.MultiReader(readers...)
}

func benchmarkLines(b *testing.B, line string, o Options) {
	text := []byte(strings.Repeat(line+"\n", 1000))
	b.SetBytes(int64(len(line) + 1))
	b.ReportAllocs()
	r, err := Open(endless(text, b.N/1000+1), o)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := r.Next(); err != nil {
			if err == io.EOF {
				b.StopTimer()
				r, _ = Open(endless(text, 1000), o)
				b.StartTimer()
				continue
			}
			b.Fatal(err)
		}
	}
}

func BenchmarkLinkLog(b *testing.B) {
	benchmarkLines(b, "Sep 16 12:00:00 [ in, TCP] scan.example:51234 -> 192.168.1.10:http", options(b))
}

func BenchmarkNetfilter(b *testing.B) {
	benchmarkLines(b, "Jan 16 23:30:00 192.168.1.1 kernel: [42.123456] ACCEPT IN=br0 OUT=vlan2 SRC=192.168.1.10 DST=198.51.100.53 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=0 DF PROTO=UDP SPT=53001 DPT=53 LEN=40", options(b))
}

func BenchmarkJSON(b *testing.B) { benchmarkLines(b, event, options(b)) }

func BenchmarkPcap(b *testing.B) {
	packet := ether(etherIPv4, ipv4(0, udp(162)))
	one := pcap(binary.LittleEndian, false, linkEthernet, packet)
	b.SetBytes(int64(len(one) - 24))
	b.ReportAllocs()
	open := func() *Reader {
		r, err := Open(io.MultiReader(bytes.NewReader(one[:24]), endless(bytes.Repeat(one[24:], 1000), 1000)), options(b))
		if err != nil {
			b.Fatal(err)
		}
		return r
	}
	r := open()
	for b.Loop() {
		if _, err := r.Next(); err == io.EOF {
			r = open()
		} else if err != nil {
			b.Fatal(err)
		}
	}
}
