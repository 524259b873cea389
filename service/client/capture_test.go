package client_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/oldlogs"
	"linklog/capture/send"
	"linklog/service/api"
	"linklog/service/client"
)

// A capture of what the service received adds nothing, in whatever language the router
// speaks; what it missed is added.
func TestImportOwnCapture(t *testing.T) {
	d := start(t, t.TempDir(), nil, nil)
	c := d.client(t)
	port := d.Intake.Port()
	conn, err := net.Dial("udp4", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()

	var file bytes.Buffer // as tcpdump -i lo writes it
	le := binary.LittleEndian
	file.Write(le.AppendUint32(le.AppendUint32(append(le.AppendUint32(le.AppendUint32(nil, 0xa1b2c3d4), 0x0004_0002), make([]byte, 8)...), 65535), 1))
	captured := func(payload []byte) {
		udp := binary.BigEndian.AppendUint16(nil, uint16(conn.LocalAddr().(*net.UDPAddr).Port))
		udp = binary.BigEndian.AppendUint16(udp, port)
		udp = append(binary.BigEndian.AppendUint16(udp, uint16(8+len(payload))), 0, 0)
		ip := append([]byte{0x45, 0}, binary.BigEndian.AppendUint16(nil, uint16(28+len(payload)))...)
		ip = append(ip, 0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1)
		packet := append(append(append(append(make([]byte, 12), 8, 0), ip...), udp...), payload...)
		now := time.Now()
		head := le.AppendUint32(le.AppendUint32(nil, uint32(now.Unix())), uint32(now.Nanosecond()/1000))
		file.Write(le.AppendUint32(le.AppendUint32(head, uint32(len(packet))), uint32(len(packet))))
		file.Write(packet)
	}
	sent := 0
	say := func(payload []byte) {
		captured(payload)
		if _, err := conn.Write(payload); err != nil {
			t.Fatal(err)
		}
		sent++
	}
	e := send.Encoding{Community: "public"}
	for i := range 50 {
		text := fmt.Sprintf("@in TCP from 203.0.113.%d:5%03d to 192.168.1.10:22.", i, i)
		say(send.AppendTrap(nil, &e, text))
		if i%10 == 0 {
			say(send.AppendTrap(nil, &e, text)) // the same again
		}
		say(fmt.Appendf(nil, "<4>Nov 20 10:00:01 router kernel: DROP IN=ppp0 OUT= SRC=198.51.100.%d DST=192.168.1.10 PROTO=UDP SPT=%d DPT=53", i, 1024+i))
	}
	say([]byte("<30>Nov 20 10:00:02 router crond[1]: something about the router itself"))
	eventually(t, "all is received", func() bool { s, err := c.Status(t.Context()); return err == nil && s.Received == uint64(sent) })

	add := func() (all api.Batch) {
		t.Helper()
		r, err := oldlogs.Open(bytes.NewReader(file.Bytes()), oldlogs.Options{Ports: []uint16{port}})
		if err != nil {
			t.Fatal(err)
		}
		var events []capture.Event
		for {
			ev, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			events = append(events, ev)
		}
		all, err = c.Import(t.Context(), nil, "own.pcap", events)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if got := add(); got.Added != 0 || got.Known != sent || got.Import != 0 {
		t.Errorf("%d datagrams: %+v", sent, got)
	}
	captured(send.AppendTrap(nil, &e, "@in TCP from 203.0.113.77:5 to 192.168.1.10:22."))
	if got := add(); got.Added != 1 || got.Known != sent || got.Import != 1 {
		t.Errorf("%d datagrams and one that was lost: %+v", sent, got)
	}
	if n, err := c.Count(t.Context(), client.Query{All: true}); err != nil || n != int64(sent)+1 {
		t.Errorf("%d events, want %d; %v", n, sent+1, err)
	}
}
