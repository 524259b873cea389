package deliver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"linklog/phrase"
	"linklog/service/settings"
)

// Outlet carries messages to a place outside.
type Outlet interface {
	// Send returns nil when the other side has the message. An error that is a *Refused
	// is about this message; any other one can be over when it is tried again.
	Send(ctx context.Context, m *Message) error

	// Close lets go of connections.
	Close()
}

// Refused says that the other side will never take a message.
type Refused struct{ Err error }

func (r *Refused) Error() string { return r.Err.Error() }
func (r *Refused) Unwrap() error { return r.Err }

// later says when the other side wants to be asked again.
type later struct {
	error
	wait time.Duration
}

func (l *later) Unwrap() error { return l.error }

// sendWithin bounds an attempt to send a message.
const sendWithin = 30 * time.Second

// NewOutlet makes the outlet of the settings. The secrets are put in by get, whose error says
// which is missing.
func NewOutlet(o settings.Outlet, get func(name string) (string, error)) (Outlet, error) {
	var secrets []string // which a server may repeat
	fill := func(what string, text *string) error {
		var err error
		*text, err = settings.Fill(*text, func(name string) (string, error) {
			s, err := get(name)
			secrets = append(secrets, s)
			return s, err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		return nil
	}
	headers := append([]string(nil), o.Headers...)
	err := errors.Join(fill("url", &o.URL), fill("user", &o.User), fill("token", &o.Token), fill("body", &o.Body))
	for i := range headers {
		err = errors.Join(err, fill("headers", &headers[i]))
	}
	if err != nil {
		return nil, err
	}
	o.Headers = headers
	if err := settings.CheckURL(o.URL, o.Type, o.Token != ""); err != nil {
		return nil, fmt.Errorf("url: %w", err)
	}
	switch o.Type {
	case "mail":
		return newMail(&o)
	case "mqtt":
		return newMQTT(&o)
	}
	p, err := newPoster(o.CA, o.URL, o.Token)
	if err != nil {
		return nil, err
	}
	for _, s := range secrets {
		p.secret(s)
	}
	switch o.Type {
	case "webhook":
		return newWebhook(p, &o)
	case "ntfy":
		return newNtfy(p, &o)
	case "gotify":
		return &gotify{p, o.Token, o.Priority}, nil
	case "pushover":
		return &pushover{p, o.Token, o.User, o.Priority}, nil
	case "telegram":
		return &telegram{p, o.Token, o.To[0]}, nil
	case "discord":
		return &discord{p}, nil
	case "slack":
		return &slack{p}, nil
	}
	return nil, phrase.Say("there is no type {{.Value}}", "Value", o.Type)
}
