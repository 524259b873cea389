package deliver

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"linklog/service/datafile"
	"linklog/service/settings"
)

// Devices remembers, in a file of the data folder, what brokers keep of LinkLog: the device of each
// MQTT outlet, from before it is announced until it is withdrawn. A broker may be away when its
// outlet is removed, and the service not run.
type Devices struct {
	path string
	now  func() time.Time

	mu  sync.Mutex
	all []Device
}

// Device is an outlet as its broker knows it.
type Device struct {
	Name      string    `json:"name"` // of the outlet
	URL       string    `json:"url"`
	User      string    `json:"user,omitempty"`
	Token     string    `json:"token,omitempty"` // itself as soon as the outlet is gone, whose secret may be removed with it
	CA        string    `json:"ca,omitempty"`
	Topic     string    `json:"topic"`
	Discovery string    `json:"discovery"`
	ClientID  string    `json:"client_id"`
	Version   string    `json:"version,omitempty"`
	Gone      time.Time `json:"gone,omitzero"`    // since when the settings do not have it
	Filled    bool      `json:"filled,omitempty"` // secrets are put in
}

const (
	devicesFile = "devices.json"

	// maxDevices bounds those that are remembered: all of the settings, and as many that are gone.
	maxDevices = 40

	// withdrawFor is how long a device is tried to be withdrawn: a broker that is away for longer
	// does not come back.
	withdrawFor = 30 * 24 * time.Hour
)

// OpenDevices reads the file, if it is there.
func OpenDevices(dir string, now func() time.Time) (*Devices, error) {
	d := &Devices{path: filepath.Join(dir, devicesFile), now: now}
	text, err := datafile.Read(d.path)
	if errors.Is(err, fs.ErrNotExist) {
		return d, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &d.all)
	}
	if err != nil || len(d.all) > maxDevices {
		d.all = nil // it is written anew
	}
	return d, err
}

// DeviceOf is the device of an outlet of the settings, whose ClientID is set.
func DeviceOf(o *settings.Outlet) Device { return deviceOf(o, false) }

func deviceOf(o *settings.Outlet, filled bool) Device {
	return Device{Filled: filled, Name: o.Name, URL: o.URL, User: o.User, Token: o.Token, CA: o.CA, Topic: o.Topic, Discovery: o.Discovery, ClientID: o.ClientID, Version: o.Version}
}

func (d *Device) outlet() settings.Outlet {
	return settings.Outlet{Name: d.Name, Type: "mqtt", URL: d.URL, User: d.User, Token: d.Token, CA: d.CA, Topic: d.Topic, Discovery: d.Discovery, ClientID: d.ClientID, Version: d.Version}
}

// is reports whether two are the same one to their broker.
func (d *Device) is(other *Device) bool {
	return d.URL == other.URL && d.Topic == other.Topic && d.Discovery == other.Discovery && d.ClientID == other.ClientID
}

// Use takes the devices of the settings: all of these are remembered, and those that are not among
// them are gone. Their secrets come from an outlet that just ended, or from get.
func (d *Devices) Use(wanted []Device, ended []*MQTT, get func(name string) (string, error)) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var next, left []Device
	for _, w := range wanted {
		if !slices.ContainsFunc(next, func(x Device) bool { return x.is(&w) }) {
			next = append(next, w)
		}
	}
	for _, x := range d.all {
		if slices.ContainsFunc(next, func(w Device) bool { return w.is(&x) }) {
			continue
		}
		if x.Gone.IsZero() {
			for _, m := range ended {
				if of := deviceOf(m.o, true); of.Name == x.Name && of.ClientID == x.ClientID {
					x = of
				}
			}
			x.Gone = d.now()
		}
		if filled, err := x.fill(get); err == nil {
			x = filled
		}
		if since := d.now().Sub(x.Gone).Abs(); since < withdrawFor {
			left = append(left, x)
		}
	}
	if most := maxDevices - len(next); len(left) > most {
		left = left[len(left)-most:]
	}
	return d.write(append(left, next...))
}

// fill puts in the secrets.
func (d Device) fill(get func(name string) (string, error)) (Device, error) {
	if d.Filled {
		return d, nil
	}
	var err error
	for _, text := range []*string{&d.URL, &d.User, &d.Token} {
		var wrong error
		*text, wrong = settings.Fill(*text, get)
		err = errors.Join(err, wrong)
	}
	d.Filled = err == nil
	return d, err
}

// write takes what is remembered from now on. d.mu is held.
func (d *Devices) write(next []Device) error {
	if slices.Equal(next, d.all) {
		return nil
	}
	d.all = next // also if it cannot be written: it is right until the service ends
	text, err := json.MarshalIndent(next, "", "\t")
	if err == nil {
		err = datafile.Replace(d.path, text, 0o600)
	}
	return err
}

// Gone are the devices that are to be withdrawn.
func (d *Devices) Gone() (list []Device) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, x := range d.all {
		if !x.Gone.IsZero() && d.now().Sub(x.Gone) < withdrawFor {
			list = append(list, x)
		}
	}
	return list
}

// Withdrawn takes that a broker has nothing of a device any more.
func (d *Devices) Withdrawn(gone Device) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.write(slices.DeleteFunc(slices.Clone(d.all), func(x Device) bool { return x == gone }))
}

// Withdraw removes what a broker keeps of a device that is gone, except for what outlets in use
// have there.
func (d Device) Withdraw(ctx context.Context, get func(name string) (string, error), inUse []*MQTT) error {
	d, err := d.fill(get)
	if err != nil {
		return err
	}
	o := d.outlet()
	m, err := newMQTT(&o)
	if err != nil {
		return err
	}
	topics := m.kept()
	m.alone = true // its last will, if that is still to come, comes before what is done here
	for _, other := range inUse {
		if m.sharesBroker(other) {
			m.alone = m.alone && m.client != other.client
			topics = slices.DeleteFunc(topics, func(t string) bool { return slices.Contains(other.kept(), t) })
		}
	}
	if len(topics) == 0 {
		return nil
	}
	return m.clear(ctx, topics)
}
