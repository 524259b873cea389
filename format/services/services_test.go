package services

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"linklog/capture"
)

func TestIANA(t *testing.T) {
	tab := IANA()
	for _, test := range []struct {
		port  uint16
		proto capture.Protocol
		want  string
	}{
		{80, capture.TCP, "http"}, // IANA lists http, www and www-http
		{53, capture.UDP, "domain"},
		{111, capture.TCP, "sunrpc"},
		{443, capture.TCP, "https"},
		{443, capture.UDP, "https"},
		{465, capture.TCP, "submissions"},
		{465, capture.UDP, "igmpv3lite"},
		{631, capture.TCP, "ipp"},
		{1701, capture.UDP, "l2tp"},
		{2049, capture.TCP, "nfs"},
		{3478, capture.UDP, "stun"},
		{6000, capture.TCP, "x11"},
		{6063, capture.UDP, "x11"},
		{6064, capture.TCP, "ndl-ahp-svc"},
		{9, capture.SCTP, "discard"},
		{9, dccp, "discard"},
		{36412, capture.SCTP, "s1-control"},
		{36412, capture.TCP, ""},
		{27960, capture.UDP, ""},
		{80, capture.ICMP, ""},
		{80, capture.Protocol(255), ""},
		{0, capture.TCP, ""},
		{65535, capture.UDP, ""},

		// The router named no protocol.
		{80, 0, "http"},
		{465, 0, ""},              // the two disagree
		{36412, 0, ""},            // SCTP only
		{6665, 0, "ircu"},         // TCP only
		{1900, 0, "ssdp"},         // both
		{51820, 0, ""},            // neither
		{34962, 0, "profinet-rt"}, // both, above the pages of usual ports
	} {
		if got := tab.Name(test.port, test.proto); got != test.want {
			t.Errorf("Name(%d, %q) = %q, want %q", test.port, test.proto, got, test.want)
		}
	}
}

// Every line of our own file must be read: addTable skips what does not fit.
func TestIANAWhole(t *testing.T) {
	tab, lines := IANA(), 0
	for line := range strings.Lines(iana) {
		if line[0] == '#' {
			continue
		}
		lines++
		var ports, letters, name string
		if _, err := fmt.Sscan(line, &ports, &letters, &name); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		var port uint16
		if _, err := fmt.Sscan(strings.Split(ports, "-")[0], &port); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		for _, letter := range letters {
			proto := map[rune]capture.Protocol{'t': capture.TCP, 'u': capture.UDP, 's': capture.SCTP, 'd': dccp}[letter]
			if got := tab.Name(port, proto); got != name {
				t.Errorf("line %q: %v has name %q", line, proto, got)
			}
		}
	}
	if lines < 6000 {
		t.Errorf("only %d lines", lines)
	}
	if len(tab.more) != 0 {
		t.Errorf("ports with two names: %v", tab.more)
	}
}

func TestLoad(t *testing.T) {
	tab, err := Load(filepath.Join("testdata", "services"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		port  uint16
		proto capture.Protocol
		want  string
	}{
		{15, capture.TCP, "netstat"},
		{80, capture.TCP, "http"},
		{80, capture.UDP, "http"}, // IANA's
		{466, capture.TCP, "UPPER"},
		{27960, capture.UDP, "mine"},
		{27960, capture.TCP, ""},
		{27960, 0, "mine"},
		{443, 0, "https"}, // on two lines of the file
		{5672, capture.SCTP, "amqp"},
		{444, capture.TCP, "snpp"},         // bad line, IANA's name
		{445, capture.TCP, "microsoft-ds"}, // bad line, IANA's name
		{446, capture.TCP, "ddm-rdb"},      // bad line, IANA's name
		{447, capture.TCP, "good"},         // instead of IANA's ddm-dfm
		{448, capture.TCP, "ddm-ssl"},      // too long, IANA's name
		{449, capture.TCP, "last"},
		{450, capture.TCP, "crlf"},
		{451, capture.TCP, "noeol"},
		{22, capture.TCP, "ssh"},
	} {
		if got := tab.Name(test.port, test.proto); got != test.want {
			t.Errorf("Name(%d, %q) = %q, want %q", test.port, test.proto, got, test.want)
		}
	}
	var more []string
	tab.Each(func(name string, port uint16, proto capture.Protocol) bool {
		if name != tab.Name(port, proto) && (port < 1024 || port == 27960) { // above, ours are before IANA's
			more = append(more, fmt.Sprintf("%d/%v %s", port, proto, name))
		}
		return true
	})
	want := []string{
		"80/TCP late-http", "80/TCP www", "447/TCP ddm-dfm", "447/TCP fine", "449/TCP as-servermap",
		"450/TCP tserver", "451/TCP sfs-smp-net", "465/TCP smtps", "465/TCP ssmtp", "465/TCP urd",
		"466/TCP digital-vrc", "623/UDP asf-rmcp", "27960/UDP quake",
	}
	if !slices.Equal(more, want) {
		t.Errorf("further names:\n%q, want\n%q", more, want)
	}
}

func TestLoadMissing(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "services"))
	if err == nil || !strings.Contains(err.Error(), "open services file") {
		t.Errorf("error %v", err)
	}
}

// A file of any size and content leaves IANA's names usable.
func TestReadHuge(t *testing.T) {
	var b bytes.Buffer
	for i := 0; b.Len() < maxFile+1000; i++ {
		fmt.Fprintf(&b, "n%d 27960/udp a%d\n", i, i)
	}
	tab, err := Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	if got := tab.Name(27960, capture.UDP); got != "n0" {
		t.Errorf("27960/udp = %q", got)
	}
	if n := len(tab.names); n > 40_000 {
		t.Errorf("%d names", n)
	}
	if got := tab.Name(443, capture.TCP); got != "https" {
		t.Errorf("443/tcp = %q: no room for IANA's names", got)
	}
}

func TestReadByteOrderMark(t *testing.T) {
	tab, err := Read(strings.NewReader("\ufeffmine 27960/tcp\r\n"))
	if err != nil || tab.Name(27960, capture.TCP) != "mine" {
		t.Errorf("27960/tcp = %q, %v", tab.Name(27960, capture.TCP), err)
	}
}

func TestReadError(t *testing.T) {
	if _, err := Load(t.TempDir()); err == nil { // a folder opens, but cannot be read
		t.Error("no error")
	}
}

func TestDefault(t *testing.T) {
	if got := Default().Name(80, capture.TCP); got != "http" {
		t.Errorf("80/tcp = %q", got)
	}
}

func TestNil(t *testing.T) {
	var tab *Table
	if got := tab.Name(80, capture.TCP); got != "" {
		t.Errorf("80/tcp = %q", got)
	}
	tab.Each(func(string, uint16, capture.Protocol) bool { t.Error("a name"); return false })
}

func TestEachStops(t *testing.T) {
	tab, err := Read(strings.NewReader("mine 80/tcp www"))
	if err != nil {
		t.Fatal(err)
	}
	all := 0
	tab.Each(func(string, uint16, capture.Protocol) bool { all++; return true })
	for _, stop := range []int{1, 2, all - 1, all} {
		n := 0
		tab.Each(func(string, uint16, capture.Protocol) bool { n++; return n < stop })
		if n != stop {
			t.Errorf("stop at %d: %d calls", stop, n)
		}
	}
}

func TestConcurrent(t *testing.T) {
	tab := IANA()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for port := range 2000 {
				tab.Name(uint16(port), 0)
			}
			tab.Each(func(string, uint16, capture.Protocol) bool { return true })
		})
	}
	wg.Wait()
}

func TestNameAllocs(t *testing.T) {
	tab := Default()
	if n := testing.AllocsPerRun(1000, func() {
		tab.Name(80, capture.TCP)
		tab.Name(60000, capture.UDP)
		tab.Name(53, 0)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzServicesFile(f *testing.F) {
	if data, err := os.ReadFile(filepath.Join("testdata", "services")); err == nil {
		f.Add(data)
	}
	f.Add([]byte("\xef\xbb\xbfa 1/tcp b c#d\r\n\x1b[2J 2/udp\n"))
	f.Add([]byte("http 80/tcp\x00www\nhttp\t80/tcp \u202e"))
	f.Fuzz(func(t *testing.T, data []byte) {
		b := newBuilder() // IANA's names would only take time
		b.addFile(data)
		tab := b.done()
		tab.Each(func(name string, port uint16, proto capture.Protocol) bool {
			if !validName(name) || port == 0 {
				t.Errorf("name %q for port %d", name, port)
			}
			if tab.Name(port, proto) == "" {
				t.Errorf("%d/%v: %q, but none shown", port, proto, name)
			}
			return true
		})
	})
}

func BenchmarkServiceName(b *testing.B) {
	tab := Default()
	ports := []uint16{80, 443, 53, 51234, 27960, 6881, 8080, 123}
	b.ReportAllocs()
	for i := range b.N {
		tab.Name(ports[i&7], capture.TCP)
	}
}

func BenchmarkDefault(b *testing.B) {
	b.ReportAllocs()
	for range b.N {
		Default()
	}
}
