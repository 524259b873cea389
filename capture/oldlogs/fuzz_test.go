package oldlogs

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// FuzzCapture feeds captures of both forms, compressed and not.
func FuzzCapture(f *testing.F) {
	packet := ether(etherIPv4, ipv4(0, udp(162)))
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		f.Add(pcap(order, true, linkEthernet, packet, packet))
		f.Add(slices.Concat(ngSection(order), ngInterface(order, linkEthernet), ngPacket(order, 0, 1, packet)))
	}
	f.Add(pcap(binary.LittleEndian, false, linkRaw, ipv6(44, []byte{17, 0, 0, 0, 0, 0, 0, 1}, udp(162))))
	f.Add(pcap(binary.LittleEndian, false, linkCooked, cooked(etherVLAN, vlan(etherIPv4, packet[14:]))))
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write(pcap(binary.LittleEndian, false, linkEthernet, packet))
	w.Close()
	f.Add(z.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		all(t, bytes.NewReader(data), Options{Location: time.UTC})
	})
}

// FuzzLine feeds lines to each of the formats, and to Open to find one out.
func FuzzLine(f *testing.F) {
	for _, info := range Formats() {
		f.Add(byte(0), info.Example)
		f.Add(byte(info.Format), info.Example)
	}
	for _, file := range []string{"linklog.log", "ours.csv", "snmptrapd.log", "syslog.log", "wallwatcher.log"} {
		data, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(byte(0), string(data))
	}
	o := Options{Location: time.UTC, Now: taken}
	f.Fuzz(func(t *testing.T, wanted byte, text string) {
		o := o
		o.Format = Format(wanted % byte(Pcap))
		from, _ := all(t, strings.NewReader(text), o)
		// A pipe gives as many.
		again, _ := all(t, pipe{strings.NewReader(text)}, o)
		if len(from) != len(again) {
			t.Errorf("%d results from a file, %d from a pipe", len(from), len(again))
		}
	})
}
