package deliver

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"linklog/service/settings"
)

// fakeBroker answers connections by scripts, one after the other, each after what the client
// sends first; the last one is for all that come.
func fakeBroker(t *testing.T, scripts ...func(c net.Conn)) settings.Outlet {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			first := make([]byte, 4096)
			_, _ = c.Read(first)
			scripts[min(i, len(scripts)-1)](c)
			c.Close()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return settings.Outlet{Name: "home", Type: "mqtt", URL: "mqtt://" + l.Addr().String(), User: "me", Token: "${a}", Topic: "linklog", Discovery: settings.NoDiscovery, ClientID: "c"}
}

// says sends bytes, and waits until the client hangs up.
func says(parts ...[]byte) func(net.Conn) {
	return func(c net.Conn) {
		for _, p := range parts {
			_, _ = c.Write(p)
		}
		_ = c.SetReadDeadline(time.Now().Add(time.Minute))
		_, _ = io.Copy(io.Discard, c)
	}
}

// answers sends the first part, and each other one after what the client says next.
func answers(parts ...[]byte) func(net.Conn) {
	return func(c net.Conn) {
		asked := make([]byte, 4096)
		for i, p := range parts {
			if i > 0 {
				_, _ = c.Read(asked)
			}
			_, _ = c.Write(p)
		}
		says()(c)
	}
}

var connack5 = []byte{0x20, 3, 0, 0, 0}

// A broker may say anything: it ends in an error that says what, costs no memory, and tells no
// secret.
func TestHostileBrokers(t *testing.T) {
	zeros := make([]byte, 10<<20)
	reasonString := append([]byte{0x20, 17, 0, 0x86, 14, 0x1f, 0, 11}, "no s3cret-a"...)
	for name, test := range map[string]struct {
		script  func(net.Conn)
		says    string
		refused bool
	}{
		"hangs up":             {func(net.Conn) {}, "", false},
		"is a web server":      {says([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")), "the server does not speak MQTT", false},
		"10 MB at once":        {says([]byte{0x20, 0x80, 0x80, 0x80, 0x05}, zeros), "the broker sends 10485760 bytes at once, which were not asked for", false},
		"10 MB after":          {says(connack5, zeros), "", false},
		"a length without end": {says([]byte{0x20, 0xff, 0xff, 0xff, 0xff, 0xff}), "the server does not speak MQTT: length", false},
		"messages":             {says(connack5, bytes.Repeat([]byte{0x30, 5, 0, 1, 'a', 0, 'b'}, 1000)), "the broker sends what was not asked for", false},
		"confirms all":         {says(connack5, bytes.Repeat([]byte{0x40, 2, 0, 1}, 1000)), "", false},
		"confirms another":     {answers(connack5, []byte{0x40, 2, 0, 9}), "the broker sends what was not asked for", false},
		"answers before":       {says([]byte{0x40, 2, 0, 1}, connack5), "the broker sends what was not asked for", false},
		"half a packet":        {func(c net.Conn) { _, _ = c.Write([]byte{0x20, 3, 0}) }, "", false},
		"too short":            {says([]byte{0x20, 1, 0}), "the server does not speak MQTT: ", false},
		"bad properties":       {says([]byte{0x20, 5, 0, 0, 2, 0xff, 0xff}), "the server does not speak MQTT: ", false},
		"repeats the secret":   {says(reasonString), "the broker refuses the connection: bad username or password: no …", false},
		"no QoS 1":             {says([]byte{0x20, 5, 0, 0, 2, 0x24, 0}), "the broker does not confirm messages (QoS 1)", false},
		"small packets":        {says([]byte{0x20, 8, 0, 0, 5, 0x27, 0, 0, 0, 20}), "the broker takes 20 bytes, the message has ", true},
		"too large a message":  {answers(connack5, []byte{0x40, 3, 0, 1, 0x95}), "the broker does not take the message: packet too large", true},
		"over its quota":       {answers(connack5, []byte{0x40, 3, 0, 1, 0x97}), "the broker does not take the message: quota exceeded", false},
		"an unknown code":      {answers(connack5, []byte{0x40, 3, 0, 1, 0xf0}), "the broker does not take the message: code 240", false},
		"says goodbye":         {answers(connack5, []byte{0xe0, 2, 0x8b, 0}), "the broker ends the connection: server shutting down", false},
		"refuses all versions": {says([]byte{0x20, 2, 0, 1}), "the broker does not speak this version of MQTT", false},
	} {
		err := mustOutlet(t, fakeBroker(t, test.script)).Send(t.Context(), TestMessage("pc", nil))
		if name == "confirms all" {
			continue // it may be that it was believed in time
		}
		var refused *Refused
		if err == nil || errors.As(err, &refused) != test.refused {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if text := err.Error(); !strings.Contains(text, test.says) || strings.Contains(text, "s3cret") || len(text) > 500 {
			t.Errorf("%s: says %q", name, text)
		}
	}
}

// A broker that answers nothing is given up in time, at each step.
func TestSlowBrokers(t *testing.T) {
	for name, script := range map[string]func(net.Conn){"nothing": says(), "no confirmation": says(connack5), "half a packet": says([]byte{0x20, 3})} {
		o := mustOutlet(t, fakeBroker(t, script))
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		err := o.Send(ctx, TestMessage("pc", nil))
		cancel()
		if err == nil || err.Error() != "127.0.0.1 does not answer in time" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An old broker that does not know version 5 is spoken to in 3.1.1, however it says so.
func TestOldBrokers(t *testing.T) {
	old := func(c net.Conn) {
		_, _ = c.Write([]byte{0x20, 2, 0, 0})
		var head [2]byte
		_, _ = io.ReadFull(c, head[:])
		rest := make([]byte, head[1]&0x7f)
		_, _ = io.ReadFull(c, rest)
		if head[0] == 0x32 && bytes.HasPrefix(rest, []byte("\x00\x0dlinklog/alert\x00\x01{")) { // no properties
			_, _ = c.Write([]byte{0x40, 2, 0, 1})
		}
		_, _ = io.Copy(io.Discard, c)
	}
	for name, refusal := range map[string]func(net.Conn){
		"hangs up": func(net.Conn) {}, "its own code": says([]byte{0x20, 2, 0, 1}), "the new code": says([]byte{0x20, 3, 0, 0x84, 0}),
	} {
		if err := mustOutlet(t, fakeBroker(t, refusal, old)).Send(t.Context(), TestMessage("pc", nil)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The answer of a broker that hangs up right behind it is heard, though the end is seen first.
func TestRefusedAndGone(t *testing.T) {
	for range 200 {
		c := &hungUp{Reader: bytes.NewReader([]byte{0x20, 2, 0, 5}), asked: make(chan struct{}), closed: make(chan struct{})}
		_, err := openLink(t.Context(), c, mqtt311, packets.ConnectParams{}, &redacted{})
		if err == nil || err.Error() != "the broker refuses the connection: not authorized" {
			t.Fatal(err)
		}
	}
}

// hungUp is a connection that is answered and at its end before Write returns.
type hungUp struct {
	net.Conn
	io.Reader
	asked, closed chan struct{}
	once          sync.Once
}

func (h *hungUp) Read(b []byte) (int, error) {
	<-h.asked
	return h.Reader.Read(b)
}

func (h *hungUp) Write(b []byte) (int, error) {
	close(h.asked)
	<-h.closed
	return len(b), nil
}

func (h *hungUp) Close() error {
	h.once.Do(func() { close(h.closed) })
	return nil
}
