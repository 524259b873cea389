package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/api"
	"linklog/service/client"
)

// forgetRules have all that can remember a device or host remember it.
const forgetRules = `[hosts]
learning = "0"
[[rule]]
builtin = "new-device"
[[rule]]
builtin = "port-scan"
[[rule]]
name = "each"
filter = "dir:out"
when = "first for this device and host"
[[rule]]
name = "hosts"
filter = "dir:out"
when = "first for this host"
[[rule]]
name = "later"
filter = "dir:out"
quiet = "00:00-23:59"
`

// traces are all texts that tell a device of went by its last two digits, and raw ones.
func traces(digits string) []string {
	mac, _ := capture.ParseMAC("02:00:5e:10:00:" + digits)
	return []string{"192.168.1." + digits, mac.String(), string(mac[:]), "phone-" + digits}
}

// leased is a line about a lease of such a device.
func leasedTo(digits string) string {
	return datagram + "<30>Nov 28 06:42:20 gw dnsmasq-dhcp[1]: DHCPACK(br-lan) 192.168.1." + digits + " 02:00:5e:10:00:" + digits + " phone-" + digits
}

// sendStored sends lines, a few at a time so that none is lost, until so many events are stored.
func (s *runningService) sendStored(t *testing.T, want int64, lines ...string) {
	t.Helper()
	received := uint64(0)
	if status, err := s.Status(t.Context()); err == nil {
		received = status.Received
	}
	for part := range slices.Chunk(lines, 100) {
		sendAll(t, s.port, part...)
		received += uint64(len(part))
		eventually(t, "all is received", func() bool {
			status, err := s.Status(t.Context())
			return err == nil && status.Received >= received
		})
	}
	eventually(t, "all is stored", func() bool { return s.stored(t) == want })
}

// stored is the number of attempts that are stored; -1: it cannot be told now.
func (s *runningService) stored(t *testing.T) int64 {
	n, err := s.Count(t.Context(), client.Query{All: true, Filter: "dir:in,out"})
	if err != nil {
		return -1
	}
	return n
}

// TestForget removes what is stored about a device, received and imported, by the command: it
// is in no byte of a file afterwards, and all else is as it was.
func TestForget(t *testing.T) {
	dir := t.TempDir()
	s := runService(t, dir, forgetRules)
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) string {
		t.Helper()
		out, err := exec.Command(file, append(args, "--socket", s.socket)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%q: %v: %s", args, err, out)
		}
		return string(out)
	}
	lines := []string{leasedTo("50"), leasedTo("10")}
	gone := append(traces("50"), "198.51.100.77", "Telescope", "secret")
	for i := range 20 {
		host := fmt.Sprintf("203.0.113.%d", 150+i)
		gone = append(gone, host)
		lines = append(lines, asked("192.168.1.50", fmt.Sprintf("secret%d.example", i), host)...)
		lines = append(lines, went("192.168.1.50", host), went("192.168.1.10", fmt.Sprintf("203.0.113.%d", 100+i)))
	}
	// One that was there before, and one whom the device met first, by a name of its own.
	lines = append(lines, went("192.168.1.50", "203.0.113.100"))
	lines = append(lines, asked("192.168.1.50", "secret-too.example", "203.0.113.99")...)
	lines = append(lines, went("192.168.1.50", "203.0.113.99"))
	s.sendStored(t, 42, lines...)
	s.sendStored(t, 43, append(asked("192.168.1.10", "bank.example", "203.0.113.99"), went("192.168.1.10", "203.0.113.99"))...)
	old := filepath.Join(t.TempDir(), "old.log")
	text := strings.ReplaceAll("2014-03-01T10:00:00+00:00 gw "+went("192.168.1.50", "198.51.100.77")+"\n2014-03-01T10:01:00+00:00 gw "+went("192.168.1.10", "198.51.100.78")+"\n", datagram+"<4>Nov 28 06:42:10 gw ", "")
	if err := os.WriteFile(old, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	run("import", old)
	if n := s.stored(t); n != 45 {
		t.Fatalf("%d events", n)
	}
	for _, err := range []error{
		s.SetDeviceLabel(t.Context(), "192.168.1.50", "Telescope"), s.SetHostLabel(t.Context(), "203.0.113.150", "secret label"),
		s.SetHostNote(t.Context(), "203.0.113.151", "secret note"), s.SetDeviceLabel(t.Context(), "192.168.1.10", "Laptop"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Ignore(t.Context(), "ip:203.0.113.152"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "alerts about both are in the file", func() bool {
		of := map[string]bool{}
		all, err := s.Alerts(t.Context(), 0, 1000)
		if err != nil {
			return false
		}
		for _, a := range all {
			of[a.Device.String()] = true
		}
		return of["192.168.1.50"] && of["192.168.1.10"] && len(holding(t, filepath.Join(s.data), "Telescope")) > 0
	})
	there := holding(t, s.data, gone...)
	for _, what := range gone {
		if !slices.ContainsFunc(there, func(s string) bool { return strings.HasSuffix(s, ": "+what) }) {
			t.Errorf("%q is nowhere before: this test does not look for it", what)
		}
	}

	const want = "23 events from 2014-03-01 1"
	if out := run("forget", "--dry-run", "mac:02:00:5e:10:00:50"); !strings.HasPrefix(out, "This would remove "+want) || !strings.HasSuffix(out, " in 2 files, 21 hosts and 1 device of which nothing else is stored.\n") {
		t.Errorf("dry run: %q", out)
	}
	for args, says := range map[string]string{"mac:02:00:5e:10:00:50": "add --yes", "": "no filter given", "ip:300": "300", "--dry-run=maybe": "maybe"} {
		if out, err := exec.Command(file, "forget", args, "--socket", s.socket).CombinedOutput(); err == nil || !strings.Contains(string(out), says) {
			t.Errorf("forget %q: %v, %s", args, err, out)
		}
	}
	for query, says := range map[string]string{"": "a filter is needed", "  ": "a filter is needed", "ip:300": "300", "nonsense:1": "nonsense"} {
		if _, err := s.Forget(t.Context(), query, false); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("asked to forget %q: %v", query, err)
		}
	}
	if n := s.stored(t); n != 45 {
		t.Errorf("%d events after all that", n)
	}
	if out := run("forget", "--yes", "mac:02:00:5e:10:00:50"); !strings.HasPrefix(out, "Removed: "+want) || !strings.HasSuffix(out, " in 2 files, 21 hosts and 1 device of which nothing else is stored.\n") {
		t.Errorf("done: %q", out)
	}
	if left := holding(t, s.data, gone...); len(left) > 0 {
		t.Errorf("still there: %q", left)
	}
	if n := s.stored(t); n != 22 {
		t.Errorf("%d events", n)
	}
	stays := append(traces("10"), "Laptop", "198.51.100.78", "203.0.113.99", "bank.example")
	for i := range 20 {
		stays = append(stays, fmt.Sprintf("203.0.113.%d", 100+i))
	}
	there = holding(t, s.data, stays...)
	for _, what := range stays {
		if !slices.ContainsFunc(there, func(s string) bool { return strings.HasSuffix(s, ": "+what) }) {
			t.Errorf("%q went, too", what)
		}
	}
	if out := run("forget", "--yes", "mac:02:00:5e:10:00:50"); out != "Nothing stored matches.\n" {
		t.Errorf("again: %q", out)
	}
	if all, err := s.Alerts(t.Context(), 0, 1000); err != nil || !slices.ContainsFunc(all, func(a api.Alert) bool { return a.Device.String() == "192.168.1.10" }) {
		t.Errorf("the alerts of the other device: %d, %v", len(all), err)
	}
	// What comes from now on is recorded as that of somebody new, and the next start finds all in order.
	s.sendStored(t, 23, went("192.168.1.50", "203.0.113.200"))
	s.end(t, os.Interrupt)
	s = runService(t, dir, forgetRules)
	if n := s.stored(t); n != 23 {
		t.Errorf("%d events after a start", n)
	}
	if left := holding(t, s.data, "198.51.100.77", "Telescope", "secret", "203.0.113.151", "phone-50"); len(left) > 0 {
		t.Errorf("after a start: %q", left)
	}
	if d, _, err := s.DeviceStory(t.Context(), "192.168.1.50"); err != nil || d.In+d.Out != 1 {
		t.Errorf("the device anew: %+v, %v", d, err)
	}
}

// TestForgetKilled kills the service at any moment while it removes what is stored, or goes on
// with that: in the end nothing of it is left, and nothing else is lost or doubled.
func TestForgetKilled(t *testing.T) {
	dir := t.TempDir()
	s := runService(t, dir, forgetRules)
	const kills, many = 50, 60
	var devices []string
	for i := range 25 {
		devices = append(devices, strconv.Itoa(20+i))
	}
	of := func(digits string, i int) string { return fmt.Sprintf("198.51.1%s.%d", digits, 1+i) }
	lines := []string{leasedTo("10")}
	for _, d := range devices {
		lines = append(lines, leasedTo(d))
	}
	for i := range many {
		for _, d := range devices {
			lines = append(lines, asked("192.168.1."+d, fmt.Sprintf("only%d.of-%s.example", i, d), of(d, i))...)
			lines = append(lines, strings.Replace(went("192.168.1."+d, of(d, i)), "SPT=5000", fmt.Sprintf("SPT=%d", 5000+i), 1))
		}
		lines = append(lines, strings.Replace(went("192.168.1.10", fmt.Sprintf("203.0.113.%d", i)), "SPT=5000", fmt.Sprintf("SPT=%d", 5000+i), 1))
	}
	left := int64(many * (len(devices) + 1))
	s.sendStored(t, left, lines...)
	journal := filepath.Join(s.data, "forgetting.json")
	ended := func() bool {
		state, err := s.Forgetting(t.Context())
		return err == nil && !state.Running && !exists(journal)
	}
	// How long it takes where nobody interrupts it.
	forget := func(d string) {
		t.Helper()
		if _, err := s.Forget(t.Context(), "mac:02:00:5e:10:00:"+d, false); err != nil {
			t.Fatal(err)
		}
		left -= many
	}
	begin := time.Now()
	forget(devices[0])
	eventually(t, "the first is removed", ended)
	takes := time.Since(begin)
	between := 0
	for n := 0; between < kills; n++ {
		if ended() {
			if devices = devices[1:]; len(devices) == 1 {
				break
			}
			forget(devices[0])
		}
		time.Sleep(time.Duration(float64(takes) * rand.Float64() * rand.Float64())) // any moment will do
		if exists(journal) {
			between++
		}
		s.end(t, syscall.SIGKILL)
		s = runService(t, dir, forgetRules)
		if n%10 == 9 { // let one be removed
			eventually(t, "the rest is removed", ended)
		}
		if !ended() {
			continue
		}
		if n := s.stored(t); n != left {
			t.Fatalf("%d events, not %d", n, left)
		}
		d := devices[0]
		if there := holding(t, s.data, append(traces(d), "198.51.1"+d+".", ".of-"+d+".example")...); len(there) > 0 {
			t.Fatalf("still there: %q", there)
		}
	}
	eventually(t, "the last one is removed", ended)
	t.Logf("it takes %v; killed in between %d times", takes, between)
	if between == 0 {
		t.Error("never killed in between")
	}
	if n := s.stored(t); n != left {
		t.Errorf("%d events, not %d", n, left)
	}
	if n, err := s.Count(t.Context(), client.Query{All: true, Filter: "mac:02:00:5e:10:00:10"}); err != nil || n != many {
		t.Errorf("%d events of the other device, %v", n, err)
	}
}
