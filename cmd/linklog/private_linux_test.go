package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"linklog/service/client"
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

// TestImportedNotRecorded imports a log with what is not to be recorded: it is counted and said, and in
// no file, also where only a name that the log tells says so.
func TestImportedNotRecorded(t *testing.T) {
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	s := runService(t, t.TempDir(), "[privacy]\ndo_not_record = [\"ip:192.168.1.50\", \"host:*.secret.example\"]\n")
	lines := append(asked("192.168.1.10", "a.secret.example", "203.0.113.60"), asked("192.168.1.10", "open.example", "203.0.113.61")...)
	lines = append(lines, went("192.168.1.50", "203.0.113.50"), went("192.168.1.10", "203.0.113.60"), went("192.168.1.10", "203.0.113.61"))
	for i := range lines {
		_, after, _ := strings.Cut(lines[i], " gw ")
		lines[i] = fmt.Sprintf("2014-03-01T10:00:%02d+00:00 gw %s\n", i, after)
	}
	old := filepath.Join(t.TempDir(), "old.log")
	private := []string{"203.0.113.50", "203.0.113.60", "192.168.1.50", "secret.example"}
	for _, want := range []string{
		": 3 events read, 2 unrecorded (do_not_record); 4 lines about something else.\nimport 1: 1 added, 0 known, 2 unrecorded (do_not_record)\n",
		": 3 events read, 1 of them there already, 2 unrecorded (do_not_record); 4 lines about something else.\nnothing added, 1 known, 2 unrecorded (do_not_record)\n",
	} {
		if err := os.WriteFile(old, []byte(strings.Join(lines, "")), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(file, "import", old, "--socket", s.socket).CombinedOutput()
		if err != nil || !strings.HasSuffix(string(out), want) {
			t.Errorf("%v, %s", err, out)
		}
	}
	got, err := s.Imports(t.Context())
	if err != nil || len(got.Imports) != 1 || got.Imports[0].Unrecorded != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	hosts, err := s.Hosts(t.Context(), client.HostQuery{Limit: 10})
	if err != nil || len(hosts) != 1 || hosts[0].Addr.String() != "203.0.113.61" {
		t.Errorf("%v, %v", hosts, err)
	}
	if len(holding(t, s.data, "203.0.113.61")) == 0 {
		t.Error("what is to be recorded is in no file: these are not looked at")
	}
	if left := holding(t, s.data, private...); len(left) > 0 {
		t.Errorf("%q", left)
	}
	s.end(t, os.Interrupt)
	if left := holding(t, s.data, private...); len(left) > 0 {
		t.Errorf("after the end: %q", left)
	}
}

// TestRuleNotRecorded is a rule of what is not to be recorded, at some hours: it counts what it left out,
// says how much that would have been, and can be one of a name.
func TestRuleNotRecorded(t *testing.T) {
	now := time.Now()
	hours := func(from, to time.Duration) string {
		return now.Add(from).Format("15:04") + "-" + now.Add(to).Format("15:04")
	}
	rules := fmt.Sprintf(`[hosts]
learning = "0"
[privacy]
do_not_record = ["ip:192.168.1.60"]
[[rule]]
name = "Fifty now"
filter = "ip:192.168.1.50"
record = false
hours = %q
[[rule]]
name = "Ten, not now"
filter = "ip:192.168.1.10"
record = false
hours = %q
[[rule]]
name = "Nobody"
filter = "dir:out"
record = false
off = true
[[rule]]
name = "Clinic"
filter = "host:*.secret.example"
record = false
`, hours(-2*time.Hour, 4*time.Hour), hours(5*time.Hour, 20*time.Hour))
	s := runService(t, t.TempDir(), rules)
	lines := append(asked("192.168.1.50", "only-by-fifty.example", "203.0.113.50"), asked("192.168.1.10", "a.secret.example", "203.0.113.70")...)
	lines = append(lines, went("192.168.1.50", "203.0.113.50"), went("192.168.1.50", "203.0.113.51"), went("192.168.1.60", "203.0.113.60"), went("192.168.1.10", "203.0.113.70"), went("192.168.1.10", "203.0.113.61"))
	sendAll(t, s.port, lines...)
	eventually(t, "all is received", func() bool {
		status, err := s.Status(t.Context())
		return err == nil && status.Received == uint64(len(lines)) && status.History.Events == 1
	})
	if status, err := s.Status(t.Context()); err != nil || status.Unrecorded != 4 {
		t.Errorf("%+v, %v", status, err)
	}
	private := []string{"203.0.113.50", "203.0.113.51", "203.0.113.60", "203.0.113.70", "192.168.1.50", "192.168.1.60", "only-by-fifty", "secret.example"}
	eventually(t, "nothing of it is in a file", func() bool { return len(holding(t, s.data, private...)) == 0 })
	list, err := s.Rules(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	left := make(map[string]uint64)
	for _, r := range list {
		if r.DoNotRecord {
			left[r.Name] = r.Unrecorded
		}
		if r.Told > 0 && r.Builtin != "new-host" {
			t.Errorf("%+v", r)
		}
	}
	if want := map[string]uint64{"Fifty now": 2, "Ten, not now": 0, "Nobody": 0, "Clinic": 1}; !maps.Equal(left, want) {
		t.Errorf("%v, want %v", left, want)
	}
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		args []string
		want string
	}{
		{[]string{"try", "Ten, not now"}, "It would have kept 0 attempts of the last 7 days from being recorded.\n"},
		{[]string{"try", "--do-not-record", "ip:192.168.1.10"}, "It would have kept 1 attempt of the last 7 days from being recorded.\n"},
		{[]string{"try", "--do-not-record", "ip:192.168.1.10", "--hours", hours(-2*time.Hour, 4*time.Hour)}, "It would have kept 1 attempt of the last 7 days from being recorded.\n"},
		{[]string{"try", "--do-not-record", "--when", "always", "--quiet", "22:00-07:00", "dir:out"}, "a rule with record = false tells nothing, and has no such setting"},
		{[]string{"try", "--hours", "22:00-07:00", "dir:out"}, "hours: are those of a rule with record = false: a rule that tells has quiet hours"},
		{[]string{"try", "--do-not-record", "dir:in new:yes"}, "it is about all that comes: leave out since, until, date and new"},
		{[]string{"rules"}, "do not record " + hours(-2*time.Hour, 4*time.Hour)},
	} {
		out, _ := exec.Command(file, append(append([]string{"alerts"}, x.args...), "--socket", s.socket)...).CombinedOutput()
		if !strings.Contains(string(out), x.want) {
			t.Errorf("%q: %s", x.args, out)
		}
	}
	s.end(t, os.Interrupt)
	if left := holding(t, s.data, private...); len(left) > 0 {
		t.Errorf("after the end: %q", left)
	}
}
