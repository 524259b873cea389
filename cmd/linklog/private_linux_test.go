package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// holding are the files of a folder that have one of some texts in them, with that.
func holding(t *testing.T, dir string, texts ...string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), "linklog.toml") {
			return nil // gone meanwhile; or the settings, with what is not to be recorded
		}
		all, err := os.ReadFile(path)
		for _, text := range texts {
			if err == nil && bytes.Contains(all, []byte(text)) {
				found = append(found, filepath.Base(path)+": "+text)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// went is a line of a router's log about an attempt.
func went(from, to string) string {
	return datagram + fmt.Sprintf("<4>Nov 28 06:42:10 gw kernel: ACCEPT IN=br-lan OUT=eth0 MAC=02:00:5e:10:00:01:02:00:5e:10:00:%s:08:00 SRC=%s DST=%s LEN=60 PROTO=TCP SPT=5000 DPT=443 SYN", from[len(from)-2:], from, to)
}

// asked are lines of a DNS server's log.
func asked(device, name, answer string) []string {
	return []string{
		datagram + "<30>Nov 28 06:42:21 gw dnsmasq[1]: query[A] " + name + " from " + device,
		datagram + "<30>Nov 28 06:42:21 gw dnsmasq[1]: reply " + name + " is " + answer,
	}
}

// TestNotRecorded is what the settings do not want recorded: it is counted, and neither shown
// nor in any file, also after a kill.
func TestNotRecorded(t *testing.T) {
	dir := t.TempDir()
	const rules = "[hosts]\nlearning = \"0\"\n[privacy]\ndo_not_record = [\"ip:192.168.1.50\", \"host:*.secret.example\"]\n"
	s := runService(t, dir, rules)
	followed := filepath.Join(t.TempDir(), "followed")
	s.follow(t, followed)
	lines := asked("192.168.1.50", "only-by-fifty.example", "203.0.113.50")
	lines = append(lines, went("192.168.1.50", "203.0.113.50"), went("192.168.1.50", "203.0.113.50")) // the second is a repeat
	lines = append(lines, asked("192.168.1.10", "a.secret.example", "203.0.113.60")...)
	lines = append(lines, went("192.168.1.10", "203.0.113.60"), "@out TCP from 192.168.1.50:4000 to 203.0.113.51:443", "@in TCP from 203.0.113.52:4000 to 192.168.1.50:22")
	lines = append(lines, went("192.168.1.10", "203.0.113.61"))
	sendAll(t, s.port, lines...)
	private := []string{"203.0.113.50", "203.0.113.51", "203.0.113.52", "203.0.113.60", "192.168.1.50", "only-by-fifty", "secret.example"}
	eventually(t, "all is received", func() bool {
		status, err := s.Status(t.Context())
		return err == nil && status.Received == uint64(len(lines)) && status.History.Events == 1
	})
	status, err := s.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if status.Unrecorded != 4 || status.Traffic != 1 || status.Repeats != 1 || status.Received != status.Traffic+status.System+status.WAN+status.Repeats+status.Unrecorded+status.Other+status.Rejected {
		t.Errorf("%+v", status)
	}
	eventually(t, "nothing of it is in a file", func() bool { return len(holding(t, s.data, private...)) == 0 })
	if len(holding(t, s.data, "203.0.113.61")) == 0 {
		t.Error("what is to be recorded is in no file: these are not looked at")
	}
	eventually(t, "the follower has what is recorded", func() bool { return countIn(t, followed) == 1 })
	if text, err := os.ReadFile(followed); err != nil || !strings.Contains(string(text), "203.0.113.61") {
		t.Errorf("followed: %q, %v", text, err)
	}

	// Killed before it can be erased, it is when the service comes by again.
	sendAll(t, s.port, went("192.168.1.50", "203.0.113.53"), went("192.168.1.10", "203.0.113.62"))
	eventually(t, "it is received", func() bool { return len(holding(t, s.data, "203.0.113.62")) > 0 })
	s.end(t, syscall.SIGKILL)
	s = runService(t, dir, rules)
	private = append(private, "203.0.113.53")
	eventually(t, "it is stored after the kill", func() bool {
		status, err := s.Status(t.Context())
		return err == nil && status.History.Events >= 2 // with a gap, if it took long
	})
	eventually(t, "nothing of it is in a file after the kill", func() bool { return len(holding(t, s.data, private...)) == 0 })
	s.end(t, os.Interrupt)
	if left := holding(t, s.data, private...); len(left) > 0 {
		t.Errorf("after the end: %q", left)
	}
}
