package deliver

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"linklog/capture"
	"linklog/phrase"
	"linklog/service/remote"
)

// mqttLink is a connection to a broker that is only published to, one message at a time. The
// broker may say anything: what was not asked for ends the connection.
type mqttLink struct {
	conn    net.Conn
	version byte // of the protocol, see mqtt5
	retain  bool // the broker can
	most    int  // bytes of a packet that it takes; 0: any
	alive   time.Duration
	last    time.Time // when something was sent
	id      uint16
	*redacted

	answers chan packets.Packet
	ended   chan struct{} // closed when nothing more is read
	err     error         // why; to be read after ended
}

// Versions of the protocol, as they stand in a packet.
const mqtt311, mqtt5 byte = 4, 5

const (
	// maxPacket bounds a packet of the broker, in bytes: those that are asked for are small.
	maxPacket = 16 << 10

	keepAlive = 30 * time.Second
)

// errOtherVersion says that a broker does not speak a version of the protocol.
var errOtherVersion = errors.New("other version of MQTT")

// openLink introduces a client on a connection, which is closed if that fails.
func openLink(ctx context.Context, conn net.Conn, version byte, connect packets.ConnectParams, hidden *redacted) (_ *mqttLink, err error) {
	l := &mqttLink{conn: conn, version: version, retain: true, alive: keepAlive, redacted: hidden, answers: make(chan packets.Packet, 1), ended: make(chan struct{})}
	go l.read()
	defer func() {
		if err != nil {
			l.close()
		}
	}()
	connect.ProtocolName, connect.Clean, connect.Keepalive = []byte("MQTT"), true, uint16(keepAlive/time.Second)
	hello := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Connect}, Connect: connect, Properties: packets.Properties{MaximumPacketSize: maxPacket}}
	answer, err := l.ask(ctx, &hello, packets.Connack)
	switch {
	case err != nil && version == mqtt5 && ctx.Err() == nil && (errors.Is(err, io.EOF) || errors.As(err, new(*net.OpError))):
		return nil, errOtherVersion // old ones hang up
	case err != nil:
		return nil, err
	case answer.ReasonCode == packets.ErrUnsupportedProtocolVersion.Code || answer.ReasonCode == packets.Err3UnsupportedProtocolVersion.Code:
		return nil, errOtherVersion
	case answer.ReasonCode != 0:
		return nil, phrase.Say("the broker refuses the connection: {{.Reason}}", "Reason", l.reason(&answer))
	}
	if said := &answer.Properties; version == mqtt5 {
		if said.MaximumQosFlag && said.MaximumQos == 0 {
			return nil, phrase.Say("the broker does not confirm messages (QoS 1), and so cannot be used")
		}
		l.retain = !said.RetainAvailableFlag || said.RetainAvailable != 0
		l.most = int(said.MaximumPacketSize)
		if said.ServerKeepAliveFlag && said.ServerKeepAlive > 0 {
			l.alive = min(l.alive, time.Duration(said.ServerKeepAlive)*time.Second)
		}
	}
	return l, nil
}

// publish returns when the broker has a message.
func (l *mqttLink) publish(ctx context.Context, topic string, payload []byte, retain bool) error {
	l.id = l.id%0xffff + 1
	answer, err := l.ask(ctx, &packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 1, Retain: retain && l.retain}, PacketID: l.id, TopicName: topic, Payload: payload,
	}, packets.Puback)
	switch {
	case err != nil:
		return err
	case answer.PacketID != l.id:
		l.close()
		return errNotAsked
	case answer.ReasonCode >= packets.ErrUnspecifiedError.Code:
		err := phrase.Say("the broker does not take the message: {{.Reason}}", "Reason", l.reason(&answer))
		switch answer.ReasonCode {
		case packets.ErrPacketTooLarge.Code, packets.ErrPayloadFormatInvalid.Code:
			return &Refused{err}
		}
		return err
	}
	return nil
}

// ping keeps the connection alive, if it is time to.
func (l *mqttLink) ping(ctx context.Context) error {
	if time.Since(l.last) < l.alive/2 {
		return nil
	}
	_, err := l.ask(ctx, &packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pingreq}}, packets.Pingresp)
	return err
}

var errNotAsked = phrase.Say("the broker sends what was not asked for")

// ask sends a packet and waits for its answer. After an error the link is closed, except if
// the packet is larger than the broker takes.
func (l *mqttLink) ask(ctx context.Context, p *packets.Packet, want byte) (packets.Packet, error) {
	out, err := l.encode(p)
	if err != nil {
		return packets.Packet{}, &Refused{err}
	}
	if l.most > 0 && len(out) > l.most {
		return packets.Packet{}, &Refused{phrase.Say("the broker takes {{.Limit}} bytes, the message has {{.Bytes}}", "Limit", l.most, "Bytes", len(out))}
	}
	stop := context.AfterFunc(ctx, func() { l.conn.Close() })
	defer stop()
	l.last = time.Now()
	if _, err = l.conn.Write(out); err == nil {
		var answer packets.Packet
		select {
		case answer = <-l.answers:
		case <-l.ended:
			select {
			case answer = <-l.answers: // who refuses hangs up right behind the answer
			default:
				err = l.err
			}
		}
		if err == nil {
			if answer.FixedHeader.Type == want {
				return answer, nil
			}
			err = errNotAsked
		}
	}
	l.close()
	<-l.ended // it may know better why writing failed
	if ctx.Err() != nil {
		return packets.Packet{}, ctx.Err()
	}
	if errors.Is(err, net.ErrClosed) || l.err != nil && !errors.Is(l.err, net.ErrClosed) {
		err = l.err
	}
	return packets.Packet{}, err
}

// encode writes a packet.
func (l *mqttLink) encode(p *packets.Packet) ([]byte, error) {
	var out bytes.Buffer
	p.ProtocolVersion = l.version
	var err error
	switch p.FixedHeader.Type {
	case packets.Connect:
		err = p.ConnectEncode(&out)
	case packets.Publish:
		err = p.PublishEncode(&out)
	case packets.Pingreq:
		err = p.PingreqEncode(&out)
	case packets.Disconnect:
		err = p.DisconnectEncode(&out)
	}
	return out.Bytes(), err
}

// leave says that the client goes away, so that the broker does not tell of its death.
func (l *mqttLink) leave() {
	if out, err := l.encode(&packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}}); err == nil {
		_ = l.conn.SetWriteDeadline(time.Now().Add(time.Second))
		_, _ = l.conn.Write(out) // whoever does not hear it sees the connection end
	}
	l.close()
}

func (l *mqttLink) close() { l.conn.Close() }

// over reports whether the connection has ended.
func (l *mqttLink) over() bool {
	select {
	case <-l.ended:
		return true
	default:
		return false
	}
}

// read takes what the broker sends until the connection ends.
func (l *mqttLink) read() {
	defer close(l.ended)
	defer l.conn.Close()
	in := bufio.NewReaderSize(l.conn, 4096)
	for {
		p, err := l.packet(in)
		if err != nil {
			l.err = err
			return
		}
		if p.FixedHeader.Type == packets.Disconnect {
			l.err = phrase.Say("the broker ends the connection: {{.Reason}}", "Reason", l.reason(&p))
			return
		}
		select {
		case l.answers <- p:
		default:
			l.err = errNotAsked
			return
		}
	}
}

// packet reads one.
func (l *mqttLink) packet(in *bufio.Reader) (p packets.Packet, err error) {
	first, err := in.ReadByte()
	if err != nil {
		return p, err
	}
	p.ProtocolVersion = l.version
	if err := p.FixedHeader.Decode(first); err != nil {
		return p, notMQTT(err)
	}
	length := 0
	for shift := 0; ; shift += 7 {
		b, err := in.ReadByte()
		if err != nil {
			return p, err
		}
		length |= int(b&0x7f) << shift
		if b < 0x80 {
			break
		}
		if shift == 21 {
			return p, notMQTT(errors.New("length"))
		}
	}
	if length > maxPacket {
		return p, phrase.Say("the broker sends {{.Bytes}} bytes at once, which were not asked for", "Bytes", length)
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(in, body); err != nil {
		return p, err
	}
	p.FixedHeader.Remaining = length
	switch p.FixedHeader.Type {
	case packets.Connack:
		if length == 2 { // of an old version, whatever was asked
			p.ProtocolVersion = mqtt311
		}
		err = p.ConnackDecode(body)
	case packets.Puback:
		err = p.PubackDecode(body)
	case packets.Pingresp:
	case packets.Disconnect:
		err = p.DisconnectDecode(body)
	default:
		return p, errNotAsked
	}
	if err != nil {
		return p, notMQTT(err)
	}
	return p, nil
}

func notMQTT(err error) error {
	return phrase.Say("the server does not speak MQTT: {{.Error}}", "Error", capture.Clean(err.Error()))
}

// reason is why a broker refuses something, in its words if it has any.
func (l *mqttLink) reason(p *packets.Packet) string {
	code := packets.Code{Code: p.ReasonCode}
	for _, c := range []packets.Code{
		packets.ErrUnspecifiedError, packets.ErrMalformedPacket, packets.ErrProtocolViolation, packets.ErrImplementationSpecificError,
		packets.ErrClientIdentifierNotValid, packets.ErrBadUsernameOrPassword, packets.ErrNotAuthorized, packets.ErrServerUnavailable, packets.ErrServerBusy,
		packets.ErrBanned, packets.ErrServerShuttingDown, packets.ErrKeepAliveTimeout, packets.ErrSessionTakenOver, packets.ErrTopicNameInvalid,
		packets.ErrPacketTooLarge, packets.ErrMessageRateTooHigh, packets.ErrQuotaExceeded, packets.ErrAdministrativeAction, packets.ErrPayloadFormatInvalid,
		packets.ErrRetainNotSupported, packets.ErrQosNotSupported, packets.ErrUseAnotherServer, packets.ErrServerMoved, packets.ErrConnectionRateExceeded,
		{Code: packets.Err3ClientIdentifierNotValid.Code, Reason: packets.ErrClientIdentifierNotValid.Reason},
		{Code: packets.Err3ServerUnavailable.Code, Reason: packets.ErrServerUnavailable.Reason},
		{Code: packets.ErrMalformedUsernameOrPassword.Code, Reason: packets.ErrBadUsernameOrPassword.Reason},
		{Code: packets.Err3NotAuthorized.Code, Reason: packets.ErrNotAuthorized.Reason},
	} {
		if c.Code == code.Code {
			code = c
		}
	}
	if code.Reason == "" {
		code.Reason = fmt.Sprintf("code %d", code.Code)
	}
	if said := p.Properties.ReasonString; said != "" {
		code.Reason += ": " + l.hide(capture.Clean(remote.Shorter(said, maxReason)))
	}
	return code.Reason
}
