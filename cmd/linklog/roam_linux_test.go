package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	laptopMAC = "02:00:5e:10:00:22"
	guestMAC  = "02:00:5e:10:00:33"
)

// A device that gets another address takes its history along, and who gets the old one has
// none of it: in all that is asked for by name, by hardware address and by device, what was
// imported with it, after a restart and after kill -9.
func TestHistoryGoesAlong(t *testing.T) {
	held, port := heldSocket(t)
	dir := t.TempDir()
	socket, config := filepath.Join(dir, "s"), filepath.Join(dir, "linklog.toml")
	if err := os.WriteFile(config, []byte("[names]\ndns = false\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	service := func() *exec.Cmd {
		os.Remove(socket)
		cmd, stderr := startService(t, held, "--data-dir", filepath.Join(dir, "data"), "--socket", socket, "--config", config)
		eventually(t, "the service answers: "+stderr.String(), func() bool {
			c, err := net.Dial("unix", socket)
			if err == nil {
				c.Close()
			}
			return err == nil
		})
		return cmd
	}
	running := service()
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	linklog := func(args ...string) []byte {
		t.Helper()
		cmd := exec.Command(file, append(args, "--socket", socket)...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(args, err, stderr.String())
		}
		return out
	}
	// ports are the source ports of the events that a search finds, which number them.
	ports := func(search ...string) (found []int) {
		t.Helper()
		for line := range bytes.Lines(linklog(append([]string{"log", "--json", "--limit", "0"}, search...)...)) {
			var ev struct {
				Kind string `json:"kind"`
				Port int    `json:"src_port"`
			}
			if err := json.Unmarshal(line, &ev); err != nil {
				t.Fatal(err)
			}
			if ev.Kind == "traffic" {
				found = append(found, ev.Port)
			}
		}
		slices.Sort(found)
		return found
	}
	get := func(path string, into any) {
		t.Helper()
		body := answerOf(t, socket, path)
		defer body.Close()
		if err := json.NewDecoder(body).Decode(into); err != nil {
			t.Fatal(path, err)
		}
	}
	conn, err := net.Dial("udp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	say := func(line string) {
		t.Helper()
		if _, err := fmt.Fprint(conn, line); err != nil {
			t.Fatal(err)
		}
	}
	lease := func(addr, mac, name string) {
		say("<30>Nov 28 06:42:20 gw dnsmasq-dhcp[1]: DHCPACK(br-lan) " + addr + " " + mac + " " + name)
	}
	connects := func(addr string, n int) {
		say(fmt.Sprintf("<4>Nov 28 06:42:10 gw kernel: ACCEPT IN=br-lan OUT=eth0 SRC=%s DST=203.0.113.9 LEN=60 PROTO=TCP SPT=%d DPT=443 SYN", addr, n))
	}
	lease("192.168.1.23", laptopMAC, "laptop")
	connects("192.168.1.23", 1)
	connects("192.168.1.23", 2)
	lease("192.168.1.40", laptopMAC, "laptop")
	lease("192.168.1.23", guestMAC, "guest")
	connects("192.168.1.40", 3)
	connects("192.168.1.23", 4)
	connects("192.168.1.50", 5) // nobody's
	var count struct{ Count int }
	eventually(t, "all is stored", func() bool { get("/v1/count?filter=dir:out", &count); return count.Count == 5 })

	// A name that only the user gives, so that no event has it.
	linklog("devices", "name", laptopMAC, "Work")
	laptops, guests := []int{1, 2, 3}, []int{4}
	check := func(when string, unknown ...int) {
		t.Helper()
		for search, want := range map[string][]int{
			"host:Work": laptops, "srchost:work": laptops, "Work": laptops, "mac:" + laptopMAC: laptops,
			"host:guest": guests, "mac:02-00-5E-10-00-33": guests, "guest": guests, "!host:Work !host:guest": unknown, "!mac:*": unknown, "dir:out": append(slices.Concat(laptops, guests), unknown...),
		} {
			slices.Sort(want)
			if got := ports(search); !slices.Equal(got, want) {
				t.Errorf("%s: %s finds %v, want %v", when, search, got, want)
			}
			get("/v1/count?from=all&filter="+url.QueryEscape(search), &count)
			if count.Count != len(want) {
				t.Errorf("%s: %s counts %d, want %d", when, search, count.Count, len(want))
			}
		}
		var stats struct {
			Groups []struct {
				Device   string
				DeviceIP string `json:"device_ip"`
				Count    int
			}
		}
		if err := json.Unmarshal(linklog("stats", "--by", "device", "--json"), &stats); err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for _, g := range stats.Groups {
			got[g.Device+" "+g.DeviceIP] += g.Count
		}
		if got["Work 192.168.1.40"] != len(laptops) || got["guest 192.168.1.23"] != len(guests) {
			t.Errorf("%s: by device: %v", when, got)
		}
		for ref, want := range map[string]int{laptopMAC: len(laptops), "192.168.1.40": len(laptops), "192.168.1.23": len(guests)} {
			var device struct {
				Out      int
				Attempts []struct{ Count int }
			}
			get("/v1/devices/"+ref+"?attempts=true", &device)
			sum := 0
			for _, a := range device.Attempts {
				sum += a.Count
			}
			if sum != want || device.Out != want {
				t.Errorf("%s: the page of %s: %+v, want %d", when, ref, device, want)
			}
		}
		var devices struct {
			Devices []struct {
				Name    string
				Matches int
			}
		}
		get("/v1/devices?filter=dport:443", &devices)
		for _, d := range devices.Devices {
			if want := map[string]int{"Work": len(laptops), "guest": len(guests), "": len(unknown)}[d.Name]; d.Name != "" && d.Matches != want {
				t.Errorf("%s: %q has %d, want %d", when, d.Name, d.Matches, want)
			}
		}
		// The pages of all that match, and who follows from the beginning.
		body := answerOf(t, socket, "/v1/index?from=all&filter=host:Work")
		index, err := io.ReadAll(body)
		body.Close()
		if end := fmt.Sprintf(`"count":%d,`, len(laptops)); err != nil || !strings.Contains(string(index[bytes.LastIndexByte(bytes.TrimSpace(index), '\n')+1:]), end) {
			t.Errorf("%s: the index: %s, %v", when, index, err)
		}
		follow := answerOf(t, socket, "/v1/follow?after=0&filter=host:Work")
		defer follow.Close()
		defer time.AfterFunc(time.Minute, func() { follow.Close() }).Stop() // rather than to wait for an event that does not come
		lines := bufio.NewScanner(follow)
		for _, want := range []int{1, 2, 3} {
			for lines.Scan() && strings.Contains(lines.Text(), `"record"`) {
			}
			if !strings.Contains(lines.Text(), fmt.Sprintf(`"src_host":"Work","src_port":%d,`, want)) || !strings.Contains(lines.Text(), `"src_mac":"`+laptopMAC+`"`) {
				t.Errorf("%s: followed: %s, want %d", when, lines.Text(), want)
			}
		}
	}
	check("at once", 5)
	for _, how := range []string{"restarted", "killed"} {
		if how == "killed" {
			running.Process.Kill()
		} else {
			running.Process.Signal(os.Interrupt)
		}
		running.Wait()
		running = service()
		eventually(t, "all is stored again", func() bool { get("/v1/count?filter=dir:out", &count); return count.Count == 5 })
		check(how, 5)
	}

	// Of what is imported the time says whose it is.
	var first struct{ Time time.Time }
	if err := json.Unmarshal(linklog("log", "--json", "sport:1"), &first); err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(dir, "old.jsonl")
	var b strings.Builder
	for i, at := range []struct {
		time time.Time
		addr string
	}{
		{first.Time.Add(1), "192.168.1.23"},                           // when the laptop had it
		{time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), "192.168.1.23"}, // nobody else is known to have had it before
		{time.Date(2024, 1, 1, 0, 0, 0, 1, time.UTC), "192.168.1.40"}, // it had the other one
	} {
		fmt.Fprintf(&b, `{"time":"%s","kind":"traffic","direction":"out","protocol":"TCP","src_ip":"%s","src_port":%d,"dst_ip":"203.0.113.9","dst_port":443}`+"\n", at.time.Format(time.RFC3339Nano), at.addr, 6+i)
	}
	if err := os.WriteFile(old, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	linklog("import", old)
	laptops = append(laptops, 6, 7)
	check("imported", 5, 8)
}

// answerOf asks the service for something that is there.
func answerOf(t testing.TB, socket, path string) io.ReadCloser {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}}
	answer, err := client.Get("http://linklog" + path)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(answer.Body)
		t.Fatalf("%s: %s: %s", path, answer.Status, text)
	}
	return answer.Body
}
