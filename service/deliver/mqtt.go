package deliver

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"linklog/capture"
	"linklog/phrase"
	"linklog/service/alerts"
	"linklog/service/remote"
	"linklog/service/settings"
)

// MQTT publishes alerts to a broker, with QoS 1: they are sent when the broker confirms them.
// With Stay it also says all the time how things stand, and is a device of Home Assistant;
// that LinkLog is gone the broker says by itself (a last will).
//
// https://docs.oasis-open.org/mqtt/mqtt/v5.0/mqtt-v5.0.html,
// https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/mqtt-v3.1.1.html
type MQTT struct {
	o             *settings.Outlet // with its secrets
	host, address string
	config        *tls.Config // nil: not encrypted
	client        string
	topic         string
	discovery     string // topic of the message; for settings.NoDiscovery it is emptied
	device        bool
	versions      []byte // that are tried, in their order
	alone         bool   // nobody else connects with this client, also without Introduce
	redacted

	busy chan struct{} // holds a token while somebody has the fields below
	link *mqttLink     // nil: there is no connection
	now  func() Presence
	told Presence // the broker has
}

// Presence is how things stand.
type Presence struct {
	Receiving bool
	NewHosts  int
	PerMinute uint64 // attempts of the last 60 seconds
	Lost      uint64
	Muted     time.Time // until when; zero: not
	Problems  int
}

const (
	// stateEvery is how often it is looked whether things stand differently.
	stateEvery = 5 * time.Second

	firstReconnect, lastReconnect = time.Second, time.Minute

	// leaveWithin bounds how long the end of the service, or of an outlet, waits for the broker.
	leaveWithin = 2 * time.Second
)

func newMQTT(o *settings.Outlet) (*MQTT, error) {
	u, err := url.Parse(o.URL)
	if err != nil {
		return nil, errors.New("url: is not a valid address")
	}
	m := &MQTT{
		o: o, host: u.Hostname(), client: o.ClientID, topic: o.Topic, device: o.Discovery != settings.NoDiscovery,
		busy: make(chan struct{}, 1), versions: []byte{mqtt5, mqtt311},
	}
	port := "1883"
	if u.Scheme == "mqtts" {
		port = "8883"
		if m.config, err = remote.Believing(o.CA); err != nil {
			return nil, err
		}
		m.config.ServerName = m.host
	}
	m.address = net.JoinHostPort(m.host, cmp.Or(u.Port(), port))
	prefix := o.Discovery
	if !m.device {
		prefix = settings.UsualDiscovery
	}
	m.discovery = prefix + "/device/" + m.client + "/config"
	switch o.Version {
	case "5":
		m.versions = m.versions[:1]
	case "3.1.1":
		m.versions = m.versions[1:]
	}
	m.secret(o.Token)
	return m, nil
}

// Introduce has now say how things stand, to be told by Stay. It is called before anything
// is sent.
func (m *MQTT) Introduce(now func() Presence) { m.now = now }

// Stay keeps a connection until ctx ends. Reach hears when it is lost or cannot be had, and
// nil when it is there.
func (m *MQTT) Stay(ctx context.Context, reach func(error)) {
	tick := time.NewTicker(stateEvery)
	defer tick.Stop()
	retry := firstReconnect
	var before error
	first := true
	for ctx.Err() == nil {
		ended, err := m.refresh(ctx)
		if ctx.Err() != nil {
			return
		}
		if first || err != nil || before != nil {
			reach(err)
		}
		first, before = false, err
		if err != nil {
			sleep(ctx, retry+time.Duration(rand.Int64N(int64(retry)/4+1)))
			retry = min(2*retry, lastReconnect)
			continue
		}
		retry = firstReconnect
		select {
		case <-ended:
			sleep(ctx, time.Duration(rand.Int64N(int64(firstReconnect)))) // not all at once
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// refresh connects if that is to be done, and tells how things stand if that changed.
func (m *MQTT) refresh(ctx context.Context) (ended <-chan struct{}, err error) {
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	err = m.with(ctx, func(l *mqttLink) error {
		ended = l.ended
		if now := m.now(); now != m.told {
			if err := l.publish(ctx, m.topic+"/state", now.payload(), true); err != nil {
				return err
			}
			m.told = now
		}
		return l.ping(ctx)
	})
	return ended, err
}

// Send implements Outlet.
func (m *MQTT) Send(ctx context.Context, message *Message) error {
	payload, err := message.flat()
	if err != nil {
		return &Refused{err}
	}
	return m.with(ctx, func(l *mqttLink) error {
		// This first: where it fails it is done again, and nobody sees it twice.
		if len(message.Alerts) > 0 {
			if err := l.publish(ctx, m.topic+"/last_alert", payload, true); err != nil {
				return err
			}
		}
		return l.publish(ctx, m.topic+"/alert", payload, false)
	})
}

// flat is a message as one object of texts: the first alert's fields, as a program gets them,
// and what there is to say of all.
func (m *Message) flat() ([]byte, error) {
	out := map[string]string{}
	kind := "test"
	var first alerts.Alert
	if len(m.Alerts) > 0 {
		first = m.Alerts[0]
		kind = first.Kind.String()
	}
	for _, f := range fields(first) {
		if f.value != "" && len(m.Alerts) > 0 {
			out[strings.ToLower(f.name)] = f.value
		}
	}
	out["event_type"], out["title"], out["text"] = kind, m.Title, remote.Shorter(m.Text, ntfyMost)
	return json.Marshal(out)
}

// with has do use the connection, which is made if there is none.
func (m *MQTT) with(ctx context.Context, do func(*mqttLink) error) error {
	select {
	case m.busy <- struct{}{}:
		defer func() { <-m.busy }()
	case <-ctx.Done():
		return m.plain(ctx, ctx.Err())
	}
	if m.link != nil && m.link.over() {
		m.link = nil
	}
	if m.link == nil {
		link, err := m.connect(ctx)
		if err != nil {
			return m.plain(ctx, err)
		}
		m.link = link
	}
	return m.plain(ctx, do(m.link))
}

// connect makes a connection, and tells how things stand.
func (m *MQTT) connect(ctx context.Context) (*mqttLink, error) {
	l, err := m.open(ctx)
	if err != nil || m.now == nil {
		return l, err
	}
	discovery := []byte(nil)
	if m.device {
		discovery = m.discovered()
	}
	now := m.now()
	for _, tell := range []struct {
		topic   string
		payload []byte
	}{
		{m.discovery, discovery}, {m.topic + "/state", now.payload()}, {m.availability(), []byte(online)},
	} {
		if err := l.publish(ctx, tell.topic, tell.payload, true); err != nil {
			l.close()
			return nil, err
		}
	}
	m.told = now
	return l, nil
}

func (m *MQTT) availability() string { return m.topic + "/availability" }

// open connects, in the newest version that the broker speaks.
func (m *MQTT) open(ctx context.Context) (l *mqttLink, err error) {
	for _, version := range m.versions {
		if l, err = m.speak(ctx, version); !errors.Is(err, errOtherVersion) {
			return l, err
		}
	}
	return nil, phrase.Say("the broker does not speak this version of MQTT")
}

// speak connects in a version of the protocol.
func (m *MQTT) speak(ctx context.Context, version byte) (*mqttLink, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", m.address)
	if err != nil {
		return nil, err
	}
	if m.config != nil {
		secure := tls.Client(conn, m.config)
		if err := secure.HandshakeContext(ctx); err != nil {
			conn.Close()
			return nil, err
		}
		conn = secure
	}
	hello := packets.ConnectParams{
		ClientIdentifier: m.client, UsernameFlag: m.o.User != "", Username: []byte(m.o.User), PasswordFlag: m.o.Token != "", Password: []byte(m.o.Token),
	}
	if m.now != nil {
		hello.WillFlag, hello.WillTopic, hello.WillPayload, hello.WillQos, hello.WillRetain = true, m.availability(), []byte(offline), 1, true
	} else if !m.alone {
		hello.ClientIdentifier += "_test" // so that it does not take the place of who stays
	}
	return openLink(ctx, conn, version, hello, &m.redacted)
}

// Close implements Outlet. It says that LinkLog is gone.
func (m *MQTT) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), leaveWithin)
	defer cancel()
	m.busy <- struct{}{}
	defer func() { <-m.busy }()
	if m.link == nil || m.link.over() {
		return
	}
	if m.now == nil || m.link.publish(ctx, m.availability(), []byte(offline), true) == nil { // else the last will says it
		m.link.leave()
		m.link = nil
	}
}

// kept are the topics of what the broker keeps.
func (m *MQTT) kept() []string {
	return []string{m.discovery, m.availability(), m.topic + "/state", m.topic + "/last_alert"}
}

// sharesBroker reports whether two have the same broker: encrypted it has a different port.
func (m *MQTT) sharesBroker(other *MQTT) bool {
	return m.host == other.host && (m.address == other.address || (m.config == nil) != (other.config == nil))
}

// clear has the broker keep nothing of some topics any more.
func (m *MQTT) clear(ctx context.Context, topics []string) error {
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	l, err := m.open(ctx)
	for _, topic := range topics {
		if err == nil {
			err = l.publish(ctx, topic, nil, true)
		}
	}
	if err != nil {
		return m.plain(ctx, err)
	}
	l.leave()
	return nil
}

// plain is an error in a line, without secrets.
func (m *MQTT) plain(ctx context.Context, err error) error {
	var said phrase.Phrase
	var refused *Refused
	switch {
	case err == nil || errors.As(err, &refused):
		return err
	case ctx.Err() != nil:
		return phrase.Say("{{.Server}} does not answer in time", "Server", m.host)
	case errors.As(err, &said):
		return said
	}
	return errors.New(m.hide(capture.Clean(err.Error())))
}
