package engine

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/book"
	"linklog/service/history"
	"linklog/service/settings"
)

// An attempt of a device that did not ask DNS itself is not recorded either by a name that somebody
// else asked for: neither hosts, nor devices, nor alerts know of it, with whatever comes in the same
// moment, and after it was read once more.
func TestNotRecordedByOthersName(t *testing.T) {
	const (
		z, d  = "62.1.4.9", "61.1.1.4"
		enter = "<4>kernel: ACCEPT IN=eth0 OUT=br-lan SRC=" + d + " DST=192.168.1.20 LEN=60 PROTO=TCP SPT=4000 DPT=445"
	)
	asked := func(name, answer string) []string {
		return []string{"<30>dnsmasq[411]: query[A] " + name + " from 192.168.1.31", "<30>dnsmasq[411]: reply " + name + " is " + answer}
	}
	leave := func(device, host string) string {
		return fmt.Sprintf("<4>kernel: ACCEPT IN=br-lan OUT=eth0 SRC=%s DST=%s LEN=60 PROTO=TCP SPT=4000 DPT=443", device, host)
	}
	configure := func(e *Engine) {
		s := settings.Defaults()
		s.Names.DNS, s.Hosts.Learning = false, 0
		s.Privacy.DoNotRecord = []string{"host:*.clinic.example"}
		if err := e.Configure(&s); err != nil {
			t.Fatal(err)
		}
	}
	folder := t.TempDir()
	e := newEngine(t, folder)
	configure(e)
	at := time.Now().UTC().Add(-time.Minute)
	putAll := func(lines []string) {
		for _, line := range lines {
			at = at.Add(time.Second)
			put(t, e, at, line)
		}
	}
	check := func(what string, unrecorded uint64) {
		t.Helper()
		readAll(t, e)
		if n := e.Stats().Counts.Unrecorded; n != unrecorded {
			t.Errorf("%s: %d unrecorded", what, n)
		}
		events := 0
		err := e.History().Each(t.Context(), history.Query{}, func(ev *capture.Event) error {
			if events++; ev.Dst.Port != 445 || ev.Src.Name != "" {
				t.Errorf("%s: stored: %+v", what, ev)
			}
			return nil
		})
		if err != nil || events != 1 {
			t.Errorf("%s: %d events, %v", what, events, err)
		}
		hosts, err := e.Hosts().Hosts(book.HostQuery{})
		if err != nil || len(hosts) != 1 || hosts[0].Addr.String() != d || hosts[0].Name != "" || len(hosts[0].Ports) != 1 || len(hosts[0].Devices) != 1 || hosts[0].In != 1 || hosts[0].Out != 0 {
			t.Errorf("%s: hosts: %+v, %v", what, hosts, err)
		}
		for _, v := range e.Hosts().Devices() {
			if v.Addr.String() != "192.168.1.20" {
				t.Errorf("%s: a device: %+v", what, v)
			}
		}
		e.Tick()
		list, err := e.Alerts().After(0, 0)
		for _, a := range list {
			if text := fmt.Sprintf("%+v", a); strings.Contains(text, z) || strings.Contains(text, "clinic") || strings.Contains(text, "192.168.1.3") {
				t.Errorf("%s: told: %s", what, text)
			}
		}
		if err != nil || len(list) == 0 {
			t.Errorf("%s: %d alerts, %v", what, len(list), err)
		}
	}
	lines := append(asked("z.clinic.example", z), asked("d.clinic.example", d)...)
	lines = append(lines, enter, leave("192.168.1.32", d), leave("192.168.1.38", z), leave("192.168.1.31", z))
	putAll(lines)
	check("received", 3)

	// Before it is read all is in the spool as it came, and it was ended then.
	folder = t.TempDir()
	e = newEngine(t, folder)
	putAll(lines)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = newEngine(t, folder)
	configure(e)
	check("read after a start", 3)
}

// A rule about one device and a name keeps what that device does from being recorded, and others do not
// show the name that it asked for.
func TestNotRecordedOfOneDevice(t *testing.T) {
	e := newEngine(t, t.TempDir())
	s := settings.Defaults()
	s.Names.DNS, s.Hosts.Learning = false, 0
	s.Privacy.DoNotRecord = []string{"host:*.clinic.example ip:192.168.1.31"}
	if err := e.Configure(&s); err != nil {
		t.Fatal(err)
	}
	at := time.Now().UTC().Add(-time.Minute)
	for _, line := range []string{
		"<30>dnsmasq[411]: query[A] z.clinic.example from 192.168.1.31", "<30>dnsmasq[411]: reply z.clinic.example is 62.1.4.9",
		"<4>kernel: ACCEPT IN=br-lan OUT=eth0 SRC=192.168.1.31 DST=62.1.4.9 LEN=60 PROTO=TCP SPT=4000 DPT=443",
		"<4>kernel: ACCEPT IN=br-lan OUT=eth0 SRC=192.168.1.38 DST=62.1.4.9 LEN=60 PROTO=TCP SPT=4000 DPT=443",
	} {
		put(t, e, at, line)
	}
	readAll(t, e)
	hosts, err := e.Hosts().Hosts(book.HostQuery{})
	if err != nil || len(hosts) != 1 || hosts[0].Name != "" || hosts[0].Out != 1 || len(hosts[0].Devices) != 1 || hosts[0].Devices[0].Addr.String() != "192.168.1.38" || e.Stats().Counts.Unrecorded != 1 {
		t.Errorf("%+v, %v, %d unrecorded", hosts, err, e.Stats().Counts.Unrecorded)
	}
}
