package router

import (
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/decode"
)

// said is a line that a program passes on, as the kernel of a router wrote it.
const said = "ACCEPT IN=br-lan OUT=eth0 MAC=02:00:5e:10:00:01:02:00:5e:10:00:22:08:00 SRC=192.168.1.10 DST=203.0.113.9 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=51768 DF PROTO=TCP SPT=43189 DPT=443 WINDOW=64240 RES=0x00 SYN URGP=0"

// TestHeaders reads what real programs put in front of a line when they pass it on.
func TestHeaders(t *testing.T) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	port := conn.LocalAddr().(*net.UDPAddr).Port

	t.Run("logger", func(t *testing.T) {
		for _, form := range [][]string{nil, {"--rfc3164"}, {"--rfc5424"}, {"--rfc5424=notime,nohost"}, {"--rfc5424=notq"}, {"--rfc3164", "-i"}, {"--rfc5424", "-i", "--sd-id", "x@1", "--sd-param", `a="b"`}} {
			send(t, append([]string{"-n", "127.0.0.1", "-P", fmt.Sprint(port), "-d", "-t", "kernel"}, form...), said)
			expect(t, conn, strings.Join(form, " "))
		}
	})
	t.Run("rsyslog", func(t *testing.T) {
		for _, template := range []string{"RSYSLOG_TraditionalForwardFormat", "RSYSLOG_ForwardFormat", "RSYSLOG_SyslogProtocol23Format", "RSYSLOG_FileFormat", "RSYSLOG_TraditionalFileFormat"} {
			dir := t.TempDir()
			args := rsyslog(t, dir, filepath.Join(dir, "log"), fmt.Sprintf("target=\"127.0.0.1\" port=\"%d\" protocol=\"udp\" template=%q", port, template))
			passOn(t, conn, dir, template, args)
		}
	})
	t.Run("syslog-ng", func(t *testing.T) {
		for _, driver := range []string{"network(%q port(%d) transport(udp))", "syslog(%q port(%d) transport(udp))", "network(%q port(%d) transport(udp) template(\"<$PRI>$ISODATE $HOST $MSGHDR$MSG\"))"} {
			dir := t.TempDir()
			passOn(t, conn, dir, driver, syslogNG(t, dir, filepath.Join(dir, "log"), fmt.Sprintf(driver, "127.0.0.1", port)))
		}
	})
}

// TestTwoRouters has two routers send their lines through one real relay: each of them is known by
// the name it has in its lines, and what both report is reported by both.
func TestTwoRouters(t *testing.T) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	port := conn.LocalAddr().(*net.UDPAddr).Port
	for _, template := range []string{"RSYSLOG_TraditionalForwardFormat", "RSYSLOG_ForwardFormat", "RSYSLOG_SyslogProtocol23Format"} {
		t.Run(template, func(t *testing.T) {
			b, dir := &box{t: t}, t.TempDir()
			socket := filepath.Join(dir, "log")
			args := rsyslog(t, dir, socket, fmt.Sprintf("target=\"127.0.0.1\" port=\"%d\" protocol=\"udp\" template=%q", port, template), `UseSpecialParser="off" ParseHostname="on"`)
			relay := b.begin(withLibraries(exec.Command(args[0], args[1:]...), args[0]))
			defer end(relay)
			var in net.Conn
			b.eventually("the relay listens", func() bool { in, err = net.Dial("unixgram", socket); return err == nil })
			defer in.Close()
			for _, name := range []string{"attic", "cellar.lan", "192.168.1.2", "attic"} {
				if _, err := fmt.Fprintf(in, "<4>Nov 28 06:42:10 %s kernel: [12345.678901] %s", name, said); err != nil {
					t.Fatal(err)
				}
			}
			var d decode.Decoder
			repeats := capture.NewRepeats()
			told := map[string]string{}
			if err := conn.SetReadDeadline(time.Now().Add(60 * time.Second)); err != nil {
				t.Fatal(err)
			}
			for datagram, n := make([]byte, 65536), 0; n < 4; {
				size, from, err := conn.ReadFromUDPAddrPort(datagram)
				if err != nil {
					t.Fatalf("%d of 4 lines came: %v; %v", n, err, told)
				}
				if !strings.Contains(string(datagram[:size]), "IN=br-lan") {
					continue // the relay says something itself
				}
				n++
				var ev capture.Event
				d.Decode(&capture.Datagram{Data: datagram[:size], From: from, Time: time.Now()}, &ev)
				if again := repeats.Again(&ev); ev.Kind != capture.Traffic || ev.Text != "ACCEPT" {
					t.Errorf("%q: %+v", datagram[:size], ev)
				} else if again {
					told[ev.RouterName] += "r"
				} else {
					told[ev.RouterName] += "n"
				}
			}
			if want := map[string]string{"attic": "nr", "cellar.lan": "n", "192.168.1.2": "n"}; !maps.Equal(told, want) {
				t.Errorf("%v, want %v", told, want)
			}
		})
	}
}

// rsyslog is the command line of a real rsyslogd that passes on what comes to a socket, of which
// there may be other parameters, by an action with certain ones. Its files are in dir.
func rsyslog(t *testing.T, dir, socket, action string, input ...string) []string {
	t.Helper()
	root := program(t, "rsyslog", "usr/sbin/rsyslogd")
	modules, err := filepath.Glob(filepath.Join(root, "usr/lib/*/rsyslog"))
	if err != nil || len(modules) != 1 {
		t.Fatalf("modules of rsyslog: %q, %v", modules, err)
	}
	config := write(t, dir, fmt.Sprintf("module(load=\"imuxsock\" SysSock.Use=\"off\")\ninput(type=\"imuxsock\" Socket=%q ratelimit.interval=\"0\" %s)\naction(type=\"omfwd\" %s)\n", socket, strings.Join(input, " "), action))
	return []string{filepath.Join(root, "usr/sbin/rsyslogd"), "-n", "-f", config, "-i", filepath.Join(dir, "pid"), "-M", modules[0]}
}

// syslogNG is rsyslog for syslog-ng, to a destination of which the driver is given.
func syslogNG(t *testing.T, dir, socket, driver string) []string {
	t.Helper()
	root := program(t, "syslog-ng-core", "usr/sbin/syslog-ng")
	modules, err := filepath.Glob(filepath.Join(root, "usr/lib/syslog-ng/[0-9]*"))
	if err != nil || len(modules) != 1 {
		t.Fatalf("modules of syslog-ng: %q, %v", modules, err)
	}
	config := write(t, dir, fmt.Sprintf("@version: %s\nsource s { unix-dgram(%q); };\ndestination d { %s; };\nlog { source(s); destination(d); };\n", filepath.Base(modules[0]), socket, driver))
	return []string{filepath.Join(root, "usr/sbin/syslog-ng"), "-F", "--no-caps", "-f", config, "-R", filepath.Join(dir, "persist"), "-p", filepath.Join(dir, "pid"), "-c", filepath.Join(dir, "control"), "--module-path", modules[0]}
}

// write writes what a program is told.
func write(t *testing.T, dir, config string) (file string) {
	t.Helper()
	file = filepath.Join(dir, "conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// unpacked gives the root of a package that scripts/setup unpacked, if a file of it is there.
func unpacked(name, file string) (root string, ok bool) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", false
	}
	root = filepath.Join(cache, "linklog", name)
	_, err = os.Stat(filepath.Join(root, file))
	return root, err == nil
}

// program is unpacked, without which the test is skipped.
func program(t *testing.T, name, file string) string {
	t.Helper()
	root, ok := unpacked(name, file)
	if !ok {
		t.Skipf("%s is not here: not tried (scripts/setup test fetches it, on Debian and Ubuntu)", name)
	}
	return root
}

// libraries are where a package has them, which depends on the processor.
func libraries(root string) string {
	inner, _ := filepath.Glob(filepath.Join(root, "lib/*-linux-gnu"))
	outer, _ := filepath.Glob(filepath.Join(root, "usr/lib/*-linux-gnu"))
	return strings.Join(append(append(outer, inner...), filepath.Join(root, "usr/lib/syslog-ng")), ":")
}

// withLibraries lets a program of an unpacked package find its libraries.
func withLibraries(cmd *exec.Cmd, program string) *exec.Cmd {
	cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+libraries(filepath.Join(filepath.Dir(program), "../..")))
	return cmd
}

// passOn starts a program that passes a line on, and lets it do so.
func passOn(t *testing.T, conn *net.UDPConn, dir, form string, args []string) {
	t.Helper()
	cmd := withLibraries(exec.Command(args[0], args[1:]...), args[0])
	b := &box{t: t}
	b.begin(cmd)
	log := filepath.Join(dir, "log")
	b.eventually("the program listens", func() bool {
		c, err := net.Dial("unixgram", log)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	send(t, []string{"-u", log, "-t", "kernel"}, said)
	expect(t, conn, form)
	end(cmd)
}

// send sends a line with the program of every Linux.
func send(t *testing.T, args []string, line string) {
	t.Helper()
	if _, err := exec.LookPath("logger"); err != nil {
		t.Skip("there is no logger here: not tried")
	}
	if out, err := exec.Command("logger", append(args, line)...).CombinedOutput(); err != nil {
		t.Fatalf("logger %v: %v: %s", args, err, out)
	}
}

// expect waits for the line, and holds that it is understood.
func expect(t *testing.T, conn *net.UDPConn, form string) {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	var d decode.Decoder
	for datagram := make([]byte, 65536); ; {
		n, from, err := conn.ReadFromUDPAddrPort(datagram)
		if err != nil {
			t.Fatalf("%s: no line came: %v", form, err)
		}
		if !strings.Contains(string(datagram[:n]), "IN=br-lan") {
			continue // the program says something itself
		}
		var ev capture.Event
		d.Decode(&capture.Datagram{Data: datagram[:n], From: from}, &ev)
		a := attempt{ev.Dir, ev.Verdict, ev.Src.Addr.String(), ev.Dst.Addr.String(), ev.Dst.Port}
		if want := (attempt{capture.Out, capture.Allowed, "192.168.1.10", "203.0.113.9", 443}); a != want || ev.Text != "ACCEPT" {
			t.Errorf("%s: %q\n got %+v, %q, %v\nwant %+v", form, datagram[:n], a, ev.Text, ev.Reason, want)
		}
		host, _ := os.Hostname()
		if got := d.Header().Host; got != host && !strings.Contains(form, "nohost") && form != "" {
			t.Errorf("%s: %q: host %q, want %q", form, datagram[:n], got, host)
		}
		return
	}
}
