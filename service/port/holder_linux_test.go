package port

import (
	"encoding/binary"
	"errors"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// asAsker makes the test program ask who holds the port it is given.
const asAsker = "LINKLOG_TEST_ASK"

// Another user sees that the port is taken and whose process it is, or which service,
// but not which process.
func TestHolderIsHiddenFromAnotherUser(t *testing.T) {
	if port := os.Getenv(asAsker); port != "" {
		n, _ := strconv.ParseUint(port, 10, 16)
		p, err := Holder(uint16(n))
		if p.PID != 0 || p.User != "root" || !errors.Is(err, ErrUnknown) && p.Service == "" {
			t.Errorf("got %+v, %v; want ErrUnknown and user root, or a service", p, err)
		}
		return
	}
	if os.Getuid() != 0 {
		t.Skip("needs root, to become somebody else")
	}
	_, port := hold(t, udp, "127.0.0.1:0")
	// The test program lies where only root may read: hand it over open.
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer self.Close()
	child := exec.Command("/proc/self/fd/3", "-test.run=^TestHolderIsHiddenFromAnotherUser$", "-test.v")
	child.ExtraFiles = []*os.File{self}
	child.Dir = "/"
	child.Env = []string{asAsker + "=" + strconv.Itoa(int(port))}
	child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := child.CombinedOutput()
	if errors.Is(err, syscall.EACCES) {
		t.Skip("another user cannot run the test program:", err)
	}
	if err != nil || !strings.Contains(string(out), "PASS") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestUnit(t *testing.T) {
	for _, test := range []struct{ name, groups, want string }{
		{"cgroup v2", "0::/system.slice/snmptrapd.service\n", "snmptrapd.service"},
		{"cgroup v1", "12:cpu:/x.service\n1:name=systemd:/system.slice/snmptrapd.service\n0::/\n", "snmptrapd.service"},
		{"below the unit", "0::/system.slice/docker.service/init.scope\n", "docker.service"},
		{"instance in a slice", "0::/system.slice/system-a.slice/a@b.service\n", "a@b.service"},
		{"a user's own manager", "0::/user.slice/user-1000.slice/user@1000.service/app.slice/a.service\n", ""},
		{"a login", "0::/user.slice/user-1000.slice/session-3.scope\n", ""},
		{"a container", "0::/system.slice/docker-abc.scope\n", ""},
		{"nothing", "", ""},
		{"not a list of groups", "x\n:\n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := unit(test.groups); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestListening(t *testing.T) {
	const sockets = "/run/udev/control                 SequentialPacket systemd-udevd-control.socket  systemd-udevd.service\n" +
		"0.0.0.0:162                       Datagram         snmptrapd.socket              snmptrapd.service\n" +
		"[::]:9163                         Datagram         other.socket                  other.service\n" +
		"[::]:9163                         Stream           another.socket                other.service\n" +
		"kobject-uevent 1                  Netlink          systemd-udevd-kernel.socket   systemd-udevd.service\n"
	for port, want := range map[uint16]string{162: "snmptrapd.socket", 9163: "other.socket", 16: "", 1: ""} {
		if got := listening(sockets, udp, port); got != want {
			t.Errorf("%d: got %q, want %q", port, got, want)
		}
	}
	for port, want := range map[uint16]string{162: "", 9163: "another.socket"} {
		if got := listening(sockets, tcp, port); got != want {
			t.Errorf("TCP %d: got %q, want %q", port, got, want)
		}
	}
}

// The kernel tells of a socket in which control group it was opened.
func TestControlGroupOfASocket(t *testing.T) {
	groups, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		t.Skip("no control groups: ", err)
	}
	_, mine, found := strings.Cut(string(groups), "0::")
	if mine = strings.TrimSpace(mine); !found {
		t.Skip("no cgroup v2 here")
	}
	for network, family := range map[string]uint8{"udp4": unix.AF_INET, "udp6": unix.AF_INET6} {
		c, err := net.ListenPacket(network, ":0")
		if err != nil {
			t.Skip(network, ": ", err)
		}
		defer c.Close()
		id := cgroup(family, udp, c.LocalAddr().(*net.UDPAddr).AddrPort().Port())
		if id == 0 {
			t.Skip("this kernel does not tell")
		}
		if path := cgroupPath(id); "/"+strings.TrimPrefix(path, "/") != mine {
			t.Errorf("%s: %d is %q, want %q", network, id, path, mine)
		}
	}
}

func TestControlGroupOfAnAnswer(t *testing.T) {
	socket := make([]byte, diagAnswer)
	binary.BigEndian.PutUint16(socket[diagPort:], 162)
	attribute := func(size, kind uint16, value ...byte) []byte {
		return append(binary.NativeEndian.AppendUint16(binary.NativeEndian.AppendUint16(nil, size), kind), value...)
	}
	id := binary.NativeEndian.AppendUint64(nil, 4711)
	for name, test := range map[string]struct {
		attributes []byte
		port       uint16
		want       uint64
	}{
		"alone":               {attribute(12, diagCgroup, id...), 162, 4711},
		"after another":       {append(attribute(5, 8, 3, 0, 0, 0), attribute(12, diagCgroup, id...)...), 162, 4711},
		"of a different port": {attribute(12, diagCgroup, id...), 163, 0},
		"cut":                 {attribute(12, diagCgroup, id[:7]...), 162, 0},
		"too short":           {attribute(11, diagCgroup, id...), 162, 0},
		"no length":           {attribute(0, 8, id...), 162, 0},
		"longer than all":     {attribute(900, 8, id...), 162, 0},
		"unpadded end":        {attribute(5, 8, 3), 162, 0},
		"none":                {nil, 162, 0},
	} {
		if got := cgroupOf(append(slices.Clone(socket), test.attributes...), test.port); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
	if got := cgroupOf(socket[:diagAnswer-1], 162); got != 0 {
		t.Errorf("half an answer: %d", got)
	}
}
