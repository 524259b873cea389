package install

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// network gives the container an address, as in a home.
func (c *container) network() {
	c.t.Helper()
	if out, err := c.try("/bin/sh", "-ec", "ip link add lan type veth peer name wan; ip address add 192.168.77.2/24 dev lan; ip link set lan up; ip link set wan up"); err != nil {
		c.t.Skip("no network in the container:", out)
	}
}

// eventually waits for something in the container.
func (c *container) eventually(what string, condition func() bool) {
	c.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !condition(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			journal, _ := c.try("journalctl", "--no-pager", "-n", "30", "-u", "linklog*")
			c.t.Fatalf("waited in vain: %s\n%s", what, journal)
		}
	}
}

// status is what linklog status says, which must be soon.
func (c *container) status() string {
	c.t.Helper()
	start := time.Now()
	out, _ := c.try("/usr/local/bin/linklog", "status")
	if took := time.Since(start); took > 10*time.Second {
		c.t.Errorf("linklog status took %v", took)
	}
	return out
}

// stored is what is in the history: how many attempts, and the gaps.
func (c *container) stored() (attempts int, gaps []time.Time, texts string) {
	c.t.Helper()
	for line := range strings.Lines(c.must("/usr/local/bin/linklog", "log", "--no-dns", "--system", "--limit=100000", "--json")) {
		var event struct {
			Kind, Text string
			Since      time.Time
		}
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			c.t.Fatalf("%v: %s", err, line)
		}
		switch event.Kind {
		case "traffic":
			attempts++
		case "gap":
			gaps = append(gaps, event.Since)
			texts += event.Text + "\n"
		}
	}
	return attempts, gaps, texts
}

// LinkLog itself, under a real systemd: what happens to its port, and what is told
// of the time in which nothing was received.
func TestLinkLogUnderRealSystemd(t *testing.T) {
	c := boot(t, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1") // as systems have it today: who has a port is seen by it
	buildCommand(t, filepath.Join(c.root, "root/linklog"))
	if err := copyFile(build(t, "linux"), filepath.Join(c.root, "root/stranger")); err != nil {
		t.Fatal(err)
	}
	c.must("useradd", "--create-home", "anna")
	c.network()
	hold := func(port string) {
		c.must("systemd-run", "--quiet", "--collect", "--unit=stranger", "/root/stranger", "hold", port)
		c.must("/bin/sh", "-c", "for i in $(seq 100); do ss -Hlun sport = :"+port+" | grep -q . && exit; sleep 0.1; done; exit 1")
	}
	release := func() { c.must("systemctl", "stop", "stranger") }
	listens := func(port string) func() bool {
		return func() bool { return strings.Contains(c.status(), ", listening on UDP ports "+port+", 514 and 2055,") }
	}
	sent := 0
	send := func(n int) {
		c.t.Helper()
		c.linklog("send", "--to", "127.0.0.1", "--count", fmt.Sprint(n), "--rate", "500")
		sent += n
	}
	// keeps checks that all that was sent is there, and so many gaps, the last of which
	// began at since (none: the zero time).
	keeps := func(gaps int, since time.Time) {
		c.t.Helper()
		c.eventually(fmt.Sprintf("%d attempts and %d gaps", sent, gaps), func() bool { n, g, _ := c.stored(); return n == sent && len(g) == gaps })
		if _, g, texts := c.stored(); !since.IsZero() && g[len(g)-1].Sub(since).Abs() > 5*time.Second {
			c.t.Errorf("the gap begins %v, want about %v\n%s", g[len(g)-1], since, texts)
		}
	}
	restarts := func() string { return c.must("systemctl", "show", "--value", "-p", "NRestarts", serviceName) }
	settings := func(text string) {
		c.t.Helper()
		c.must("/bin/sh", "-c", `printf '%s\n' "$0" >/var/lib/linklog/linklog.toml`, text)
	}

	hold("162")
	c.step("installed while the port is taken", func(t *testing.T) {
		out, err := c.try("/root/linklog", "service", "install")
		if err == nil || !strings.Contains(out, "is running, but cannot receive yet: Port 162 is in use by stranger (process ") || !strings.Contains(out, "sudo systemctl stop stranger.service") {
			t.Errorf("install: %v %s", err, out)
		}
		for range 2 {
			if out := c.status(); !strings.Contains(out, "NOT listening on UDP port 162") || !strings.Contains(out, "Port 162 is in use by stranger.service.") {
				t.Error("status: ", out)
			}
			c.linklog("hosts") // the history can be read
		}
		if out, err := c.try("runuser", "-u", "anna", "--", "/usr/local/bin/linklog", "doctor"); err == nil || !strings.Contains(out, "stranger.service") {
			t.Errorf("doctor: %v %s", err, out)
		}
		if journal := c.must("journalctl", "--no-pager", "-u", serviceName); strings.Contains(journal, "setcap") || strings.Contains(journal, "sudo linklog\n") {
			t.Error("hints for the foreground: ", journal)
		}
		if n := restarts(); n != "0\n" {
			t.Errorf("it was started again %s times", n)
		}
	})
	c.step("the port is free", func(t *testing.T) {
		began := time.Now()
		release()
		c.eventually("the port is LinkLog's", listens("162"))
		c.must("systemctl", "is-active", trapName)
		send(100)
		keeps(1, began)
	})
	c.step("the other port is taken and free again", func(t *testing.T) {
		c.linklog("service", "stop")
		stopped := time.Now()
		hold("514")
		if out := c.linklog("service", "start"); !strings.HasPrefix(out, "The service is running and listens on UDP ports 162 and 2055, but cannot listen on UDP port 514 yet") {
			t.Error("start: ", out)
		}
		if out := c.status(); !strings.Contains(out, ", listening on UDP ports 162 and 2055, NOT on port 514,") || !strings.Contains(out, "port 514: UDP port 514 is in use") || !strings.Contains(out, "stranger.service") {
			t.Error("status: ", out)
		}
		c.must("systemctl", "is-active", trapName)
		send(100)
		keeps(2, stopped)
		release()
		c.eventually("both ports are LinkLog's", listens("162"))
		c.must("systemctl", "is-active", syslogName)
		c.linklog("send", "--to", "127.0.0.1", "--form", "asus", "--seed", "1", "--count", "100", "--rate", "500")
		sent += 100
		c.eventually("all are there", func() bool { n, _, _ := c.stored(); return n == sent })
	})
	c.step("the port of flows is taken and free again", func(t *testing.T) {
		c.must("systemctl", "is-active", flowName)
		flows := func() {
			t.Helper()
			for _, form := range []string{"netflow5", "netflow9", "ipfix"} {
				c.linklog("send", "--form", form, "--count", "10", "--rate", "500")
				sent += 10
			}
			c.eventually("all are there", func() bool { n, _, _ := c.stored(); return n == sent })
		}
		flows()
		c.linklog("service", "stop")
		if out := c.must("ss", "-Hlun"); strings.Contains(out, ":2055 ") {
			t.Error("sockets: ", out)
		}
		hold("2055")
		if out := c.linklog("service", "start"); !strings.HasPrefix(out, "The service is running and listens on UDP ports 162 and 514, but cannot listen on UDP port 2055 yet") {
			t.Error("start: ", out)
		}
		if out := c.status(); !strings.Contains(out, "port 2055: UDP port 2055 is in use") || !strings.Contains(out, "stranger.service") {
			t.Error("status: ", out)
		}
		send(10)
		c.eventually("all traps are there", func() bool { n, _, _ := c.stored(); return n == sent })
		release()
		c.eventually("the port is LinkLog's", listens("162"))
		flows()
		c.linklog("service", "restart") // the manager has it again
		c.must("systemctl", "is-active", flowName)
		flows()
	})
	c.step("by who knows only the sockets of before flows", func(t *testing.T) {
		c.must("systemctl", "stop", trapName, syslogName, apiName, serviceName)
		if out := c.must("ss", "-Hlun"); strings.Contains(out, ":2055 ") {
			t.Error("sockets: ", out)
		}
		c.linklog("service", "start")
	})
	gaps := 0
	c.step("traps by one port alone", func(t *testing.T) {
		settings("[listen]\nports = [162]")
		c.linklog("service", "restart")
		if out := c.must("ss", "-Hlun"); strings.Contains(out, ":514 ") || strings.Contains(out, ":2055 ") || strings.Count(out, ":162 ") != 2 {
			t.Error("sockets: ", out)
		}
		if out := c.status(); !strings.Contains(out, ", listening on UDP port 162,") || strings.Contains(out, "TROUBLE") {
			t.Error("status: ", out)
		}
		settings("[listen]\ntcp = true")
		c.linklog("service", "restart")
		if out := c.status(); !strings.Contains(out, ", listening on UDP ports 162, 514 and 2055, TCP port 514,") || strings.Contains(out, "TROUBLE") {
			t.Error("status: ", out)
		}
		c.must("bash", "-c", "printf '<4>one line by TCP\\n' >/dev/tcp/127.0.0.1/514")
		c.eventually("the line is there", func() bool {
			return strings.Contains(c.must("/usr/local/bin/linklog", "log", "--system", "--limit=1000"), "one line by TCP")
		})
		settings("")
		c.linklog("service", "restart")
		_, g, _ := c.stored()
		gaps = len(g) // of each time the sockets were closed
	})
	c.step("further ports, some of them taken", func(t *testing.T) {
		since := func() string {
			return c.must("systemctl", "show", "--value", "-p", "ActiveEnterTimestampMonotonic", trapName, syslogName)
		}
		open := since()
		hold("601")
		c.must("systemd-run", "--quiet", "--collect", "--unit=tcp-stranger", "/usr/bin/systemd-socket-activate", "--listen=514", "/usr/bin/cat")
		c.must("/bin/sh", "-c", "for i in $(seq 100); do ss -Hltn sport = :514 | grep -q . && exit; sleep 0.1; done; exit 1")
		settings("[listen]\nports = [162, 514, 601, 602]\ntcp = true")
		c.linklog("service", "restart")
		for range 2 {
			out := c.status()
			for _, text := range []string{"port 601: UDP port 601 is in use", "by stranger.service.", "port 514/TCP: TCP port 514 is in use", "by tcp-stranger.service."} {
				if !strings.Contains(out, text) {
					t.Errorf("status does not say %q: %s", text, out)
				}
			}
		}
		for _, unit := range []string{trapName, syslogName, "linklog-port@602.socket", "linklog-tcp@601.socket", "linklog-tcp@602.socket"} {
			c.must("systemctl", "is-active", unit)
		}
		if since() != open {
			t.Error("ports that did not change were closed")
		}
		syslog := func(network, port string) {
			t.Helper()
			c.must("bash", "-c", "printf '<4>kernel: DROP IN=eth0 OUT= SRC=203.0.113.4 DST=192.168.77.2 LEN=60 PROTO=TCP SPT=51234 DPT=%s\\n' "+fmt.Sprint(1000+sent)+" >/dev/"+network+"/127.0.0.1/"+port)
			sent++
			c.eventually("a line by "+network+" port "+port, func() bool { n, _, _ := c.stored(); return n == sent })
		}
		syslog("udp", "514")
		syslog("udp", "602")
		syslog("tcp", "601")
		send(10)
		keeps(gaps, time.Time{})
		release()
		c.eventually("UDP 601 is LinkLog's", func() bool { return strings.Contains(c.status(), ", listening on UDP ports 162, 514, 601 and 602,") })
		c.must("systemctl", "is-active", "linklog-port@601.socket")
		syslog("udp", "601")
		c.must("systemctl", "stop", "tcp-stranger")
		c.eventually("TCP 514 is LinkLog's", func() bool { return strings.Contains(c.status(), ", TCP ports 514, 601 and 602,") })
		c.must("systemctl", "is-active", "linklog-tcp@514.socket")
		syslog("tcp", "514")
		if since() != open {
			t.Error("ports that did not change were closed")
		}
		settings("")
		c.linklog("service", "restart")
		if out := c.must("systemctl", "list-units", "--all", "--no-legend", "linklog-port@*", "linklog-tcp@*"); out != "" {
			t.Error("units: ", out)
		}
		if out := c.status(); since() != open || !listens("162")() || strings.Contains(out, "TROUBLE") {
			t.Error("status: ", out)
		}
		_, g, _ := c.stored()
		gaps = len(g) // of 601, while another program had it
	})
	c.step("restarts leave no gap", func(t *testing.T) {
		c.linklog("service", "restart")
		c.must("systemctl", "restart", serviceName)
		c.must("/bin/sh", "-c", "kill -9 $(systemctl show --value -p MainPID linklog.service)")
		send(100) // nobody is there: they wait
		keeps(gaps, time.Time{})
	})
	c.step("stopped for a while", func(t *testing.T) {
		if out := c.linklog("service", "stop"); !strings.HasPrefix(out, "The service is stopped. It starts again with this computer") {
			t.Error("stop: ", out)
		}
		stopped := time.Now()
		if out, err := c.try("/root/linklog", "send", "--to", "127.0.0.1", "--count", "10", "--rate", "100"); err == nil {
			t.Error("somebody listens: ", out)
		}
		if out := c.linklog("service", "start"); out != "The service is running and listens on UDP ports 162, 514 and 2055.\n" {
			t.Error("start: ", out)
		}
		send(100)
		keeps(gaps+1, stopped)
	})
	c.step("the computer starts again", func(t *testing.T) {
		down := time.Now()
		c.reboot()
		c.eventually("it runs", listens("162"))
		send(100)
		keeps(gaps+2, down)
	})
	c.step("the computer starts while a different program has the other port", func(t *testing.T) {
		put(t, filepath.Join(c.root, "/etc/systemd/system/early.service"), "[Unit]\nDefaultDependencies=no\nBefore=linklog-syslog.socket\n"+
			"[Service]\nExecStart=/root/stranger hold 514\n"+
			"ExecStartPost=/bin/sh -c 'for i in $(seq 100); do ss -Hlun sport = :514 | grep -q . && exit; sleep 0.1; done; exit 1'\n"+
			"[Install]\nWantedBy=sockets.target\n")
		c.must("systemctl", "enable", "early")
		c.reboot()
		c.eventually("it listens on the port of traps", func() bool {
			return strings.Contains(c.status(), ", listening on UDP ports 162 and 2055, NOT on port 514,")
		})
		if out := c.status(); !strings.Contains(out, "port 514: UDP port 514 is in use") || !strings.Contains(out, "early.service") {
			t.Error("status: ", out)
		}
		send(100)
		c.eventually("all traps are there", func() bool { n, _, _ := c.stored(); return n == sent })
		c.must("systemctl", "disable", "--now", "early")
		c.eventually("both ports are LinkLog's", listens("162"))
		c.must("systemctl", "is-active", syslogName)
	})
	c.step("the port of the settings", func(t *testing.T) {
		settings("[listen]\nport = 9162")
		c.must("systemctl", "restart", serviceName)
		if out := c.status(); !listens("9162")() || !strings.Contains(out, "still holds UDP 0.0.0.0:162 for it") || !strings.Contains(out, "sudo linklog service restart") {
			t.Error("status: ", out)
		}
		if out := c.linklog("service", "restart"); out != "The service is running again and listens on UDP ports 9162, 514 and 2055.\n" {
			t.Error("restart: ", out)
		}
		if out := c.must("ss", "-Hlun"); strings.Contains(out, ":162 ") || strings.Count(out, ":9162 ") != 2 || strings.Count(out, ":514 ") != 2 || strings.Count(out, ":2055 ") != 2 {
			t.Error("sockets: ", out)
		}
		if out := c.status(); strings.Contains(out, "TROUBLE") {
			t.Error("status: ", out)
		}
		settings("[listen]\nport = 515\nbuffer = \"128 MiB\"")
		c.must("systemctl", "restart", serviceName)
		if out := c.status(); !listens("9162")() || !strings.Contains(out, "the settings ask for UDP port 515, which only the service manager may open. To change that: sudo linklog service restart.") {
			t.Error("status: ", out)
		}
		c.linklog("service", "restart")
		if out := c.status(); !listens("515")() || strings.Contains(out, "TROUBLE") {
			t.Error("status: ", out)
		}
		if out := c.must("ss", "-Hlunm", "sport = :515"); strings.Count(out, "rb134217728") != 2 {
			t.Error("buffers: ", out)
		}
		settings("[listen]\nport = 515\nbuffer = \"256 MiB\"")
		c.must("systemctl", "restart", serviceName)
		if out := c.status(); !strings.Contains(out, "ask for a receive buffer of 256 MiB, but the service manager opened UDP port 515 with 128 MiB.") {
			t.Error("status: ", out)
		}
	})
	c.step("a taken port that needs no right", func(t *testing.T) {
		c.linklog("service", "stop")
		settings("[listen]\nport = 9163")
		hold("9163")
		if out, err := c.try("/root/linklog", "service", "start"); err == nil || !strings.Contains(out, "Port 9163 is in use by stranger") {
			t.Errorf("start: %v %s", err, out)
		}
		before := restarts()
		release()
		c.eventually("the port is LinkLog's", listens("9163"))
		if n := restarts(); n != before {
			t.Errorf("it was started again: %s times, before %s", n, before)
		}
		settings("")
		c.linklog("service", "restart")
		if !listens("162")() || c.exists(dropInPath(trapName)) {
			t.Error("status: ", c.status())
		}
	})
	c.step("purge on a mount", func(t *testing.T) {
		c.linklog("service", "stop")
		c.must("/bin/sh", "-ec", "mkdir /root/disk; cp -a /var/lib/private/linklog/. /root/disk; mount --bind /root/disk /var/lib/private/linklog")
		c.linklog("service", "start")
		if n, _, _ := c.stored(); n != sent {
			t.Errorf("%d attempts, want %d", n, sent)
		}
		out, err := c.try("/root/linklog", "service", "uninstall", "--purge")
		if exit, _ := err.(*exec.ExitError); exit == nil || exit.ExitCode() != 2 ||
			!strings.Contains(out, "all history and settings in /var/lib/linklog, ") || !strings.Contains(out, " events since ") || !strings.Contains(out, "add --yes") {
			t.Errorf("purge without a terminal: %v %s", err, out)
		}
		if !listens("162")() {
			t.Error("it does not run any more: ", c.status())
		}
		if out := c.linklog("service", "uninstall", "--purge", "--yes"); !strings.HasPrefix(out, "The service is removed.\nHistory and settings are removed") {
			t.Error("purge: ", out)
		}
		if left := c.must("find", "/root/disk", "-mindepth", "1"); left != "" {
			t.Error("left behind: ", left)
		}
		if out := c.linklog("service", "uninstall", "--purge", "--yes"); !strings.HasPrefix(out, "There is no service to remove.\n") {
			t.Error("once more: ", out)
		}
		c.must("umount", "/var/lib/private/linklog")
	})
}
