package router

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"linklog/capture"
	"linklog/service/client"
)

// TestRelays has the router send its log by programs that other routers and servers have for
// it, over UDP and TCP and in all forms of both. The service shows each connection once, as
// with the router's own.
func TestRelays(t *testing.T) {
	b := build(t, logPort)
	service := serve(b, linklog(t), "[listen]\ntcp = true\n")
	b.lease("device", "tv-living", "")
	b.lease("guest", "tablet", "")
	from := map[string]string{"device": "tv-living " + b.address("device"), "guest": "tablet " + b.address("guest")}

	connections := 0
	// connects has both devices ask for a name of the same address and connect to it, and
	// waits until that is shown.
	connects := func(t *testing.T) {
		t.Helper()
		b := &box{t: t, dir: b.dir, tag: b.tag}
		asked := map[string]string{"device": "www.shop.example", "guest": "www.example.com"}
		for ns, host := range asked {
			b.ask(ns, host)
		}
		for ns := range asked {
			b.fetch(ns, "http://"+hostIP+"/")
		}
		connections += 2
		count := map[string]int{}
		b.eventually("both connections are shown", func() bool {
			clear(count)
			shown := 0
			err := service.Events(t.Context(), client.Query{}, func(ev *capture.Event) error {
				if ev.Kind == capture.Traffic {
					if shown++; shown <= 2 { // the newest first
						count[told(ev)]++
					}
				}
				return nil
			})
			return err == nil && shown >= connections
		})
		var want []string
		for ns, host := range asked {
			want = append(want, fmt.Sprintf("out allowed %s -> %s %s 80", from[ns], host, hostIP))
		}
		b.each(count, want)
	}
	t.Run("busybox", connects)

	to := fmt.Sprintf("target=%q port=\"%d\" ", ownIP, logPort)
	relays := map[string]func(t *testing.T, dir string) []string{}
	for name, action := range map[string]string{
		"UDP, BSD":              `protocol="udp" template="RSYSLOG_TraditionalForwardFormat"`,
		"UDP, RFC 5424":         `protocol="udp" template="RSYSLOG_SyslogProtocol23Format"`,
		"TCP, lines":            `protocol="tcp" TCP_Framing="traditional" template="RSYSLOG_ForwardFormat"`,
		"TCP, NUL":              `protocol="tcp" TCP_FrameDelimiter="0" template="RSYSLOG_TraditionalForwardFormat"`,
		"TCP, octets, RFC 5424": `protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"`,
	} {
		relays["rsyslog, "+name] = func(t *testing.T, dir string) []string { return rsyslog(t, dir, "/dev/log", to+action) }
	}
	for name, driver := range map[string]string{
		"UDP, BSD":              "network(%q port(%d) transport(udp))",
		"UDP, RFC 5424":         "syslog(%q port(%d) transport(udp))",
		"TCP, lines":            "network(%q port(%d) transport(tcp))",
		"TCP, octets, RFC 5424": "syslog(%q port(%d) transport(tcp))",
	} {
		relays["syslog-ng, "+name] = func(t *testing.T, dir string) []string {
			return syslogNG(t, dir, "/dev/log", fmt.Sprintf(driver, ownIP, logPort))
		}
	}
	for name, command := range relays {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(b.dir, strings.ReplaceAll(name, " ", ""))
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			args := command(t, dir)
			b.relay(withLibraries(b.in("router", args...), args[0]))
			connects(t)
		})
	}

	// A single line, as scripts send it.
	seq := 0
	for _, transport := range []string{"--udp", "--tcp", "--tcp --octet-count"} {
		for _, form := range []string{"--rfc3164", "--rfc5424", "--rfc5424=notime,nohost"} {
			t.Run("logger "+transport+" "+form, func(t *testing.T) {
				seq++
				line := strings.Replace(said, "SPT=43189", fmt.Sprintf("SPT=%d", 1000+seq), 1)
				args := append(strings.Fields(transport), form, "-n", ownIP, "-P", fmt.Sprint(logPort), "-t", "kernel", line)
				b := &box{t: t, dir: b.dir, tag: b.tag}
				b.must("router", append([]string{"logger"}, args...)...)
				want := fmt.Sprintf("out allowed 192.168.1.10:%d -> 203.0.113.9:443", 1000+seq)
				b.eventually("the line is shown", func() bool {
					n := 0
					err := service.Events(t.Context(), client.Query{}, func(ev *capture.Event) error {
						if fmt.Sprintf("%v %v %v:%d -> %v:%d", ev.Dir, ev.Verdict, ev.Src.Addr, ev.Src.Port, ev.Dst.Addr, ev.Dst.Port) == want {
							n++
						}
						return nil
					})
					return err == nil && n == 1
				})
			})
		}
	}
	status, err := service.Status(t.Context())
	if err != nil || status.Lost.Total > 0 || status.Rejected > 0 {
		t.Errorf("%+v, %v", status, err)
	}
}
