package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/send/sendtest"
	"linklog/service/api"
	"linklog/service/client"
)

// receiver is a server that confirms alerts, and keeps what it got.
type receiver struct {
	mu       sync.Mutex
	got      map[uint64]int // alerts, how often
	messages int
	doubled  int // messages with an alert that was here before
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	var m struct{ Alerts []api.Alert }
	if err := json.NewDecoder(req.Body).Decode(&m); err != nil {
		return // its sender was killed meanwhile
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.messages++
	again := false
	for _, a := range m.Alerts {
		r.got[a.ID]++
		again = again || r.got[a.ID] > 1
	}
	if again {
		r.doubled++
	}
}

// TestAlertsKilled kills the service, without warning, while rules make alerts and an outlet
// is told of them. Every event is in one alert, and every alert arrives; twice only what was on
// its way when the service was killed, which is one message. LINKLOG_SOAK=kills=200 kills
// more often.
func TestAlertsKilled(t *testing.T) {
	kills := 20
	if testing.Short() {
		kills = 5
	}
	if text, more := strings.CutPrefix(os.Getenv("LINKLOG_SOAK"), "kills="); more {
		var err error
		if kills, err = strconv.Atoi(text); err != nil {
			t.Fatalf("LINKLOG_SOAK: %v", err)
		}
	}
	// A rule tells of three events one by one: those of more would come a minute later.
	const rules, of = 199, 3
	got := &receiver{got: make(map[uint64]int)}
	server := httptest.NewServer(got)
	defer server.Close()
	var text strings.Builder
	fmt.Fprintf(&text, "[names]\ndns = false\n[[outlet]]\nname = \"here\"\ntype = \"webhook\"\nurl = %q\nper_hour = 3600\n[[rule]]\nbuiltin = \"new-host\"\noff = true\n", server.URL)
	for i := range rules {
		fmt.Fprintf(&text, "[[rule]]\nname = \"rule %d\"\nfilter = \"dport:%d\"\n", i, 1000+i)
	}
	held, port := heldSocket(t)
	dir := t.TempDir()
	socket, config := filepath.Join(dir, "s"), filepath.Join(dir, "linklog.toml")
	if err := os.WriteFile(config, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	begin := func() (end func()) {
		service, stderr := startService(t, held, "--data-dir", filepath.Join(dir, "data"), "--socket", socket, "--config", config)
		c := newClient(socket)
		defer c.Close()
		eventually(t, "the outlet is told", func() bool {
			list, err := c.Outlets(t.Context())
			return err == nil && len(list) == 1 && list[0].Error == "" && strings.Contains(stderr.String(), "msg=listening")
		})
		return func() {
			service.Process.Kill()
			service.Wait()
		}
	}
	kill := begin()
	c := newClient(socket)
	defer c.Close()
	eventually(t, "the outlet has begun", func() bool {
		_, known, err := c.Cursor(t.Context(), "outlet:here")
		return err == nil && known
	})
	sent := 0
	for life := range kills {
		for ; sent < rules*of*(life+1)/kills; sent++ {
			sendtest.Tell(t, port, fmt.Sprintf("@in TCP from 203.0.113.%d:5 to 192.168.1.10:%d", 1+sent%200, 1000+sent%rules))
		}
		time.Sleep(time.Duration(rand.IntN(300)) * time.Millisecond) // at any moment
		kill()
		kill = begin()
	}
	defer func() { kill() }()
	var list []api.Alert
	events := int64(0)
	defer func() {
		if !t.Failed() {
			return
		}
		st, _ := c.Status(t.Context())
		t.Logf("events %d, alerts %d, got %d, sent %d; status %+v", events, len(list), len(got.got), sent, st)
		out, _ := c.Outlets(t.Context())
		t.Logf("%+v", out)
		have := map[uint64]bool{}
		for _, a := range list {
			have[a.Seq] = true
			if got.got[a.ID] == 0 {
				t.Logf("not arrived: %+v", a)
			}
		}
		_ = c.Events(t.Context(), client.Query{}, func(e *capture.Event) error {
			if !have[e.Seq] {
				t.Logf("no alert: %+v", *e)
			}
			return nil
		})
	}()
	inTime(t, "all is told", func() (int64, bool) {
		var err error
		if list, err = c.Alerts(t.Context(), 0, 0); err != nil {
			t.Fatal(err)
		}
		if events, err = c.Count(t.Context(), client.Query{Filter: "dir:in"}); err != nil {
			t.Fatal(err)
		}
		got.mu.Lock()
		defer got.mu.Unlock()
		return int64(len(got.got)), events > 0 && len(got.got) == len(list) && int64(len(list)) >= events
	})
	seqs := make(map[uint64]bool)
	for _, a := range list {
		if a.Count != 1 || seqs[a.Seq] {
			t.Errorf("event %d is in several alerts, or one has several: %+v", a.Seq, a)
		}
		seqs[a.Seq] = true
	}
	if int64(len(seqs)) != events {
		t.Errorf("%d alerts of %d events", len(seqs), events)
	}
	got.mu.Lock()
	defer got.mu.Unlock()
	const batch = 64 // datagrams that are taken from the socket at once
	if events < int64(sent-kills*batch) || events == 0 {
		t.Errorf("%d events of %d", events, sent)
	}
	if got.doubled > kills {
		t.Errorf("%d messages came again, in %d lives", got.doubled, kills)
	}
	t.Logf("%d kills: %d of %d events are stored, each in one alert; %d messages, %d of them again", kills, events, sent, got.messages, got.doubled)
}
