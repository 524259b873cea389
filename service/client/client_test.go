package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/send"
	"linklog/capture/send/sendtest"
	"linklog/service"
	"linklog/service/api"
	"linklog/service/client"
	"linklog/service/localsocket"
	"linklog/service/serve"
	"linklog/service/settings"
)

// daemon is an engine with its socket, in this process.
type daemon struct {
	*service.Service
	socket string
	server *serve.Server
	end    func()
}

// start starts a daemon in a folder; its socket stays the same over restarts.
func start(t testing.TB, dir string, change func(*settings.Settings), configure func(*serve.Config)) *daemon {
	t.Helper()
	return startAt(t, dir, filepath.Join(dir, "linklog.sock"), change, configure)
}

func startAt(t testing.TB, dir, path string, change func(*settings.Settings), configure func(*serve.Config)) *daemon {
	t.Helper()
	s := settings.Defaults()
	s.Listen.Port, s.Names.DNS, s.Hosts.Learning = 0, false, 0
	if change != nil {
		change(&s)
	}
	file := &settings.File{Path: filepath.Join(dir, "linklog.toml"), Optional: true}
	e, err := service.Open(t.Context(), service.Config{DataDir: dir, Settings: s})
	if err != nil {
		t.Fatal(err)
	}
	file.Apply = e.Reload
	c := serve.Config{Service: e, Version: "test", DataDir: dir, Settings: file}
	if configure != nil {
		configure(&c)
	}
	server := serve.New(c)
	l, err := localsocket.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready, done, served := make(chan struct{}), make(chan error, 1), make(chan error, 1)
	go func() { done <- e.Run(ctx, func() { close(ready) }) }()
	go func() { served <- server.Serve(l) }()
	<-ready
	d := &daemon{Service: e, socket: path, server: server}
	d.end = sync.OnceFunc(func() {
		cancel()
		if err := errors.Join(<-done, server.Close(), <-served, e.Close()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(d.end)
	return d
}

func (d *daemon) client(t testing.TB) *client.Client {
	c := client.New(client.Options{Paths: []string{d.socket}, Agent: "test/1"})
	t.Cleanup(c.Close)
	return c
}

// send sends n different attempts.
func (d *daemon) send(t testing.TB, n int, rate float64) {
	t.Helper()
	s, err := send.Dial(t.Context(), fmt.Sprintf("127.0.0.1:%d", d.Intake.Port()), send.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Send(t.Context(), n, rate, send.Stream(send.NewMessages(1), send.Encoding{}, send.New)); err != nil {
		t.Fatal(err)
	}
}

func (d *daemon) tell(t testing.TB, messages ...string) {
	t.Helper()
	sendtest.Tell(t, int(d.Intake.Port()), messages...)
}

func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); !condition(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// raw makes a request as any program may.
func (d *daemon) raw(t testing.TB, method, path, body string, header http.Header) (int, string) {
	t.Helper()
	var dialer net.Dialer
	h := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, "unix", d.socket)
	}}}
	r, err := http.NewRequestWithContext(t.Context(), method, "http://linklog"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range header {
		r.Header[name] = v
		if name == "Host" {
			r.Host = v[0]
		}
	}
	resp, err := h.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestRefusals(t *testing.T) {
	d := start(t, t.TempDir(), nil, nil)
	for _, c := range []struct {
		name, method, path, body string
		header                   http.Header
		status                   int
		want                     string
	}{
		{"browser", "GET", "/v1/hello", "", http.Header{"Origin": {"http://evil.example"}}, 403, "browsers"},
		{"page", "GET", "/v1/hello", "", http.Header{"Referer": {"http://evil.example"}}, 403, "browsers"},
		{"other host", "GET", "/v1/hello", "", http.Header{"Host": {"evil.example"}}, 403, `evil.example`},
		{"older caller", "GET", "/v1/hello", "", http.Header{"Linklog-Api": {"0"}}, 426, "speaks version 1"},
		{"newer version", "GET", "/v2/hello", "", nil, 404, "version 1"},
		{"no such thing", "GET", "/v1/nothing", "", nil, 404, "docs/socket.md"},
		{"wrong method", "POST", "/v1/hello", "", nil, 404, "POST /v1/hello"},
		{"unknown parameter", "GET", "/v1/events?limits=3", "", nil, 400, "limits"},
		{"parameter twice", "GET", "/v1/events?limit=3&limit=4", "", nil, 400, "more than once"},
		{"no number", "GET", "/v1/events?limit=-3", "", nil, 400, "limit"},
		{"no time", "GET", "/v1/events?since=yesterday", "", nil, 400, "2026-"},
		{"no order", "GET", "/v1/events?order=best", "", nil, 400, "newest"},
		{"wrong filter", "GET", "/v1/events?filter=dst:1.2.3.400", "", nil, 400, `"field":"ip-dest"`},
		{"broken filter", "GET", "/v1/events?filter=%22a", "", nil, 400, `"offset":0`},
		{"numbers of all", "GET", "/v1/events?from=all&after=3", "", nil, 400, "ask by time"},
		{"not yet there", "GET", "/v1/follow?after=999", "", nil, 416, "the newest is 0"},
		{"no dimension", "GET", "/v1/groups?by=colour", "", nil, 400, "dest_port"},
		{"no JSON", "PUT", "/v1/mute", "x", nil, 400, "body"},
		{"unknown member", "PUT", "/v1/mute", `{"til":3}`, nil, 400, "til"},
		{"large body", "PUT", "/v1/settings", `{"text":"` + strings.Repeat("x", 2<<20) + `"}`, nil, 413, "1048576"},
		{"wrong settings", "PUT", "/v1/settings", `{"text":"[history]\ndays = \"x\"\n"}`, nil, 400, "line 2"},
		{"several wrong settings", "PUT", "/v1/settings", `{"text":"[history]\ndays = \"x\"\nmax_size = 5\n"}`, nil, 400, "quotes; line 3: history.max_size"},
		{"purge of what", "DELETE", "/v1/events", "", nil, 400, "before"},
		{"unknown host", "GET", "/v1/hosts/203.0.113.99", "", nil, 404, "no such host"},
		{"wrong import", "POST", "/v1/import", "{}\n", nil, 400, "line 1"},
		{"ignore what", "POST", "/v1/ignore", `{"filter":"port:abc"}`, nil, 400, `"field":"port"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, text := d.raw(t, c.method, c.path, c.body, c.header)
			var e api.Error
			if err := json.Unmarshal([]byte(text), &e); status != c.status || err != nil || e.Message == "" || !strings.Contains(text, c.want) {
				t.Errorf("got %d %s; want %d with %q", status, text, c.status, c.want)
			}
			// The message may say in front what was to be done.
			if said := strings.ReplaceAll(e.Reason.String(), "\n", "; "); said == "" || !strings.HasSuffix(e.Message, said) {
				t.Errorf("its reason is %q, its message %q", said, e.Message)
			}
		})
	}
}

// A follower gets each event once and in order, whatever becomes of the service.
func TestFollowOverRestarts(t *testing.T) {
	dir := t.TempDir()
	d := start(t, dir, nil, nil)
	c := d.client(t)
	const rounds, each = 20, 500
	got := make(chan capture.Event, rounds*each)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	connections := 0
	go func() {
		ended <- c.Follow(ctx, client.Follower{
			Events: func(events []capture.Event) error {
				for _, ev := range events {
					if ev.Kind == capture.Traffic {
						got <- ev
					}
				}
				return nil
			},
			State: func(s client.State) {
				if s.Connected {
					connections++
				}
			},
		})
	}()
	for round := range rounds {
		d.send(t, each, 0)
		if round%2 == 0 { // in the middle of it, or after all of it
			eventually(t, "everything arrived", func() bool { return len(got) == (round+1)*each })
		} else {
			eventually(t, "all is received", func() bool { s := d.Status(); return s.Counts.Received() == each })
		}
		d.end()
		if round < rounds-1 {
			d = start(t, dir, nil, nil)
		}
	}
	d = start(t, dir, nil, nil)
	eventually(t, "everything arrived", func() bool { return len(got) >= rounds*each })
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(got)
	last, n := uint64(0), 0
	for ev := range got {
		if ev.Seq <= last {
			t.Fatalf("%d after %d", ev.Seq, last)
		}
		last = ev.Seq
		n++
	}
	if n != rounds*each || connections < rounds/2 {
		t.Errorf("%d events of %d over %d connections", n, rounds*each, connections)
	}
}

// Names and alerts reach a follower while it follows.
func TestFollowNamesAndAlerts(t *testing.T) {
	d := start(t, t.TempDir(), nil, nil)
	c := d.client(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	names := make(chan string, 100)
	alerts := make(chan api.Alert, 100)
	events := make(chan capture.Event, 100)
	connected := make(chan struct{}, 10)
	go func() {
		_ = c.Follow(ctx, client.Follower{
			Events: func(list []capture.Event) error {
				for _, ev := range list {
					events <- ev
				}
				return nil
			},
			Name:  func(r *api.Record) { names <- r.Addr.String() + "=" + r.Name },
			Alert: func(a *api.Alert) { alerts <- *a },
			State: func(s client.State) {
				if s.Connected {
					connected <- struct{}{}
				}
			},
		})
	}()
	<-connected
	d.tell(t, "@out TCP from 192.168.1.10:5000 to 203.0.113.4:443")
	if ev := <-events; ev.Dst.Addr != netip.MustParseAddr("203.0.113.4") || !ev.New {
		t.Errorf("%+v", ev)
	}
	if a := <-alerts; a.Kind != "new-host" || a.Host != netip.MustParseAddr("203.0.113.4") || a.Port != 443 || a.Text == "" {
		t.Errorf("%+v", a)
	}
	if err := c.SetHostLabel(ctx, "203.0.113.4", "Camera maker"); err != nil {
		t.Fatal(err)
	}
	if err := c.SetDeviceLabel(ctx, "192.168.1.10", "Anna's laptop"); err != nil {
		t.Fatal(err)
	}
	if a, b := <-names, <-names; a != "203.0.113.4=Camera maker" || b != "192.168.1.10=Anna's laptop" {
		t.Error(a, b)
	}
	d.tell(t, "@out TCP from 192.168.1.10:5001 to 203.0.113.4:443")
	if ev := <-events; ev.Dst.Name != "Camera maker" || ev.Src.Name != "Anna's laptop" || ev.New {
		t.Errorf("%+v", ev)
	}
	got, err := c.Names(ctx, []netip.Addr{netip.MustParseAddr("203.0.113.4"), netip.MustParseAddr("203.0.113.5")})
	if err != nil || len(got) != 1 || got[netip.MustParseAddr("203.0.113.4")] != "Camera maker" {
		t.Error(got, err)
	}
	// The history is searched by the names that are shown, too, the words of the search
	// box included; what the user renamed is no longer found by its former name.
	for filter, want := range map[string]int64{`dsthost:"Camera maker"`: 2, `srchost:Anna*`: 2, `camera`: 2, `host:nobody`: 0, `!host:Anna*`: 0} {
		if n, err := c.Count(ctx, client.Query{Filter: filter}); err != nil || n != want {
			t.Errorf("%s: %d %v", filter, n, err)
		}
		events := int64(0)
		if err := c.Events(ctx, client.Query{Filter: filter}, func(*capture.Event) error { events++; return nil }); err != nil || events != want {
			t.Errorf("%s: %d events, %v", filter, events, err)
		}
	}
	// It is searched by times, too: those of whoever asks.
	for filter, want := range map[string]int64{"since:1h": 2, `since:"1 hour ago" port:443`: 2, "until:1h": 0, "since:1h until:30m": 0, "date:2020": 0, "until:2999-01-01": 2} {
		if n, err := c.Count(ctx, client.Query{Filter: filter}); err != nil || n != want {
			t.Errorf("%s: %d %v", filter, n, err)
		}
	}
	if n, err := c.Count(ctx, client.Query{Filter: "since:1h", Until: time.Now().Add(-30 * time.Minute)}); err != nil || n != 0 {
		t.Error("both bounds of time count: ", n, err)
	}
	if _, err := c.Count(ctx, client.Query{Filter: "since:soon"}); err == nil || !strings.Contains(err.Error(), `since: "soon": is not a valid time`) {
		t.Error(err)
	}
	if list, err := c.Alerts(ctx, 0, 10); err != nil || len(list) != 1 {
		t.Error(list, err)
	}
}

// Reading by pages, by time and by filter; counting; hosts and devices; notes.
func TestRequests(t *testing.T) {
	d := start(t, t.TempDir(), nil, nil)
	c := d.client(t)
	ctx := t.Context()
	const n = 2_000
	d.send(t, n, 0)
	eventually(t, "all is stored", func() bool {
		count, err := c.Count(ctx, client.Query{})
		return err == nil && count == n
	})
	h, err := c.Hello(ctx)
	if err != nil || h.API != 1 || h.Role != "administrator" || h.ID != d.ID() || h.Oldest != 1 || h.Last == 0 || !h.Open || h.Port != d.Intake.Port() {
		t.Errorf("%+v %v", h, err)
	}

	var seqs []uint64
	for before := uint64(0); ; {
		page := 0
		if err := c.Events(ctx, client.Query{Before: before, Limit: 300}, func(ev *capture.Event) error {
			seqs = append(seqs, ev.Seq)
			before = ev.Seq
			page++
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if page < 300 {
			break
		}
	}
	if len(seqs) != n {
		t.Errorf("%d events by pages", len(seqs))
	}
	in, err := c.Count(ctx, client.Query{Filter: "dir:in"})
	out, err2 := c.Count(ctx, client.Query{Filter: "dir:out"})
	if err != nil || err2 != nil || in == 0 || out == 0 || in+out != n {
		t.Error(in, out, err, err2)
	}
	g, err := c.Groups(ctx, client.Query{}, "direction", 0, 0)
	if err != nil || len(g.Groups) != 2 || g.Groups[0].Count+g.Groups[1].Count != n {
		t.Errorf("%+v %v", g, err)
	}
	stop := errors.New("enough")
	if err := c.Events(ctx, client.Query{}, func(*capture.Event) error { return stop }); err != stop {
		t.Error(err)
	}

	list, err := c.Hosts(ctx, client.HostQuery{Order: "count", Limit: 5})
	if err != nil || len(list) != 5 || list[0].In+list[0].Out < list[4].In+list[4].Out || !list[0].New {
		t.Errorf("%+v %v", list, err)
	}
	one, known, err := c.Host(ctx, list[0].Ref)
	if err != nil || !known || one.Addr != list[0].Addr {
		t.Errorf("%+v %v %v", one, known, err)
	}
	if _, known, err := c.Host(ctx, "nobody/../here"); known || err != nil {
		t.Error(known, err)
	}
	if err := c.MarkSeen(ctx, 0); err != nil {
		t.Fatal(err)
	}
	if list, err := c.Hosts(ctx, client.HostQuery{New: true}); err != nil || len(list) != 0 {
		t.Error(len(list), err)
	}
	devices, err := c.Devices(ctx)
	if err != nil || len(devices) == 0 {
		t.Error(devices, err)
	}
	if kept, err := c.Ignore(ctx, "port:ntp"); err != nil || kept != "port:ntp" {
		t.Error(kept, err)
	}
	if rules, err := c.Ignores(ctx); err != nil || len(rules) != 1 {
		t.Error(rules, err)
	}
	for _, want := range []bool{true, false} {
		if was, err := c.Unignore(ctx, "port:ntp"); err != nil || was != want {
			t.Error(was, err)
		}
	}
	until := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	if err := c.SetMute(ctx, until); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Mute(ctx); err != nil || !got.Equal(until) {
		t.Error(got, err)
	}
	if err := c.SetMute(ctx, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if _, known, err := c.Cursor(ctx, "app of anna"); known || err != nil {
		t.Error(known, err)
	}
	if err := c.SetCursor(ctx, "app of anna", 7); err != nil {
		t.Fatal(err)
	}
	if id, known, err := c.Cursor(ctx, "app of anna"); id != 7 || !known || err != nil {
		t.Error(id, known, err)
	}

	text, path, err := c.Settings(ctx)
	if err != nil || !strings.HasPrefix(text, "# LinkLog's settings") || filepath.Base(path) != "linklog.toml" {
		t.Error(text, path, err)
	}
	changed, err := settings.Set(text, "history.days", "90")
	if err != nil {
		t.Fatal(err)
	}
	if restart, err := c.SetSettings(ctx, changed); restart || err != nil {
		t.Error(restart, err)
	}
	if text, _, err := c.Settings(ctx); err != nil || text != changed {
		t.Error(text, err)
	}
	if _, err := c.Reload(ctx); err != nil {
		t.Error(err)
	}
	if files, events, err := c.Purge(ctx, time.Now().Add(-time.Hour)); files != 0 || events != 0 || err != nil {
		t.Error(files, events, err)
	}
	s, err := c.Status(ctx)
	if err != nil || s.Received != n || s.Traffic != n || s.History.Events != n || len(s.Routers) != 1 || s.Lost.Total != 0 || len(s.Clients) == 0 {
		t.Errorf("%+v %v", s, err)
	}
}

// Importing twice adds nothing twice, and followers do not hear of it.
func TestImport(t *testing.T) {
	d := start(t, t.TempDir(), nil, nil)
	c := d.client(t)
	ctx := t.Context()
	var old []capture.Event
	for i := range 100 {
		old = append(old, capture.Event{
			Time: time.Date(2014, 9, 16, 20, i, 0, 0, time.UTC), Kind: capture.Traffic, Dir: capture.In, Proto: 6,
			Src: capture.Endpoint{Addr: netip.AddrFrom4([4]byte{203, 0, 113, byte(i)}), Port: 5}, Dst: capture.Endpoint{Addr: netip.AddrFrom4([4]byte{192, 168, 1, 10}), Port: 22},
		})
	}
	d.send(t, 10, 0)
	eventually(t, "all is stored", func() bool { n, _ := c.Count(ctx, client.Query{}); return n == 10 })
	last := d.Engine.Last()
	for round, want := range []int{100, 0} {
		var mark *uint64
		added := 0
		for part := range 4 {
			got, err := c.Import(ctx, mark, "old.log", old[part*25:part*25+25])
			if err != nil {
				t.Fatal(err)
			}
			mark = &got.Mark
			added += got.Added
		}
		if added != want {
			t.Errorf("round %d: %d added", round, added)
		}
	}
	if d.Engine.Last() != last {
		t.Error("a follower would see what was imported")
	}
	var years []int
	if err := c.Events(ctx, client.Query{All: true, OldestFirst: true}, func(ev *capture.Event) error {
		years = append(years, ev.Time.Year())
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(years) != 110 || years[99] != 2014 || years[100] == 2014 {
		t.Error(years)
	}
	if n, err := c.Count(ctx, client.Query{Imported: true}); n != 100 || err != nil {
		t.Error(n, err)
	}

	for _, test := range []struct {
		q       client.Query
		n, rest int64
	}{{client.Query{}, 10, 0}, {client.Query{Imported: true}, 100, 0}, {client.Query{All: true}, 110, 0}} {
		g, err := c.Groups(ctx, test.q, "kind", 0, 0)
		if err != nil || len(g.Groups) != 1 || g.Groups[0].Count != test.n || g.Rest != test.rest || !g.Exact {
			t.Errorf("%+v: %+v %v", test.q, g, err)
		}
	}
	if g, err := c.Groups(ctx, client.Query{All: true}, "remote", 0, 5); err != nil || len(g.Groups) != 5 || g.Rest == 0 {
		t.Errorf("%+v %v", g, err)
	}

	seen := func(q client.HostQuery) (old, all int, first api.Host) {
		t.Helper()
		hosts, err := c.Hosts(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		for i, h := range hosts {
			if h.First.Year() == 2014 {
				if old++; old == 1 {
					first = hosts[i]
				}
			}
		}
		return old, len(hosts), first
	}
	live, err := c.Hosts(ctx, client.HostQuery{New: true})
	if err != nil {
		t.Fatal(err)
	}
	received, union := len(live), 100+len(live)
	for _, h := range live {
		if slices.ContainsFunc(old, func(ev capture.Event) bool { return ev.Src.Addr == h.Addr }) {
			union-- // it is the same host, first seen in 2014, and still new to the user
		}
	}
	if old, all, h := seen(client.HostQuery{Order: "first", Reverse: true}); old != 100 || all != union || h.Ref != "203.0.113.0" || h.New || h.In != 1 || len(h.Ports) != 1 || len(h.Devices) != 1 || h.Devices[0].Addr.String() != "192.168.1.10" {
		t.Errorf("%d hosts of the import, %d in all; %+v", old, all, h)
	}
	for _, order := range []string{"last", "first", "count", "name", "address"} {
		pages := make(map[string]bool)
		for skip := 0; skip < 120; skip += 10 {
			hosts, err := c.Hosts(ctx, client.HostQuery{Order: order, Skip: skip, Limit: 10})
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range hosts {
				pages[h.Ref] = true
			}
		}
		if len(pages) != union {
			t.Errorf("by %s: %d hosts", order, len(pages))
		}
	}
	if old, all, _ := seen(client.HostQuery{Find: "203.0.113.42"}); old != 1 || all != 1 {
		t.Errorf("%d, %d found", old, all)
	}
	if old, all, _ := seen(client.HostQuery{Device: netip.MustParseAddr("192.168.1.10"), Limit: 5000}); old != 100 || all < 100 {
		t.Errorf("%d, %d of the device", old, all)
	}
	device := func() (found api.Device) {
		devices, err := c.Devices(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range devices {
			if d.Addr.String() == "192.168.1.10" {
				found = d
			}
		}
		return found
	}
	if s, err := c.Status(ctx); err != nil || !s.Since().Equal(old[0].Time) {
		t.Errorf("the log begins at %v, %v", s.Since(), err)
	}
	before := device()
	if before.First.Year() != 2014 || before.In < 100 || before.Hosts < 100 {
		t.Errorf("%+v", before)
	}

	list, err := c.Imports(ctx)
	if err != nil || len(list.Imports) != 1 || list.Unnumbered != 0 {
		t.Fatalf("%+v %v", list, err)
	}
	if im := list.Imports[0]; im.Number != 1 || im.Added != 100 || !slices.Equal(im.Files, []string{"old.log"}) || !im.Since.Equal(old[0].Time) || !im.Until.Equal(old[99].Time) {
		t.Errorf("%+v", im)
	}
	var refused *client.Error
	if _, err := c.UndoImport(ctx, 2); !errors.As(err, &refused) || refused.Status != http.StatusNotFound || !strings.Contains(err.Error(), "the numbers are 1") {
		t.Errorf("an import that there is not: %v", err)
	}
	if n, err := c.UndoImport(ctx, 1); n != 100 || err != nil {
		t.Errorf("%d removed, %v", n, err)
	}
	if n, err := c.Count(ctx, client.Query{All: true}); n != 10 || err != nil {
		t.Errorf("%d events are left; %v", n, err)
	}
	if old, all, _ := seen(client.HostQuery{}); old != 0 || all != received {
		t.Errorf("%d hosts of the import are left, %d in all", old, all)
	}
	if s, err := c.Status(ctx); err != nil || !s.Since().Equal(s.History.Since) || s.Since().IsZero() {
		t.Errorf("the log begins at %v, %v", s.Since(), err)
	}
	if after := device(); after.First.Year() == 2014 || after.In != before.In-100 {
		t.Errorf("%+v", after)
	}
}

// A client that asks for much at once waits for itself, rather than to be refused.
func TestManyRequestsAtOnce(t *testing.T) {
	c := start(t, t.TempDir(), nil, nil).client(t)
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if _, err := c.Status(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// One user cannot take all connections, and is told so.
func TestTooManyConnections(t *testing.T) {
	d := start(t, t.TempDir(), nil, nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	connected := make(chan struct{}, 100)
	var refused sync.Map
	for i := range api.MaxClientsPerUser {
		c := d.client(t)
		go c.Follow(ctx, client.Follower{State: func(s client.State) {
			if s.Connected {
				connected <- struct{}{}
			} else if s.Err != nil {
				refused.Store(i, s.Err.Error())
			}
		}})
		<-connected
		c.Close() // the connection of the hello
	}
	status, text := d.raw(t, "GET", "/v1/hello", "", nil)
	if status != http.StatusTooManyRequests || !strings.Contains(text, "too many connections") {
		t.Errorf("%d %s", status, text)
	}
	refused.Range(func(k, v any) bool { t.Errorf("%v: %v", k, v); return true })
	cancel()
	eventually(t, "there is room again", func() bool { status, _ := d.raw(t, "GET", "/v1/hello", "", nil); return status == 200 })
}

// A client that never reads holds up nobody and is let go; with its number it
// goes on where it was.
func TestClientThatNeverReads(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the 10 s after which it is let go")
	}
	d := start(t, t.TempDir(), nil, nil)
	var dialer net.Dialer
	stuck, err := dialer.DialContext(t.Context(), "unix", d.socket)
	if err != nil {
		t.Fatal(err)
	}
	defer stuck.Close()
	if _, err := io.WriteString(stuck, "GET /v1/follow?after=0 HTTP/1.1\r\nHost: linklog\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	const n = 200_000
	begin := time.Now()
	d.send(t, n, 50_000)
	c := d.client(t)
	eventually(t, "all is stored all the same", func() bool { count, _ := c.Count(t.Context(), client.Query{}); return count == n })
	if s := d.Status(); s.Counts.Received() != n || s.Lost() != 0 {
		t.Errorf("%+v", s)
	}
	eventually(t, "the client is let go", func() bool { s, err := c.Status(t.Context()); return err == nil && len(s.Clients) == 1 })
	t.Logf("stored and let go after %v", time.Since(begin).Round(time.Millisecond))
	// What it had got is whole lines but for the last, in order.
	text, _ := io.ReadAll(stuck)
	if !strings.Contains(string(text), `"seq":1,`) {
		t.Errorf("%.200s", text)
	}
}

// A service with another history in the same place is told as such.
func TestAnotherHistory(t *testing.T) {
	dir := t.TempDir()
	d := start(t, dir, nil, nil)
	d.tell(t, "@in TCP from 203.0.113.4:5 to 192.168.1.10:80")
	c := d.client(t)
	var mu sync.Mutex
	var seqs []uint64
	isNew := false
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go c.Follow(ctx, client.Follower{
		Events: func(events []capture.Event) error {
			mu.Lock()
			defer mu.Unlock()
			for _, ev := range events {
				seqs = append(seqs, ev.Seq)
			}
			return nil
		},
		State: func(s client.State) {
			mu.Lock()
			defer mu.Unlock()
			isNew = isNew || s.New
		},
	})
	eventually(t, "the event arrived", func() bool { mu.Lock(); defer mu.Unlock(); return len(seqs) == 1 })
	d.end()
	other := t.TempDir()
	e := start(t, other, nil, nil)
	e.tell(t, "@in TCP from 203.0.113.4:5 to 192.168.1.10:80", "@in TCP from 203.0.113.5:5 to 192.168.1.10:80")
	e.end()
	// The other folder takes the place of the first, at the same socket.
	moved := startAt(t, other, d.socket, nil, nil)
	defer moved.end()
	eventually(t, "the other history is told and read from its beginning", func() bool { mu.Lock(); defer mu.Unlock(); return isNew && len(seqs) >= 3 })
}
