package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"linklog/service/api"
	"linklog/service/deliver/brokertest"
	"linklog/service/health"
)

// TestHomeAssistant is the service at a real broker: it is a device there whose alerts arrive
// also after the broker was away, that is gone when the service is killed, back with it, and
// leaves nothing when its outlet is removed.
func TestHomeAssistant(t *testing.T) {
	b := brokertest.New(t, "")
	dir := t.TempDir()
	const learning = "[hosts]\nlearning = \"0\"\n"
	outlet := learning + fmt.Sprintf("[[outlet]]\nname = \"home\"\ntype = \"mqtt\"\nurl = \"mqtt://127.0.0.1:%d\"\nuser = \"me\"\ntoken = \"${home}\"\n", b.Plain)
	t.Setenv("LINKLOG_SECRET_HOME", "s3cret-a")
	s := runService(t, dir, outlet)
	h := b.Listen()
	stands := func(want string) {
		t.Helper()
		eventually(t, "LinkLog is "+want, func() bool { return h.Last("linklog/availability") == want })
	}
	stands("online")
	hello, err := s.Hello(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	device := "homeassistant/device/linklog_" + hello.ID[:8] + "_home/config"
	if !strings.Contains(h.Last(device), `"components":{"alert":{"platform":"event"`) {
		t.Errorf("the device is %q", h.Last(device))
	}
	if err := s.TestOutlet(t.Context(), "home"); err != nil {
		t.Error(err)
	}
	eventually(t, "the test message", func() bool { return strings.Contains(h.Last("linklog/alert"), `"event_type":"test"`) })

	b.Stop()
	eventually(t, "the service says that the broker is away", func() bool {
		outlets, err := s.Outlets(t.Context())
		return err == nil && outlets[0].Error != ""
	})
	sendAll(t, s.port, "@in TCP from 203.0.113.4:51234 to 192.168.1.10:80")
	eventually(t, "the alert waits", func() bool {
		outlets, err := s.Outlets(t.Context())
		return err == nil && outlets[0].Waiting == 1
	})
	b.Start()
	h = b.Listen()
	eventually(t, "the alert arrives", func() bool { return strings.Contains(h.Last("linklog/last_alert"), `"host":"203.0.113.4"`) })
	eventually(t, "how things stand", func() bool { return strings.Contains(h.Last("linklog/state"), `"new_hosts":1,`) })
	stands("online")

	s.end(t, syscall.SIGKILL)
	stands("offline") // the broker says it
	s = runService(t, dir, outlet)
	stands("online")
	s.end(t, os.Interrupt)
	stands("offline")
	if later := b.Listen(); later.Retained[device] == "" || later.Retained["linklog/last_alert"] == "" {
		t.Errorf("after the service ended the broker keeps %q", later.Retained)
	}

	s = runService(t, dir, outlet)
	stands("online")
	without := []byte("[names]\ndns = false\n" + learning)
	if err := os.WriteFile(s.config, without, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	nothingStays := func() {
		t.Helper()
		eventually(t, "nothing stays at the broker", func() bool {
			left := b.Listen().Retained
			delete(left, "here")
			return len(left) == 0
		})
	}
	eventually(t, "the device is removed", func() bool { return h.Last(device) == "" })
	nothingStays()
	s.end(t, os.Interrupt)

	// So it is for a broker that is away just then, also if the service is killed meanwhile, and the
	// secret is gone.
	s = runService(t, dir, outlet)
	h = b.Listen()
	stands("online")
	b.Leave()
	if err := os.WriteFile(s.config, without, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	owed := func() bool {
		status, err := s.Status(t.Context())
		return err == nil && slices.ContainsFunc(status.Troubles, func(x api.Trouble) bool {
			return x.Code == health.DeviceLeft && x.Place == "home" && strings.Contains(x.Text, "refused") && !strings.Contains(x.Text, "s3cret")
		})
	}
	eventually(t, "it is said that the device is still there", owed)
	s.end(t, syscall.SIGKILL)
	os.Unsetenv("LINKLOG_SECRET_HOME")
	s = runService(t, dir, learning)
	eventually(t, "it is said again", owed)
	if kept, err := os.ReadFile(filepath.Join(b.Dir, "mosquitto.db")); !bytes.Contains(kept, []byte(device)) {
		t.Errorf("the broker forgot the device by itself: %v", err)
	}
	b.Start()
	nothingStays()
	eventually(t, "it is over", func() bool { return !owed() })
}
