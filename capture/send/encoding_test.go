package send

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gosnmp/gosnmp"
	"pgregory.net/rapid"
)

// TestCorpus makes the datagrams of real routers' form byte by byte.
func TestCorpus(t *testing.T) {
	usual := Encoding{Uptime: 256}
	minimal := Encoding{Uptime: 256, Minimal: true, Enterprise: Linksys}
	tests := map[string]struct {
		e    Encoding
		text string
	}{
		"new-in-udp.bin":       {usual, "@in UDP from 203.0.113.9:27960 to 192.168.1.61:27960."},
		"new-out-name-ip.bin":  {usual, "@out TCP from 192.168.1.100:1234 to www.example.com(93.184.216.34):80."},
		"new-out-nodot.bin":    {minimal, "@out TCP from 192.168.1.2:55516 to 1.1.1.1:80"},
		"old-in-short.bin":     {minimal, "@in 24.26.198.27 27960 192.168.1.61 27960."},
		"old-long-116.bin":     {usual, "@out 192.168.0.2 8080 24.159.204.248 10325."},
		"old-out-hostname.bin": {usual, "@out 192.168.1.61 32949 slashdot.org 80."},
		"sys-ppp-ip.bin":       {usual, "IP=198.51.100.7."},
		"sys-wan-ip.bin":       {usual, "WAN IP = 198.51.100.7"},
	}
	files, err := filepath.Glob("testdata/*.bin")
	if err != nil || len(files) != len(tests) {
		t.Fatalf("%d files in testdata (%v), want %d", len(files), err, len(tests))
	}
	for _, file := range files {
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		test := tests[filepath.Base(file)]
		if got := AppendTrap(nil, &test.e, test.text); !bytes.Equal(got, want) {
			t.Errorf("%s:\n got %x\nwant %x", file, got, want)
		}
	}
}

// TestAgreesWithGosnmp decodes what was encoded with another's decoder.
func TestAgreesWithGosnmp(t *testing.T) {
	g := &gosnmp.GoSNMP{}
	rapid.Check(t, func(t *rapid.T) {
		e := Encoding{
			PDU:       PDU(rapid.IntRange(0, int(Inform)).Draw(t, "PDU")),
			Minimal:   rapid.Bool().Draw(t, "minimal"),
			Community: rapid.StringMatching(`[a-z]{1,200}`).Draw(t, "community"),
			Uptime:    rapid.Uint32().Draw(t, "uptime"),
			RequestID: rapid.Uint32().Draw(t, "request"),
		}
		agent := "192.168.1.1"
		if rapid.Bool().Draw(t, "has agent") {
			e.Agent = netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "agent")))
			agent = e.Agent.String()
		}
		enterprise := "1.3.6.1.4.1.3955.1.1.0"
		if rapid.Bool().Draw(t, "has enterprise") {
			for _, n := range rapid.SliceOfN(rapid.Uint32(), 0, 20).Draw(t, "enterprise") {
				enterprise += fmt.Sprintf(".%d", n)
			}
			var err error
			if e.Enterprise, err = ParseOID(enterprise); err != nil {
				t.Fatal(err)
			}
		}
		text := rapid.SliceOfN(rapid.Byte(), 0, 1000).Draw(t, "text")
		b := AppendTrap([]byte("before"), &e, text)
		if !bytes.HasPrefix(b, []byte("before")) {
			t.Fatal("what was in dst is overwritten")
		}
		if same := AppendTrap(nil, &e, string(text)); !bytes.Equal(same, b[6:]) {
			t.Fatal("a string is encoded otherwise than bytes")
		}
		p, err := g.UnmarshalTrap(b[6:], false)
		if err != nil {
			t.Fatalf("%v: %x", err, b)
		}
		last := p.Variables[len(p.Variables)-1]
		if got, _ := last.Value.([]byte); !bytes.Equal(got, text) || strings.TrimPrefix(last.Name, ".") != "1.3.6.1.4.1.3955.1.1.0" {
			t.Errorf("text %q of %s, want %q", last.Value, last.Name, text)
		}
		if p.Community != e.Community {
			t.Errorf("community %q, want %q", p.Community, e.Community)
		}
		if e.PDU == TrapV1 {
			if p.Version != gosnmp.Version1 || p.PDUType != gosnmp.Trap || len(p.Variables) != 1 || p.GenericTrap != 6 || p.SpecificTrap != 1 ||
				uint32(p.Timestamp) != e.Uptime || p.AgentAddress != agent || strings.TrimPrefix(p.Enterprise, ".") != enterprise {
				t.Errorf("%+v", p)
			}
			return
		}
		want := gosnmp.SNMPv2Trap
		if e.PDU == Inform {
			want = gosnmp.InformRequest
		}
		if p.Version != gosnmp.Version2c || p.PDUType != want || p.RequestID != e.RequestID&(1<<31-1) || len(p.Variables) != 3 {
			t.Fatalf("%+v", p)
		}
		if up, _ := p.Variables[0].Value.(uint32); up != e.Uptime || p.Variables[0].Name != ".1.3.6.1.2.1.1.3.0" {
			t.Errorf("%+v", p.Variables[0])
		}
		if oid, _ := p.Variables[1].Value.(string); oid != "."+enterprise+".0.1" || p.Variables[1].Name != ".1.3.6.1.6.3.1.1.4.1.0" {
			t.Errorf("%+v", p.Variables[1])
		}
	})
}

func TestAgentCannotBeIPv6(t *testing.T) {
	g := &gosnmp.GoSNMP{}
	for agent, want := range map[string]string{"2001:db8::1": "0.0.0.0", "::ffff:192.168.1.7": "192.168.1.7"} {
		p, err := g.UnmarshalTrap(AppendTrap(nil, &Encoding{Agent: netip.MustParseAddr(agent)}, "x"), false)
		if err != nil || p.AgentAddress != want {
			t.Errorf("%s: %v, %v", agent, p, err)
		}
	}
}

// Every size around those at which a length field grows, with and without the
// shortest lengths.
func TestLengths(t *testing.T) {
	g := &gosnmp.GoSNMP{}
	for n := range 70_000 {
		if n > 600 && (n < 65_200 || n > 65_600) && n%977 != 0 {
			continue
		}
		text := strings.Repeat("x", n)
		for _, e := range []Encoding{{}, {Minimal: true}, {PDU: TrapV2}, {PDU: TrapV2, Minimal: true}} {
			p, err := g.UnmarshalTrap(AppendTrap(nil, &e, text), false)
			if err != nil {
				t.Fatalf("%d bytes, %+v: %v", n, e, err)
			}
			if got, _ := p.Variables[len(p.Variables)-1].Value.([]byte); string(got) != text {
				t.Fatalf("%d bytes, %+v: got %d", n, e, len(got))
			}
		}
	}
}

func TestParseOID(t *testing.T) {
	for s, want := range map[string]OID{
		"1.3.6.1.4.1.3955.1.1.0": LinksysText, ".1.3.6.1.4.1.3955.1.1": Linksys, "1.3.6.1.2.1.1.3.0": sysUpTime, "1.3.6.1.6.3.1.1.4.1.0": snmpTrapOID,
		"0.0": "\x00", "2.999.3": "\x88\x37\x03", "1.3.4294967295": "\x2b\x8f\xff\xff\xff\x7f", "1.3.128": "\x2b\x81\x00",
	} {
		if got, err := ParseOID(s); got != want || err != nil {
			t.Errorf("%s: %x, %v, want %x", s, got, err, want)
		}
	}
	for _, s := range []string{"", ".", "1", "1.40", "3.1", "1.3.4294967296", "1.3.-1", "1..3", "1.3.", "a.b", "iso.3"} {
		if got, err := ParseOID(s); err == nil {
			t.Errorf("%q: %x, want an error", s, got)
		}
	}
}

func TestStream(t *testing.T) {
	g := &gosnmp.GoSNMP{}
	next := Stream(NewMessages(1), Encoding{PDU: TrapV2, RequestID: 100}, Ready, WarmStart)
	for i, want := range []string{"System is ready", "System is warm start", "System is ready"} {
		p, err := g.UnmarshalTrap(next(i, nil), false)
		if err != nil || p.RequestID != uint32(100+i) || string(p.Variables[2].Value.([]byte)) != want {
			t.Errorf("%d: %+v, %v", i, p, err)
		}
	}
	if b := Stream(NewMessages(1), Encoding{})(0, nil); !bytes.Contains(b, []byte("@")) {
		t.Errorf("no form: %q", b)
	}
}

func TestAllocations(t *testing.T) {
	if testing.Short() {
		t.Skip("allocations mean nothing under the race detector")
	}
	all := make([]Form, 0, len(forms))
	for f := New; int(f) < len(forms); f++ {
		all = append(all, f)
	}
	b := make([]byte, 0, 1000)
	for _, pdu := range []PDU{TrapV1, TrapV2, Inform} {
		next, i := Stream(NewMessages(1), Encoding{PDU: pdu, Community: "home", Enterprise: Linksys}, all...), 0
		for range all {
			next(i, b) // the first ones grow the room for texts
		}
		if n := testing.AllocsPerRun(1000, func() { next(i, b); i++ }); n != 0 {
			t.Errorf("PDU %d: %v allocations", pdu, n)
		}
	}
}

func BenchmarkAppendTrap(b *testing.B) {
	e := Encoding{}
	dst := make([]byte, 0, 1000)
	b.ReportAllocs()
	for b.Loop() {
		dst = AppendTrap(dst[:0], &e, "@in UDP from 203.0.113.9:27960 to 192.168.1.61:27960.")
	}
}

func BenchmarkStream(b *testing.B) {
	next := Stream(NewMessages(1), Encoding{}, New, NewNamed, Old)
	dst := make([]byte, 0, 1000)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		dst = next(i, dst[:0])
		i++
	}
}
