package deliver

import (
	"context"
	"crypto/tls"
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail"

	"linklog/capture"
	"linklog/phrase"
	"linklog/service/remote"
	"linklog/service/settings"
)

// mailbox sends mail through a server: encrypted from the first byte (smtps), or from
// STARTTLS on, without which nothing is sent, except to this computer.
type mailbox struct {
	host    string
	options []mail.Option
	from    string
	to      []string
}

func newMail(o *settings.Outlet) (*mailbox, error) {
	u, err := url.Parse(o.URL)
	if err != nil {
		return nil, errors.New("url: is not a valid address")
	}
	config, err := remote.Believing(o.CA)
	if err != nil {
		return nil, err
	}
	config.ServerName = u.Hostname()
	m := &mailbox{host: u.Hostname(), from: o.From, to: o.To}
	port := 587
	m.options = []mail.Option{mail.WithTimeout(sendWithin), mail.WithTLSConfig(config)}
	switch {
	case u.Scheme == "smtps":
		port = 465
		m.options = append(m.options, mail.WithSSL())
	case own(m.host):
		port = 25
		m.options = append(m.options, mail.WithTLSPolicy(mail.TLSOpportunistic))
		config.InsecureSkipVerify = true // whoever could pretend to be this computer is on it
	default:
		m.options = append(m.options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil || port < 1 || port > 65535 {
			return nil, phrase.Say("url: {{.Port}} is not a port", "Port", strconv.Quote(u.Port()))
		}
	}
	m.options = append(m.options, mail.WithPort(port))
	if o.User != "" {
		m.options = append(m.options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(o.User), mail.WithPassword(o.Token))
	}
	return m, nil
}

// own reports whether a server is on this computer.
func own(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback() || strings.EqualFold(host, "localhost")
}

// Send implements Outlet.
func (m *mailbox) Send(ctx context.Context, message *Message) error {
	out := mail.NewMsg(mail.WithNoDefaultUserAgent())
	err := errors.Join(out.From(m.from), out.To(m.to...))
	if err != nil {
		return err
	}
	out.Subject(message.Title)
	out.SetDate()
	out.SetMessageID()
	out.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no answers of who is away
	out.SetBodyString(mail.TypeTextPlain, message.Text+"\n")
	c, err := mail.NewClient(m.host, m.options...)
	if err != nil {
		return err
	}
	// Once it is connected the library does not look at the context, but ends in time.
	sent := make(chan error, 1)
	go func() { sent <- c.DialAndSendWithContext(ctx, out) }()
	select {
	case err = <-sent:
	case <-ctx.Done():
		err = ctx.Err()
	}
	return m.cause(ctx, err)
}

// Close implements Outlet: each message has a connection of its own.
func (m *mailbox) Close() {}

// cause says in a line why mail was not sent.
func (m *mailbox) cause(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return phrase.Say("{{.Server}} does not answer in time", "Server", m.host)
	}
	said := errors.New(capture.Clean(remote.Shorter(err.Error(), 2*maxReason)))
	var certificate *tls.CertificateVerificationError
	if errors.As(err, &certificate) {
		return certificate
	}
	var failed *mail.SendError
	if errors.As(err, &failed) && !failed.IsTemp() && (failed.Reason == mail.ErrSMTPData || failed.Reason == mail.ErrSMTPDataClose) {
		return &Refused{said}
	}
	return said
}
