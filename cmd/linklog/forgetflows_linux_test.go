package main

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/send"
	"linklog/service/client"
)

// flowed is a datagram of NetFlow 5: a device made connections to hosts of a network, from 30 ports.
func flowed(sequence int, device, network netip.Addr) string {
	const uptime = 10_000_000
	be := binary.BigEndian
	b := be.AppendUint16(be.AppendUint16(nil, 5), 30)
	b = be.AppendUint32(be.AppendUint32(b, uptime), uint32(time.Now().Unix()))
	b = append(be.AppendUint32(append(b, 0, 0, 0, 0), uint32(sequence)), 0, 0, 0, 0)
	for i := range 30 {
		b = append(append(b, device.AsSlice()...), ofNetwork(network, i)...)
		b = be.AppendUint32(be.AppendUint32(append(b, make([]byte, 8)...), 10), 1000)
		b = be.AppendUint32(be.AppendUint32(b, uptime-1000), uptime)
		b = append(be.AppendUint16(be.AppendUint16(b, uint16(50000+i)), 443), 0, 0x18, byte(capture.TCP))
		b = append(b, make([]byte, 9)...)
	}
	return datagram + string(b)
}

func ofNetwork(network netip.Addr, i int) []byte {
	a := network.As4()
	a[3] = byte(i)
	return a[:]
}

// TestForgetFlowsKilled kills the service at any moment while it removes attempts that it made of
// flows: none is made again, and none of others is lost or doubled. What a router sent last does not
// keep it waiting: flows that wait for others, and those that wait for a template.
func TestForgetFlowsKilled(t *testing.T) {
	dir := t.TempDir()
	s := runService(t, dir, "")
	const kills, each = 8, 30
	network := netip.MustParseAddr("203.0.113.0")
	var devices []netip.Addr
	var lines []string
	for i := range 20 {
		devices = append(devices, netip.AddrFrom4([4]byte{192, 168, 1, byte(10 + i)}))
		lines = append(lines, flowed(i*each, devices[i], network))
	}
	traces := func(a netip.Addr) (texts []string) {
		for i := range each {
			texts = append(texts, string(a.AsSlice())+string(ofNetwork(network, i)))
		}
		return append(texts, a.String())
	}
	left := int64(each * len(devices))
	s.sendStored(t, left, lines...)
	if len(holding(t, s.data, traces(devices[0])...)) == 0 {
		t.Fatal("nothing is there before: this test does not look for it")
	}
	ended := func() bool {
		state, err := s.Forgetting(t.Context())
		return err == nil && !state.Running && !exists(filepath.Join(s.data, "forgetting.json"))
	}
	gone := []netip.Addr(nil)
	forget := func() {
		t.Helper()
		last := len(devices) - 1 // of the others, later attempts say that they were made
		a := devices[last]
		gone, devices = append(gone, a), devices[:last]
		e, _ := send.NewExporter("ipfix", uint64(len(devices)))
		messages := send.NewMessages(1)
		e.Append(nil, messages, time.Now())                                      // with the template
		sendAll(t, s.port, datagram+string(e.Append(nil, messages, time.Now()))) // of this one
		if _, err := s.Forget(t.Context(), "ip:"+a.String(), false); err != nil {
			t.Fatal(err)
		}
		sendAll(t, s.port, datagram+string(e.Append(nil, messages, time.Now())))
		left -= each
	}
	between := 0
	for n := 0; between < kills && len(devices) > 1; n++ {
		if ended() {
			forget()
		}
		time.Sleep(time.Duration(float64(300*time.Millisecond) * rand.Float64())) // any moment will do
		if exists(filepath.Join(s.data, "forgetting.json")) {
			between++
		}
		s.end(t, syscall.SIGKILL)
		s = runService(t, dir, "")
		if n%4 == 3 {
			eventually(t, "the rest is removed", ended)
		}
	}
	eventually(t, "the last one is removed", ended)
	t.Logf("killed in between %d times", between)
	if between == 0 {
		t.Error("never killed in between")
	}
	s.end(t, os.Interrupt) // which makes all attempts that wait
	s = runService(t, dir, "")
	s.sendStored(t, left+1, went("192.168.1.99", "203.0.113.200"))
	for _, a := range gone {
		if there := holding(t, s.data, traces(a)...); len(there) > 0 {
			t.Errorf("still there: %q", slices.Compact(there))
		}
	}
	for _, a := range devices {
		if n, err := s.Count(t.Context(), client.Query{All: true, Filter: "ip:" + a.String()}); err != nil || n != each {
			t.Errorf("%d attempts of %v, %v", n, a, err)
		}
	}
}
