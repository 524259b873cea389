package deliver

import (
	"encoding/json"
	"runtime/debug"
	"time"

	"linklog/service/alerts"
)

// A device of Home Assistant is one retained message that describes it and what it has:
// https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload
// What it has: https://www.home-assistant.io/integrations/event.mqtt/, sensor.mqtt, binary_sensor.mqtt.

// Payloads that Home Assistant expects where it is not told otherwise.
const online, offline = "online", "offline"

type haDevice struct {
	Device struct {
		Identifiers  []string `json:"identifiers"`
		Name         string   `json:"name"`
		Manufacturer string   `json:"manufacturer"`
		Software     string   `json:"sw_version,omitempty"`
	} `json:"device"`
	Origin struct {
		Name     string `json:"name"`
		Software string `json:"sw_version,omitempty"`
	} `json:"origin"`
	Components   map[string]haComponent `json:"components"`
	Availability string                 `json:"availability_topic"`
	QoS          int                    `json:"qos"`
}

type haComponent struct {
	Platform    string   `json:"platform"`
	UniqueID    string   `json:"unique_id"`
	Name        string   `json:"name"`
	StateTopic  string   `json:"state_topic"`
	Template    string   `json:"value_template,omitempty"`
	Attributes  string   `json:"json_attributes_topic,omitempty"`
	EventTypes  []string `json:"event_types,omitempty"`
	DeviceClass string   `json:"device_class,omitempty"`
	StateClass  string   `json:"state_class,omitempty"`
	Unit        string   `json:"unit_of_measurement,omitempty"`
	Category    string   `json:"entity_category,omitempty"`
	Icon        string   `json:"icon,omitempty"`
}

// discovered is the message that makes LinkLog a device.
func (m *MQTT) discovered() []byte {
	var d haDevice
	d.Device.Identifiers, d.Device.Name, d.Device.Manufacturer = []string{m.client}, "LinkLog", "LinkLog"
	d.Origin.Name = "LinkLog"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "(devel)" {
		d.Device.Software, d.Origin.Software = info.Main.Version, info.Main.Version
	}
	d.Availability, d.QoS = m.availability(), 1
	kinds := []string{"test"}
	for k := alerts.AlertKind(1); k.String() != ""; k++ {
		kinds = append(kinds, k.String())
	}
	state := m.topic + "/state"
	d.Components = map[string]haComponent{
		"alert": {Platform: "event", Name: "Alert", StateTopic: m.topic + "/alert", EventTypes: kinds, Icon: "mdi:shield-alert"},
		"last_alert": {Platform: "sensor", Name: "Last alert", StateTopic: m.topic + "/last_alert", Attributes: m.topic + "/last_alert",
			Template: "{{ value_json.text[:255] }}", Icon: "mdi:shield-search"}, // a state has at most 255 characters
		"new_hosts": {Platform: "sensor", Name: "New hosts", StateTopic: state, Template: "{{ value_json.new_hosts }}", StateClass: "measurement", Icon: "mdi:account-question"},
		"attempts":  {Platform: "sensor", Name: "Attempts", StateTopic: state, Template: "{{ value_json.attempts_per_minute }}", StateClass: "measurement", Unit: "/min", Icon: "mdi:lan-connect"},
		"lost":      {Platform: "sensor", Name: "Lost events", StateTopic: state, Template: "{{ value_json.lost }}", StateClass: "total_increasing", Category: "diagnostic", Icon: "mdi:lan-disconnect"},
		"receiving": {Platform: "binary_sensor", Name: "Receiving", StateTopic: state, Template: "{{ value_json.receiving }}", DeviceClass: "running", Category: "diagnostic"},
		"muted":     {Platform: "binary_sensor", Name: "Muted", StateTopic: state, Template: "{{ value_json.muted }}", Icon: "mdi:bell-off"},
		"problem":   {Platform: "binary_sensor", Name: "Problem", StateTopic: state, Template: "{{ value_json.problem }}", DeviceClass: "problem", Category: "diagnostic"},
	}
	for name, c := range d.Components {
		c.UniqueID = m.client + "_" + name
		d.Components[name] = c
	}
	out, _ := json.Marshal(&d) // texts and numbers always can be
	return out
}

// payload is how things stand, for the components.
func (p Presence) payload() []byte {
	on := func(is bool) string {
		if is {
			return "ON"
		}
		return "OFF"
	}
	out, _ := json.Marshal(struct {
		Receiving  string    `json:"receiving"`
		NewHosts   int       `json:"new_hosts"`
		PerMinute  uint64    `json:"attempts_per_minute"`
		Lost       uint64    `json:"lost"`
		Muted      string    `json:"muted"`
		MutedUntil time.Time `json:"muted_until,omitzero"`
		Problem    string    `json:"problem"`
		Problems   int       `json:"problems"`
	}{on(p.Receiving), p.NewHosts, p.PerMinute, p.Lost, on(!p.Muted.IsZero()), p.Muted.UTC(), on(p.Problems > 0), p.Problems})
	return out
}
