package client_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"linklog/service/api"
	"linklog/service/client"
)

// Hosts and devices that have events that match, whether these were received or imported, and
// what of it counts as a total.
func TestHostsWithEvents(t *testing.T) {
	d := start(t, t.TempDir(), nil, nil)
	c := d.client(t)
	d.tell(t, "@in TCP from 203.0.113.4:51234 to 192.168.1.10:80", "@in TCP from 203.0.113.4:51235 to 192.168.1.10:22", "@in TCP from 203.0.113.5:51235 to 192.168.1.11:22",
		"@out UDP from 192.168.1.12:5 to dns.example(198.51.100.53):53.", "@out UDP from 192.168.1.12:6 to dns.example(198.51.100.53):53.")
	d.bring(t, 7) // from 198.51.100.9 to 192.168.1.10:22
	d.tell(t, "@out TCP from 192.168.1.13:7 to 198.51.100.9:443.")
	ask := func(e client.HasEvents) string {
		t.Helper()
		hosts, err := c.Hosts(t.Context(), client.HostQuery{Order: "address", Events: e})
		if err != nil {
			t.Fatal(err)
		}
		devices, err := c.DevicesWith(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		var text []string
		for _, h := range hosts {
			text = append(text, fmt.Sprint(h.Addr, "×", h.Matches))
		}
		for _, v := range devices {
			text = append(text, fmt.Sprint(v.Addr, "×", v.Matches))
		}
		return strings.Join(text, " ")
	}
	eventually(t, "all are there", func() bool { n, err := c.Count(t.Context(), client.Query{}); return err == nil && n == 6 })
	yesterday := time.Now().Add(-20 * time.Hour)
	for _, q := range []struct {
		e    client.HasEvents
		want string
	}{
		{client.HasEvents{Filter: "dport:22"}, "198.51.100.9×7 203.0.113.4×1 203.0.113.5×1 192.168.1.10×8 192.168.1.11×1"},
		{client.HasEvents{Filter: "dport:22", Since: yesterday}, "203.0.113.4×1 203.0.113.5×1 192.168.1.10×1 192.168.1.11×1"},
		{client.HasEvents{Until: yesterday}, "198.51.100.9×7 192.168.1.10×7"},
		{client.HasEvents{Filter: "host:dns.example"}, "198.51.100.53×2 192.168.1.12×2"},
		{client.HasEvents{Filter: "dir:out ip:198.51.100.9"}, "198.51.100.9×1 192.168.1.13×1"},
		{client.HasEvents{Filter: "ip:192.0.2.1"}, ""},
		{client.HasEvents{}, "198.51.100.9×0 198.51.100.53×0 203.0.113.4×0 203.0.113.5×0 192.168.1.10×0 192.168.1.11×0 192.168.1.12×0 192.168.1.13×0"},
	} {
		if got := ask(q.e); got != q.want {
			t.Errorf("%+v: %s\nwant %s", q.e, got, q.want)
		}
	}
	hosts, err := c.Hosts(t.Context(), client.HostQuery{Order: "count", Limit: 1, Events: client.HasEvents{Filter: "dport:22"}})
	if err != nil || len(hosts) != 1 || hosts[0].Matches != 7 || hosts[0].In != 7 || hosts[0].Out != 0 {
		t.Errorf("%+v, %v", hosts, err)
	}
	// What is counted are the events that match: 203.0.113.4 has as many, of 443 none.
	hosts, err = c.Hosts(t.Context(), client.HostQuery{Order: "count", Events: client.HasEvents{Filter: "dport:443,53"}})
	if err != nil || len(hosts) != 2 || hosts[0].Addr.String() != "198.51.100.53" || hosts[0].Out != 2 || hosts[1].In != 0 || hosts[1].Out != 1 {
		t.Errorf("%+v, %v", hosts, err)
	}
	devices, err := c.DevicesWith(t.Context(), client.HasEvents{Filter: "dport:80"})
	if err != nil || len(devices) != 1 || devices[0].In != 1 || devices[0].Out != 0 || devices[0].Matches != 1 {
		t.Errorf("%+v, %v", devices, err)
	}
	for _, query := range []string{"hosts?filter=ip:zz", "devices?filter=ip:zz", "devices?since=now", "hosts?until=", "devices?find=x"} {
		if status, text := d.raw(t, "GET", "/v1/"+query, "", nil); status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", query, status, text)
		}
	}
}

func TestTotalsCountImports(t *testing.T) {
	d := start(t, t.TempDir(), nil, nil)
	c := d.client(t)
	totals := func() [2]int {
		t.Helper()
		s, err := c.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return [2]int{s.Hosts, s.Devices}
	}
	d.tell(t, "@in TCP from 203.0.113.4:51234 to 192.168.1.11:80")
	eventually(t, "it is known", func() bool { return totals() == [2]int{1, 1} })
	d.bring(t, 7)
	eventually(t, "what was imported counts, without that anyone asks for hosts", func() bool { return totals() == [2]int{2, 2} })
	d.tell(t, "@in TCP from 198.51.100.9:5 to 192.168.1.10:80", "@in TCP from 198.51.100.8:5 to 192.168.1.10:80")
	eventually(t, "each counts once", func() bool { return totals() == [2]int{3, 2} })
	list, err := c.Hosts(t.Context(), client.HostQuery{})
	if err != nil || len(list) != totals()[0] {
		t.Errorf("%d hosts, %v; the total is %v", len(list), err, totals())
	}
	if i := slices.IndexFunc(list, func(h api.Host) bool { return h.In == 8 }); i < 0 {
		t.Errorf("none has both: %+v", list)
	}
	if _, err := d.Engine.Imported().Undo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	d.tell(t, "@in TCP from 198.51.100.7:5 to 192.168.1.10:80")
	eventually(t, "what was undone does not", func() bool { return totals() == [2]int{4, 2} })
}

// The story of a host and a device: a note, which survives a restart and goes along with the
// device, and what the router did in each direction.
func TestNotesAndAttempts(t *testing.T) {
	dir := t.TempDir()
	d := start(t, dir, nil, nil)
	c := d.client(t)
	d.tell(t, "@in TCP from 203.0.113.4:51234 to 192.168.1.10:80", "@out TCP from 192.168.1.10:5 to 203.0.113.4:443.", "@out TCP from 192.168.1.10:6 to 203.0.113.4:443.")
	d.bring(t, 7) // from 198.51.100.9 to 192.168.1.10:22
	eventually(t, "all are there", func() bool { n, err := c.Count(t.Context(), client.Query{}); return err == nil && n == 3 })
	if err := c.SetHostNote(t.Context(), "203.0.113.4", "Scans.\r\n\tSecond\x1b line \n\n"); err != nil {
		t.Fatal(err)
	}
	if err := c.SetDeviceNote(t.Context(), "192.168.1.10", "in the attic"); err != nil {
		t.Fatal(err)
	}
	if err := c.SetHostNote(t.Context(), "198.51.100.9", "only imported"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		h, known, err := c.HostStory(t.Context(), "203.0.113.4")
		if err != nil || !known || h.Note != "Scans.\nSecond� line" || fmt.Sprint(h.Attempts) != "[{out  2} {in  1}]" {
			t.Errorf("%+v, %v, %v", h, known, err)
		}
		v, known, err := c.DeviceStory(t.Context(), "192.168.1.10")
		if err != nil || !known || v.Note != "in the attic" || fmt.Sprint(v.Attempts) != "[{in  8} {out  2}]" {
			t.Errorf("%+v, %v, %v", v, known, err)
		}
		if h, known, err := c.Host(t.Context(), "198.51.100.9"); err != nil || !known || h.Note != "only imported" || h.Attempts != nil {
			t.Errorf("%+v, %v, %v", h, known, err)
		}
		d.end()
		d = start(t, dir, nil, nil)
		c = d.client(t)
	}
	for _, ref := range []string{"192.0.2.1", "xx", "00:11:22:33:44:55"} {
		if _, known, err := c.DeviceStory(t.Context(), ref); known || err != nil {
			t.Errorf("%s: %v, %v", ref, known, err)
		}
	}
	if err := c.SetHostNote(t.Context(), "203.0.113.4", ""); err != nil {
		t.Fatal(err)
	}
	if h, _, err := c.Host(t.Context(), "203.0.113.4"); err != nil || h.Note != "" {
		t.Errorf("a note that was removed: %+v, %v", h, err)
	}
	for _, body := range []string{`{"note":"` + strings.Repeat("x", 2001) + `"}`, `{"note":null}`, `{}`, `{"note":1}`, `{"label":"x"}`} {
		if status, text := d.raw(t, "PUT", "/v1/hosts/203.0.113.4/note", body, nil); status != http.StatusBadRequest {
			t.Errorf("%.30s: %d %s", body, status, text)
		}
	}
	if status, text := d.raw(t, "PUT", "/v1/devices/tv/note", `{"note":"x"}`, nil); status != http.StatusBadRequest {
		t.Errorf("no device: %d %s", status, text)
	}
}

// Hosts that belong together are counted as one, and those that belong to nobody that is known
// as one, too: no sum has more or less than the hosts themselves.
func TestHostGroups(t *testing.T) {
	d := start(t, t.TempDir(), nil, nil)
	c := d.client(t)
	d.tell(t, "@out TCP from 192.168.1.10:5 to dns.google(8.8.8.8):443.", "@out UDP from 192.168.1.10:5 to dns.google(8.8.4.4):53.", "@out UDP from 192.168.1.10:6 to dns.google(8.8.4.4):53.",
		"@in TCP from 203.0.113.4:51234 to 192.168.1.10:4711", "@out TCP from 192.168.1.12:5 to a.b.example.co.uk(193.0.6.139):443.", "@out TCP from 192.168.1.12:5 to www.google.com(2001:4860:4860::8888):443.")
	d.bring(t, 7) // from 198.51.100.9 to 192.168.1.10:22
	eventually(t, "all are there", func() bool {
		n, err := c.Count(t.Context(), client.Query{All: true})
		hosts, e := c.Hosts(t.Context(), client.HostQuery{})
		return err == nil && e == nil && n == 13 && len(hosts) == 6
	})
	ask := func(by string, q client.HostQuery) string {
		t.Helper()
		g, err := c.HostGroups(t.Context(), q, by)
		if err != nil || !g.Exact {
			t.Fatal(by, g, err)
		}
		var text []string
		for _, g := range g.Groups {
			name := g.Name()
			if strings.HasSuffix(name, "(RIPE NCC)") {
				name, g.Owner = "RIPE NCC", "RIPE NCC"
			}
			if g.Class != api.ClassOf(by, name) || g.First.IsZero() || g.Last.Before(g.First) {
				t.Errorf("%s: %+v", by, g)
			}
			text = append(text, fmt.Sprint(name, " ", g.Hosts, "/", g.New, " ", g.In, "+", g.Out, " ", g.Matches))
		}
		return strings.Join(text, ", ")
	}
	byCount := client.HostQuery{Order: "count"}
	for by, want := range map[string]string{
		"domain":   " 2/1 8+0 0, dns.google 2/2 0+3 0, example.co.uk 1/1 0+1 0, google.com 1/1 0+1 0",
		"owner":    " 2/1 8+0 0, Google 3/3 0+4 0, RIPE NCC 1/1 0+1 0",
		"country":  " 2/1 8+0 0, US 3/3 0+4 0, NL 1/1 0+1 0",
		"category": "remote control 1/0 7+0 0, web 3/3 0+3 0, names and time 1/1 0+2 0,  1/1 1+0 0",
	} {
		if got := ask(by, byCount); got != want {
			t.Errorf("by %s: %s\nwant %s", by, got, want)
		}
	}
	for _, q := range []struct {
		q    client.HostQuery
		want string
	}{
		{client.HostQuery{Order: "name"}, "Google 3/3 0+4 0, RIPE NCC 1/1 0+1 0,  2/1 8+0 0"},
		{client.HostQuery{Order: "name", Reverse: true, Limit: 2}, "RIPE NCC 1/1 0+1 0, Google 3/3 0+4 0"},
		{client.HostQuery{Order: "count", Skip: 1, Limit: 1}, "Google 3/3 0+4 0"},
		{client.HostQuery{Order: "count", Skip: 9}, ""},
		{client.HostQuery{Order: "count", New: true}, "Google 3/3 0+4 0,  1/1 1+0 0, RIPE NCC 1/1 0+1 0"},
		{client.HostQuery{Order: "count", Find: "google"}, "Google 3/3 0+4 0"},
		{client.HostQuery{Order: "count", Events: client.HasEvents{Filter: "dport:443"}}, "Google 2/2 0+2 2, RIPE NCC 1/1 0+1 1"},
		{client.HostQuery{Order: "count", Events: client.HasEvents{Filter: "dport:22,4711"}}, " 2/1 8+0 8"},
	} {
		if got := ask("owner", q.q); got != q.want {
			t.Errorf("%+v: %s\nwant %s", q.q, got, q.want)
		}
	}
	// The hosts of a group are those that it has.
	for _, by := range api.Classes() {
		groups, err := c.HostGroups(t.Context(), byCount, by)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for i := range groups.Groups {
			g := &groups.Groups[i]
			hosts, err := c.Hosts(t.Context(), client.HostQuery{Order: "address", By: by, Group: g.Name()})
			if err != nil || len(hosts) != g.Hosts {
				t.Errorf("%s %q: %d hosts, not %d; %v", by, g.Name(), len(hosts), g.Hosts, err)
			}
			for i := range hosts {
				g.In, g.Out = g.In-hosts[i].In, g.Out-hosts[i].Out
				seen[hosts[i].Ref] = true
			}
			if g.In != 0 || g.Out != 0 {
				t.Errorf("%s %q: %d and %d attempts are of no host", by, g.Name(), g.In, g.Out)
			}
		}
		if len(seen) != 6 {
			t.Errorf("by %s: only %v", by, seen)
		}
	}
	if hosts, err := c.Hosts(t.Context(), client.HostQuery{By: "owner", Group: "Nobody"}); err != nil || len(hosts) != 0 {
		t.Errorf("of a group that there is not: %v, %v", hosts, err)
	}
	for _, query := range []string{"hosts?group=Google", "hosts?by=router", "hosts?by=owner&order=address", "hosts?by=owner,country", "hosts?by=owner&filter=ip:zz"} {
		if status, text := d.raw(t, "GET", "/v1/"+query, "", nil); status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", query, status, text)
		}
	}
	// The log finds what a group is of.
	for filter, want := range map[string]int64{"owner:=Google": 4, "country:US": 4, "host:dns.google,*.dns.google": 3, "category:web": 3, "!owner:*": 8} {
		if n, err := c.Count(t.Context(), client.Query{Filter: filter, All: true}); err != nil || n != want {
			t.Errorf("%s: %d, want %d; %v", filter, n, want, err)
		}
	}
}
