package guide_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"linklog/service"
	"linklog/service/client"
	"linklog/service/guide"
	"linklog/service/leaktest"
	"linklog/service/localsocket"
	"linklog/service/serve"
	"linklog/service/settings"
)

func TestMain(m *testing.M) { os.Exit(leaktest.Main(m)) }

// daemon is a service in this process, and its port.
func daemon(t *testing.T) (*client.Client, uint16) {
	t.Helper()
	dir := t.TempDir()
	s := settings.Defaults()
	s.Listen.Port, s.Names.DNS = 0, false
	e, err := service.Open(t.Context(), service.Config{DataDir: dir, Settings: s})
	if err != nil {
		t.Fatal(err)
	}
	server := serve.New(serve.Config{Service: e, DataDir: dir})
	socket := filepath.Join(dir, "s")
	l, err := localsocket.Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready, ran, served := make(chan struct{}), make(chan error, 1), make(chan error, 1)
	go func() { ran <- e.Run(ctx, func() { close(ready) }) }()
	go func() { served <- server.Serve(l) }()
	<-ready
	c := client.New(client.Options{Paths: []string{socket}})
	t.Cleanup(func() {
		c.Close()
		cancel()
		if err := errors.Join(<-ran, server.Close(), <-served, e.Close()); err != nil {
			t.Error(err)
		}
	})
	return c, e.Intake.Port()
}

// TestLines is what a router sends that was set up as its steps say: nothing is missing then,
// and no line of it is lost on the way.
func TestLines(t *testing.T) {
	for id, lines := range map[string][]string{
		"asus": {
			"<4>Nov 28 06:42:12 kernel: ACCEPT IN=br0 OUT=eth0 MAC=02:00:5e:10:00:01:02:00:5e:10:00:22:08:00 SRC=192.168.1.10 DST=203.0.113.9 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=1 DF PROTO=TCP SPT=40001 DPT=443 SEQ=1 ACK=0 WINDOW=65535 RES=0x00 SYN URGP=0",
			"<4>Nov 28 06:42:12 kernel: DROP IN=eth0 OUT= MAC=02:00:5e:10:00:01:02:00:5e:10:00:02:08:00 SRC=203.0.113.9 DST=198.51.100.7 LEN=40 TOS=0x00 PREC=0x00 TTL=245 ID=1 PROTO=TCP SPT=40001 DPT=23 SEQ=1 ACK=0 WINDOW=65535 RES=0x00 SYN URGP=0",
		},
		"unifi":    {"<4>Nov 28 06:42:15 UDM-SE UDM-SE [LAN_WAN-A-10001] DESCR=\"Allow out\" IN=br0 OUT=eth8 MAC=02:00:5e:10:00:01:02:00:5e:10:00:22:08:00 SRC=192.168.1.10 DST=203.0.113.9 LEN=60 TOS=00 PREC=0x00 TTL=63 ID=1 DF PROTO=TCP SPT=36051 DPT=443 SEQ=1 ACK=0 WINDOW=65535 SYN URGP=0 MARK=1a0000"},
		"openwrt":  {"<4>Nov 28 06:42:10 OpenWrt kernel: [12345.678901] ACCEPT forward: IN=br-lan OUT=pppoe-wan MAC=02:00:5e:10:00:01:02:00:5e:10:00:22:08:00 SRC=192.168.1.10 DST=203.0.113.9 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=54321 DF PROTO=TCP SPT=45123 DPT=443 WINDOW=65535 RES=0x00 SYN URGP=0"},
		"mikrotik": {"firewall,info A| forward: in:bridge out:ether1, connection-state:new src-mac 02:00:5e:10:00:22, proto TCP (SYN), 192.168.88.10:44355->203.0.113.9:443, len 52"},
		"pfsense":  {"<134>Nov 28 06:42:17 filterlog[12345]: 82,,,1000002661,igb1,match,pass,in,4,0x0,,64,54321,0,DF,6,tcp,60,192.168.1.10,203.0.113.9,45123,443,0,S,1,,65535,,"},
		"opnsense": {"<134>1 2026-11-28T06:42:17+01:00 opnsense filterlog 69805 - [meta sequenceId=\"1\"] 82,,,881dabcd,igb1,match,pass,in,4,0x0,,64,54321,0,DF,6,tcp,60,192.168.1.10,203.0.113.9,45123,443,0,S,1,,65535,,"},
		"tomato":   {"<4>Nov 28 06:42:12 tomato kernel: ACCEPT IN=br0 OUT=vlan2 MACSRC=02:00:5e:10:00:22 MACDST=02:00:5e:10:00:01 MACPROTO=0800 SRC=192.168.1.10 DST=203.0.113.9 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=1 DF PROTO=TCP SPT=40001 DPT=443 SEQ=1 ACK=0 WINDOW=65535 RES=0x00 SYN URGP=0"},
		"edgeos":   {"<4>Nov 28 06:42:15 ubnt kernel: [WAN_OUT-9000-A]IN=eth1 OUT=eth0 MAC=02:00:5e:10:00:01:02:00:5e:10:00:22:08:00 SRC=192.168.1.10 DST=203.0.113.9 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=51768 DF PROTO=TCP SPT=43189 DPT=443 WINDOW=64240 RES=0x00 SYN URGP=0"},
		"vyos":     {"<4>Nov 28 06:42:15 vyos kernel: [ipv4-FWD-filter-900000-A]IN=eth1 OUT=eth0 MAC=02:00:5e:10:00:01:02:00:5e:10:00:22:08:00 SRC=192.168.1.10 DST=203.0.113.9 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=51768 DF PROTO=TCP SPT=43189 DPT=443 WINDOW=64240 RES=0x00 SYN URGP=0"},
		"draytek":  {"<134>Feb 11 15:03:45 vigor: Local User (MAC=02-00-5E-10-00-22): 192.168.1.4:2428 -> 203.0.113.9:80 (TCP) Web"},
		"lancom":   {"<169>Nov 28 06:42:15 lancom PACKET_ALERT: Dst: 192.168.1.10:80 {nas}, Src: 203.0.113.9:4353 {} (TCP): port filter"},
		"d-link":   {"<134>Nov 28 06:42:15 DIR-655 System Log: Blocked incoming UDP packet from 203.0.113.9:6881 to 198.51.100.7:51413"},
		"zyxel":    {`<134>Nov 28 06:42:15 usg src="192.168.1.10:43189" dst="203.0.113.9:443" msg="priority:1, from LAN to WAN, TCP, service others, ACCEPT" note="ACCESS FORWARD" user="unknown" devID="02005e100001" cat="Security Policy Control" dir="LAN:WAN" protoID=6`},
		"cisco":    {"<166>Nov 28 06:42:15 %ASA-6-302013: Built outbound TCP connection 1 for outside:203.0.113.9/443 (203.0.113.9/443) to inside:192.168.1.10/43189 (198.51.100.7/43189)"},
	} {
		t.Run(id, func(t *testing.T) {
			r, ok := guide.Find(id)
			if !ok {
				t.Fatal("no such router")
			}
			c, port := daemon(t)
			conn, err := net.Dial("udp", netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port).String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			for _, line := range lines {
				if _, err := conn.Write([]byte(line)); err != nil {
					t.Fatal(err)
				}
			}
			question := guide.Question{Router: netip.AddrFrom4([4]byte{127, 0, 0, 1})}
			for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
				_, f := guide.Look(t.Context(), c, question)
				results := r.Check(&f)
				if f.Messages == int64(len(lines)) && guide.Done(results) {
					return
				}
				if time.Now().After(deadline) {
					t.Fatalf("%+v\n%+v", f, results)
				}
			}
		})
	}
}
