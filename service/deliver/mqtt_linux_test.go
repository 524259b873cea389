package deliver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"linklog/service/alerts"
	"linklog/service/deliver/brokertest"
	"linklog/service/settings"
)

// outlet are settings that work.
func outletOf(b *brokertest.Broker) settings.Outlet {
	return settings.Outlet{Name: "home", Type: "mqtt", URL: fmt.Sprintf("mqtt://127.0.0.1:%d", b.Plain), User: "me", Token: "${a}", Topic: "linklog", Discovery: "homeassistant", ClientID: "linklog_1"}
}

// stay keeps an outlet connected until the test ends it.
func stay(t *testing.T, o settings.Outlet, now func() Presence, reach func(error)) (m *MQTT, end func()) {
	t.Helper()
	made, err := NewOutlet(o, secret)
	if err != nil {
		t.Fatal(err)
	}
	m = made.(*MQTT)
	m.Introduce(now)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		m.Stay(ctx, reach)
	}()
	return m, func() {
		cancel()
		<-done
	}
}

func calm() Presence { return Presence{Receiving: true, NewHosts: 3, PerMinute: 12} }

// Alerts arrive at a real broker in both versions of the protocol; it keeps the device, how
// things stand and the last alert, and all of it goes when the device is removed.
func TestMQTT(t *testing.T) {
	b := brokertest.New(t, "")
	for _, version := range []string{"", "5", "3.1.1"} {
		h := b.Listen()
		o := outletOf(b)
		o.Version, o.Topic, o.ClientID = version, "home/linklog"+version, "linklog_v"+strings.ReplaceAll(version, ".", "_")
		reached := make(chan error, 100)
		m, end := stay(t, o, calm, func(err error) { reached <- err })
		if err := <-reached; err != nil {
			t.Fatalf("%q: %v", version, err)
		}
		a := newHostAlert()
		if err := m.Send(t.Context(), about([]alerts.Alert{a}, nil)); err != nil {
			t.Fatalf("%q: %v", version, err)
		}
		await(t, func() bool { return h.Last(o.Topic+"/alert") != "" })
		var got map[string]string
		if err := json.Unmarshal([]byte(h.Last(o.Topic+"/alert")), &got); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{
			"event_type": "new-host", "title": "LinkLog: new host", "text": `New host ` + evil + ` (203.0.113.4) from TV (192.168.1.15), out TCP port 443 (https)`,
			"id": "7", "kind": "new-host", "time": "2026-11-23T16:23:42Z", "since": "2026-11-23T16:23:42Z", "host": "203.0.113.4", "name": evil, "device": "192.168.1.15",
			"device_name": "TV", "direction": "out", "protocol": "TCP", "port": "443", "service": "https", "seq": "3", "count": "1",
		}
		if !maps.Equal(got, want) {
			t.Errorf("%q: alert\n got %v\nwant %v", version, got, want)
		}

		later := b.Listen() // Home Assistant starts after LinkLog
		keeps := later.Retained
		if keeps[o.Topic+"/availability"] != "online" || keeps[o.Topic+"/alert"] != "" || keeps[o.Topic+"/last_alert"] != h.Last(o.Topic+"/alert") ||
			keeps[o.Topic+"/state"] != `{"receiving":"ON","new_hosts":3,"attempts_per_minute":12,"lost":0,"muted":"OFF","problem":"OFF","problems":0}` {
			t.Errorf("%q: the broker keeps %q", version, keeps)
		}
		checkDevice(t, o, keeps["homeassistant/device/"+o.ClientID+"/config"])

		// A message to try it comes from a client of its own, and disturbs nobody.
		if err := mustOutlet(t, o).Send(t.Context(), TestMessage("pc", nil)); err != nil {
			t.Fatal(err)
		}
		await(t, func() bool { return strings.Contains(h.Last(o.Topic+"/alert"), `"event_type":"test"`) })
		if h.Last(o.Topic+"/last_alert") != keeps[o.Topic+"/last_alert"] || h.Has(o.Topic+"/availability offline") {
			t.Errorf("%q: a test changed what the broker keeps", version)
		}

		end()
		if version == "" {
			m.Close()
			await(t, func() bool { return h.Last(o.Topic+"/availability") == "offline" })
			continue
		}
		if version == "5" { // the end of what stays may come while something is said, and ends the connection
			m.link.close()
		}
		m.Close()
		if err := DeviceOf(&o).Withdraw(t.Context(), secret, nil); err != nil {
			t.Errorf("%q: %v", version, err)
		}
		after := b.Listen()
		for topic := range after.Retained {
			if strings.HasPrefix(topic, o.Topic+"/") || strings.Contains(topic, o.ClientID+"/") {
				t.Errorf("%q: the broker still keeps %s", version, topic)
			}
		}
	}
}

// checkDevice compares the description of the device with what Home Assistant documents.
func checkDevice(t *testing.T, o settings.Outlet, text string) {
	t.Helper()
	var d struct {
		Device       map[string]any
		Origin       map[string]string
		Availability string `json:"availability_topic"`
		QoS          int
		Components   map[string]map[string]any
	}
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if d.Origin["name"] != "LinkLog" || d.Device["name"] != "LinkLog" || fmt.Sprint(d.Device["identifiers"]) != "["+o.ClientID+"]" || d.Availability != o.Topic+"/availability" || d.QoS != 1 {
		t.Errorf("device: %s", text)
	}
	if names := slices.Sorted(maps.Keys(d.Components)); !slices.Equal(names, []string{"alert", "attempts", "last_alert", "lost", "muted", "new_hosts", "problem", "receiving"}) {
		t.Errorf("components: %v", names)
	}
	state := map[string]any{}
	if err := json.Unmarshal(calm().payload(), &state); err != nil {
		t.Fatal(err)
	}
	for name, c := range d.Components {
		if c["unique_id"] != o.ClientID+"_"+name || c["name"] == "" || !slices.Contains([]any{"event", "sensor", "binary_sensor"}, c["platform"]) {
			t.Errorf("%s: %v", name, c)
		}
		template, _ := c["value_template"].(string)
		if field, found := strings.CutPrefix(template, "{{ value_json."); found && c["state_topic"] == o.Topic+"/state" {
			if _, there := state[strings.TrimSuffix(field, " }}")]; !there {
				t.Errorf("%s: %s is not in the state", name, template)
			}
		} else if name != "alert" && name != "last_alert" {
			t.Errorf("%s: %v", name, c)
		}
	}
	types := fmt.Sprint(d.Components["alert"]["event_types"])
	for _, kind := range []alerts.AlertKind{alerts.NewHost, alerts.NewHosts, alerts.WANChange, alerts.Digest} {
		if !strings.Contains(types, kind.String()) {
			t.Errorf("events: %s", types)
		}
	}
}

// Switched off, the device that was there before goes.
func TestNoDiscovery(t *testing.T) {
	b := brokertest.New(t, "")
	h := b.Listen()
	o := outletOf(b)
	const topic = "homeassistant/device/linklog_1/config"
	for _, discovery := range []string{"homeassistant", settings.NoDiscovery} {
		o.Discovery = discovery
		reached := make(chan error, 100)
		m, end := stay(t, o, calm, func(err error) { reached <- err })
		if err := <-reached; err != nil {
			t.Fatal(err)
		}
		await(t, func() bool { return h.Last("linklog/availability") == "online" })
		if has := h.Last(topic) != ""; has != (discovery == "homeassistant") {
			t.Errorf("%s: %q", discovery, h.Last(topic))
		}
		end()
		m.Close()
		await(t, func() bool { return h.Last("linklog/availability") == "offline" })
	}
}

// What changes is told; a broker that comes back after it was away has all of it anew, and what
// waited for it at once.
func TestBrokerComesBack(t *testing.T) {
	b := brokertest.New(t, "")
	var mu sync.Mutex
	stands := calm()
	reached := make(chan error, 100)
	o := outletOf(b)
	m, end := stay(t, o, func() Presence {
		mu.Lock()
		defer mu.Unlock()
		return stands
	}, func(err error) { reached <- err })
	defer func() {
		end()
		m.Close()
	}()
	if err := <-reached; err != nil {
		t.Fatal(err)
	}
	h := b.Listen()
	mu.Lock()
	stands.Muted, stands.Receiving, stands.Problems = time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC), false, 2
	mu.Unlock()
	await(t, func() bool {
		return h.Last("linklog/state") == `{"receiving":"OFF","new_hosts":3,"attempts_per_minute":12,"lost":0,"muted":"ON","muted_until":"2026-11-24T07:00:00Z","problem":"ON","problems":2}`
	})
	b.Stop()
	if err := <-reached; err == nil {
		t.Fatal("nobody noticed that the broker is gone")
	}
	if err := m.Send(t.Context(), TestMessage("pc", nil)); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("without a broker: %v", err)
	}
	b.Start()
	for err := range reached {
		if err == nil {
			break
		}
	}
	again := b.Listen()
	if again.Retained["linklog/availability"] != "online" || again.Retained["homeassistant/device/linklog_1/config"] == "" || !strings.Contains(again.Retained["linklog/state"], `"muted":"ON"`) {
		t.Errorf("after the broker came back it keeps %q", again.Retained)
	}
}

// Each way to be refused is said, and no secret with it.
func TestMQTTRefused(t *testing.T) {
	b := brokertest.New(t, "acl_file /dev/null")
	wrong := filepath.Join(t.TempDir(), "certificate")
	brokertest.Certificate(t, filepath.Dir(wrong), "localhost")
	secure := fmt.Sprintf("mqtts://localhost:%d", b.TLS)
	for name, test := range map[string]struct {
		change func(*settings.Outlet)
		says   string
	}{
		"wrong password":        {func(o *settings.Outlet) { o.Token = "${b}" }, "the broker refuses the connection: not authorized"},
		"wrong password, 3.1.1": {func(o *settings.Outlet) { o.Token, o.Version = "${b}", "3.1.1" }, "the broker refuses the connection: not authorized"},
		"nobody":                {func(o *settings.Outlet) { o.User, o.Token = "", "" }, "the broker refuses the connection: not authorized"},
		"may not publish":       {func(o *settings.Outlet) {}, "the broker does not take the message: not authorized"},
		"unknown authority":     {func(o *settings.Outlet) { o.URL = secure }, "certificate"},
		"somebody else's":       {func(o *settings.Outlet) { o.URL, o.CA = secure, wrong }, "certificate"},
		"for a different name": {func(o *settings.Outlet) {
			o.URL, o.CA = fmt.Sprintf("mqtts://127.0.0.1:%d", b.TLS), filepath.Join(b.Dir, "certificate")
		}, "certificate"},
		"encrypted to a plain one": {func(o *settings.Outlet) { o.URL = fmt.Sprintf("mqtts://localhost:%d", b.Plain) }, ""},
		"plain to an encrypted":    {func(o *settings.Outlet) { o.URL = fmt.Sprintf("mqtt://localhost:%d", b.TLS) }, ""},
	} {
		o := outletOf(b)
		test.change(&o)
		err := mustOutlet(t, o).Send(t.Context(), TestMessage("pc", nil))
		var refused *Refused
		if err == nil || !strings.Contains(err.Error(), test.says) || errors.As(err, &refused) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// With the certificate of the settings it goes through.
func TestMQTTS(t *testing.T) {
	b := brokertest.New(t, "")
	h := b.Listen()
	o := outletOf(b)
	o.URL, o.CA = fmt.Sprintf("mqtts://localhost:%d", b.TLS), filepath.Join(b.Dir, "certificate")
	if err := mustOutlet(t, o).Send(t.Context(), TestMessage("pc", nil)); err != nil {
		t.Fatal(err)
	}
	await(t, func() bool {
		return h.Last("linklog/alert") == `{"event_type":"test","text":"Alerts of LinkLog on pc arrive here.","title":"LinkLog: test"}`
	})
}
