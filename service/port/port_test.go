package port

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"linklog/capture/receive/porttest"
)

// asHolder makes the test program a child that opens a port ("tcp 127.0.0.1:0"), prints it
// and waits for the end of its input.
const asHolder = "LINKLOG_TEST_HOLD"

func TestMain(m *testing.M) {
	network, address, holds := strings.Cut(os.Getenv(asHolder), " ")
	if !holds {
		os.Exit(m.Run())
	}
	var c io.Closer
	var at net.Addr
	var err error
	if network == tcp {
		var l net.Listener
		if l, err = net.Listen(network, address); err == nil {
			c, at = l, l.Addr()
		}
	} else {
		var u net.PacketConn
		if u, err = net.ListenPacket(network, address); err == nil {
			c, at = u, u.LocalAddr()
		}
	}
	if err != nil {
		os.Stdout.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	_, port, _ := net.SplitHostPort(at.String())
	os.Stdout.WriteString(port + "\n")
	os.Stdin.Read(make([]byte, 1))
	c.Close()
}

// hold starts a child that holds a free port.
func hold(t *testing.T, network, address string) (pid int, port uint16) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(self)
	child.Env = append(os.Environ(), asHolder+"="+network+" "+address)
	child.Stderr = os.Stderr
	in, err1 := child.StdinPipe()
	out, err2 := child.StdoutPipe()
	if err := errors.Join(err1, err2, child.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); child.Wait() })
	line, _ := bufio.NewReader(out).ReadString('\n')
	n, err := strconv.ParseUint(strings.TrimSpace(line), 10, 16)
	if err != nil {
		t.Skipf("the child cannot listen on %s: %s", address, line)
	}
	return child.Process.Pid, uint16(n)
}

func TestHolderIsAnotherProcess(t *testing.T) {
	for _, test := range []struct {
		network, address string
		of, notOf        func(uint16) (Process, error)
	}{
		{udp, "127.0.0.1:0", Holder, HolderTCP}, {udp, "[::1]:0", Holder, HolderTCP}, {udp, ":0", Holder, HolderTCP},
		{tcp, "127.0.0.1:0", HolderTCP, Holder}, {tcp, "[::1]:0", HolderTCP, Holder}, {tcp, ":0", HolderTCP, Holder},
	} {
		t.Run(test.network+" "+test.address, func(t *testing.T) {
			if test.network == tcp && underWine() {
				t.Skip("wine's table of TCP has nobody who listens; Windows' has")
			}
			pid, port := hold(t, test.network, test.address)
			p, err := test.of(port)
			if err != nil {
				t.Fatal(err)
			}
			if other, _ := test.notOf(port); other.PID == pid {
				t.Error("it has the same port of the other network, too")
			}
			self, _ := os.Executable()
			if p.PID != pid || p.Name != filepath.Base(self) || !strings.HasSuffix(p.Path, p.Name) {
				t.Errorf("got %+v, want process %d, %s", p, pid, self)
			}
			if a := Advice(p, port).String(); !strings.Contains(a, p.Name) || !strings.Contains(a, strconv.Itoa(pid)) {
				t.Errorf("advice names neither program nor process: %s", a)
			}
		})
	}
}

func TestHolderOfAFreePort(t *testing.T) {
	port := porttest.Free(t)
	if p, err := Holder(port); !errors.Is(err, ErrFree) {
		t.Errorf("got %+v, %v; want ErrFree", p, err)
	}
}

// A real snmptrapd: what households with a Linux machine most likely have.
func TestHolderIsSnmptrapd(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("not on Windows")
	}
	daemon, err := exec.LookPath("snmptrapd")
	if err != nil {
		daemon = "/usr/sbin/snmptrapd" // not in every user's PATH
	}
	if _, err := os.Stat(daemon); err != nil {
		t.Skip("snmptrapd is not installed (apt-get install snmptrapd)")
	}
	port := porttest.Free(t)
	child := exec.Command(daemon, "-f", "-C", "-n", "-Le", "--disableAuthorization=yes", "udp:127.0.0.1:"+strconv.Itoa(int(port)))
	child.Env = append(os.Environ(), "SNMP_PERSISTENT_DIR="+t.TempDir())
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { child.Process.Kill(); child.Wait() })
	p := eventually(t, port)
	if p.PID != child.Process.Pid || p.Name != "snmptrapd" {
		t.Errorf("got %+v, want process %d, snmptrapd", p, child.Process.Pid)
	}
	if a := Advice(p, port).String(); runtime.GOOS == "linux" && !strings.HasSuffix(a, "sudo systemctl disable --now snmptrapd.socket snmptrapd") {
		t.Errorf("advice: %s", a)
	}
}

// eventually waits until somebody holds the port.
func eventually(t *testing.T, port uint16) Process {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		p, err := Holder(port)
		if err == nil {
			return p
		}
		if time.Now().After(deadline) {
			t.Fatalf("nobody took port %d: %v", port, err)
		}
	}
}

func TestAdvice(t *testing.T) {
	for _, test := range []struct {
		name string
		os   string
		p    Process
		want string
	}{
		{"ourselves", "linux", Process{PID: 7, Name: "linklog", Service: "linklog.service"},
			"LinkLog is already running (process 7) and has port 162."},
		{"our socket, held by the manager", "linux", Process{PID: 1, Name: "systemd", Service: "linklog-trap.socket"},
			"The system keeps port 162 open for LinkLog's service. To see what it receives: linklog. If it is not running: sudo linklog service start"},
		{"our app on Windows", "windows", Process{PID: 7, Name: "LinkLog-App.exe"},
			"LinkLog's app is already running (process 7) and has port 162."},
		{"snmptrapd", "linux", Process{PID: 7, Name: "snmptrapd", Service: "snmptrapd.service"},
			"Port 162 is in use by snmptrapd (process 7). If you do not need it, free the port with: sudo systemctl disable --now snmptrapd.socket snmptrapd"},
		{"snmptrapd's socket", "linux", Process{Service: "snmptrapd.socket"},
			"Port 162 is in use by snmptrapd.socket. If you do not need it, free the port with: sudo systemctl disable --now snmptrapd.socket snmptrapd"},
		{"snmptrapd on macOS", "darwin", Process{PID: 7, Name: "snmptrapd"},
			"Port 162 is in use by snmptrapd (process 7). Quit it, or set it to a different port."},
		{"SNMP Trap", "windows", Process{PID: 7, Name: "snmptrap.exe", Service: "SNMPTRAP"},
			`Port 162 is in use by snmptrap.exe (process 7). It is the Windows service "SNMP Trap". If you do not need it, free the port in a command prompt run as administrator: ` +
				"sc stop SNMPTRAP & sc config SNMPTRAP start= disabled"},
		{"SNMP Trap that cannot be looked into", "windows", Process{PID: 7, Service: "SNMPTRAP"},
			`Port 162 is in use by SNMPTRAP (process 7). It is the Windows service "SNMP Trap". If you do not need it, free the port in a command prompt run as administrator: ` +
				"sc stop SNMPTRAP & sc config SNMPTRAP start= disabled"},
		{"another service", "linux", Process{PID: 7, Name: "telegraf", Service: "telegraf.service"},
			"Port 162 is in use by telegraf (process 7). If you do not need it, stop it with: sudo systemctl stop telegraf.service"},
		{"another service on Windows", "windows", Process{PID: 7, Name: "nms.exe", Service: "NMS"},
			"Port 162 is in use by nms.exe (process 7). If you do not need it, stop it in a command prompt run as administrator: sc stop NMS"},
		{"several services", "windows", Process{PID: 7, Name: "svchost.exe", Service: "A,B"},
			"Port 162 is in use by svchost.exe (process 7). Quit it, or set it to a different port."},
		{"a container; never docker itself", "linux", Process{PID: 7, Name: "docker-proxy", Service: "docker.service"},
			`Port 162 is in use by docker-proxy (process 7). It belongs to a container: "docker ps" or "podman ps" shows which one; stop that.`},
		{"rsyslog", "linux", Process{PID: 7, Name: "rsyslogd", Service: "rsyslog.service"},
			`Port 162 is in use by rsyslogd (process 7). If it need not receive from the network, remove the lines with "imudp" from /etc/rsyslog.conf and restart it. Else have it pass on what it receives: ` +
				`write ports = [162, 9514, 2055] under [listen] in LinkLog's settings, and in /etc/rsyslog.d/linklog.conf: if $fromhost-ip != "127.0.0.1" then @127.0.0.1:9514`},
		{"a name that is a command", "linux", Process{PID: 7, Name: "x", Service: "x$(reboot).service"},
			"Port 162 is in use by x (process 7). Quit it, or set it to a different port."},
		{"another user's", "linux", Process{User: "Debian-snmp"},
			"Port 162 is in use by a program of user Debian-snmp. To see which one: sudo linklog doctor"},
		{"nothing known", "darwin", Process{}, "Port 162 is in use by another program. To see which one: sudo linklog doctor"},
		{"nothing known on Windows", "windows", Process{},
			"Port 162 is in use by another program. To see which one, type in a command prompt run as administrator: linklog doctor"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := advice(test.p, 162, test.os).String(); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// What is said of a port that this user may not open fits the port, the system and
// what was typed.
func TestDenied(t *testing.T) {
	for _, test := range []struct {
		name, os, command string
		port              uint16
		installed         bool
		want              string
	}{
		{"the command", "linux", "linklog", 162, false, "Ports below 1024 need a right. Either listen on a different port:\n    linklog --port 9162\n" +
			"or let this program open such ports, from now on:\n    sudo setcap cap_net_bind_service=+ep '/a b'\n" +
			"or start it as root; it becomes user nobody as soon as the port is open:\n    sudo linklog --port 162\n" +
			"or have the background service receive and keep everything, without any rights:\n    sudo linklog service install"},
		{"beside the service", "linux", "linklog", 80, true, "Ports below 1024 need a right. Either listen on a different port:\n    linklog --port 9162\n" +
			"or let this program open such ports, from now on:\n    sudo setcap cap_net_bind_service=+ep '/a b'\n" +
			"or start it as root; it becomes user nobody as soon as the port is open:\n    sudo linklog --port 80"},
		{"the service", "linux", "./linklog service run", 162, false, "Ports below 1024 need a right. Either listen on a different port:\n    ./linklog service run --port 9162\n" +
			"or let this program open such ports, from now on:\n    sudo setcap cap_net_bind_service=+ep '/a b'\n" +
			"or have the background service receive and keep everything, without any rights:\n    sudo ./linklog service install"},
		{"a port for everybody", "linux", "linklog service run", 1162, false, "Every user may open this port, but something keeps this program from it:\nSELinux, AppArmor or a container. " +
			"Either listen on a different port:\n    linklog service run --port 9162\n" +
			"or have the background service receive and keep everything, without any rights:\n    sudo linklog service install"},
		{"macOS", "darwin", "linklog service run", 162, false, "Either listen on a different port:\n    linklog service run --port 9162\n" +
			"or have the background service receive and keep everything, without any rights:\n    sudo linklog service install"},
		{"Windows", "windows", "linklog service run", 162, false, "Another program holds the port for itself, or Windows keeps it back (see:\n" +
			"netsh int ipv4 show excludedportrange udp). Either listen on a different port:\n    linklog service run --port 9162"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := denied(test.port, test.command, fmt.Sprint(test.port), "9162", test.installed, "'/a b'", test.os, 1024); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}
