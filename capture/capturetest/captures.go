package capturetest

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// EachCapture runs a test for the datagrams of each recorded SNMP capture, among them
// the trap suite of PROTOS c06, which was made to break decoders. They are not part of
// the repository: LINKLOG_CAPTURES names a folder that has them, else
// ../../../shared is looked for.
func EachCapture(t *testing.T, test func(t *testing.T, datagrams [][]byte)) {
	dir := os.Getenv("LINKLOG_CAPTURES")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "corpus", "snmp")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.pcap*"))
	if err != nil || len(files) == 0 {
		t.Skipf("no captures in %s", dir)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { test(t, udpPayloads(t, file)) })
	}
}

// udpPayloads reads the UDP payloads of an Ethernet capture in pcap form: just
// enough for the files above; fragments count as they are.
func udpPayloads(t *testing.T, file string) (payloads [][]byte) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(file, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if data, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case len(data) < 24:
		t.Fatalf("%s: no pcap file", file)
	case binary.BigEndian.Uint32(data) == 0xa1b2c3d4:
		order = binary.BigEndian
	case order.Uint32(data) != 0xa1b2c3d4:
		t.Fatalf("%s: no pcap file", file)
	}
	for data = data[24:]; len(data) >= 16; {
		n := int(order.Uint32(data[8:]))
		packet := data[16:min(16+n, len(data))]
		data = data[16+len(packet):]
		if len(packet) < 34 || packet[12] != 8 || packet[13] != 0 || packet[23] != 17 {
			continue // not IPv4 with UDP
		}
		if head := 14 + int(packet[14]&15)*4 + 8; len(packet) > head {
			payloads = append(payloads, packet[head:])
		}
	}
	return payloads
}
