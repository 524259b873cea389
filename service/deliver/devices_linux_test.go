package deliver

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"linklog/service/deliver/brokertest"
	"linklog/service/settings"
)

// TestDeviceOfAnotherName: what is withdrawn late does not take from the broker what the outlet has
// there that came in its place, also where that is encrypted now.
func TestDeviceOfAnotherName(t *testing.T) {
	b := brokertest.New(t, "")
	before := outletOf(b)
	before.URL = fmt.Sprintf("mqtt://localhost:%d", b.Plain)
	for _, now := range []func(*settings.Outlet){
		func(o *settings.Outlet) { o.Name, o.ClientID = "new", "linklog_new" },
		func(o *settings.Outlet) {
			o.ClientID, o.URL, o.CA = "linklog_tls", fmt.Sprintf("mqtts://localhost:%d", b.TLS), filepath.Join(b.Dir, "certificate")
		},
		func(o *settings.Outlet) { o.Topic = "other" },
		func(o *settings.Outlet) { o.Discovery = settings.NoDiscovery },
		func(o *settings.Outlet) { o.Discovery = "elsewhere" },
	} {
		announce := func(o settings.Outlet) (*MQTT, func()) {
			reached := make(chan error, 100)
			m, end := stay(t, o, calm, func(err error) { reached <- err })
			if err := <-reached; err != nil {
				t.Fatal(err)
			}
			return m, func() {
				end()
				m.Close()
			}
		}
		m, end := announce(before)
		if err := m.Send(t.Context(), TestMessage("pc", nil)); err != nil {
			t.Fatal(err)
		}
		end()
		after := before
		now(&after)
		m, end = announce(after)
		want := b.Listen().Retained
		maps.DeleteFunc(want, func(topic, _ string) bool {
			return strings.HasPrefix(topic, "homeassistant/") && !slices.Contains(m.kept(), topic) || strings.HasPrefix(topic, "linklog/") && after.Topic != "linklog"
		})
		if err := DeviceOf(&before).Withdraw(t.Context(), secret, []*MQTT{m}); err != nil {
			t.Error(err)
		}
		if got := b.Listen().Retained; !maps.Equal(got, want) {
			t.Errorf("%+v: the broker keeps\n%q, want\n%q", after, got, want)
		}
		end()
		if err := DeviceOf(&after).Withdraw(t.Context(), secret, nil); err != nil {
			t.Error(err)
		}
	}
}

// TestDevices: those of the settings are remembered, those that went are withdrawn, with the secret
// that they had, for some time and not more than a number of them.
func TestDevices(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)
	open := func() *Devices {
		t.Helper()
		d, err := OpenDevices(dir, func() time.Time { return now })
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	device := func(n int) (Device, *settings.Outlet) {
		o := settings.Outlet{Name: fmt.Sprint("home", n), Type: "mqtt", URL: "mqtt://broker", User: "me", Token: "${a}", Topic: "linklog", Discovery: "homeassistant", ClientID: fmt.Sprint("id", n)}
		return DeviceOf(&o), &o
	}
	text := func() string {
		text, err := os.ReadFile(filepath.Join(dir, devicesFile))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	none := func(string) (string, error) { return "", errors.New("there is none") }
	use := func(d *Devices, get func(string) (string, error), ended []*MQTT, wanted ...Device) {
		t.Helper()
		if err := d.Use(wanted, ended, get); err != nil {
			t.Fatal(err)
		}
	}

	d := open()
	one, o := device(1)
	two, _ := device(2)
	three, _ := device(3)
	use(d, none, nil, one, two, three)
	if len(d.Gone()) != 0 || !strings.Contains(text(), "${a}") {
		t.Errorf("in use: %v, %s", d.Gone(), text())
	}
	filled := *o
	filled.Token = "it was"
	d = open()
	use(d, none, []*MQTT{{o: &filled}}, three)
	d = open()
	if gone := d.Gone(); len(gone) != 2 || gone[0].Token != "it was" || !gone[0].Filled || gone[1].Token != "${a}" || gone[1].Filled {
		t.Errorf("gone: %+v", gone)
	}
	if err := d.Gone()[1].Withdraw(t.Context(), none, nil); err == nil || err.Error() != "there is none" {
		t.Errorf("without its secret: %v", err)
	}
	use(d, secret, nil, three, two) // back
	if gone := d.Gone(); len(gone) != 1 || gone[0].Name != "home1" {
		t.Errorf("one is back: %+v", gone)
	}
	if err := d.Withdrawn(d.Gone()[0]); err != nil || strings.Contains(text(), "it was") {
		t.Errorf("%v: the secret of what is withdrawn stays: %s", err, text())
	}

	use(d, secret, nil)
	now = now.Add(withdrawFor - time.Minute)
	if gone := d.Gone(); len(gone) != 2 || gone[0].Token != "s3cret-a" {
		t.Errorf("after a month: %+v", gone)
	}
	now = now.Add(time.Minute)
	if gone := d.Gone(); len(gone) != 0 {
		t.Errorf("after more than a month: %+v", gone)
	}
	use(d, secret, nil)
	if got := text(); got != "null" {
		t.Errorf("after more than a month there is %s", got)
	}
	for n := range 100 {
		one, _ := device(n)
		use(d, secret, nil, one)
	}
	if gone := d.Gone(); len(gone) != maxDevices-1 || gone[len(gone)-1].Name != "home98" {
		t.Errorf("of 100: %d, the last is %v", len(gone), gone[len(gone)-1])
	}
	for _, wrong := range []string{"{", `{"name":"x"}`, "[" + strings.Repeat(`{"name":"x"},`, maxDevices) + `{"name":"x"}]`} {
		if err := os.WriteFile(filepath.Join(dir, devicesFile), []byte(wrong), 0o600); err != nil {
			t.Fatal(err)
		}
		d, _ := OpenDevices(dir, time.Now)
		if gone := d.Gone(); len(gone) != 0 {
			t.Errorf("%s: %v", wrong, gone)
		}
		use(d, secret, nil, one)
		if !strings.Contains(text(), "id1") {
			t.Errorf("%s: %s", wrong, text())
		}
	}
}
