package deliver

import (
	"context"
	"net/url"
	"strconv"

	"linklog/service/remote"
)

// pushover: https://pushover.net/api
type pushover struct {
	*poster
	token, user string
	priority    int
}

// The most that is taken as title and message, in characters; here in bytes, which are as
// many or more.
const (
	pushoverTitle   = 250
	pushoverMessage = 1024
)

func (p *pushover) Send(ctx context.Context, m *Message) error {
	form := url.Values{
		"token": {p.token}, "user": {p.user}, "title": {remote.Shorter(m.Title, pushoverTitle)}, "message": {remote.Shorter(m.Text, pushoverMessage)},
	}
	if p.priority != 0 {
		form.Set("priority", strconv.Itoa(p.priority))
	}
	_, err := p.post(ctx, "/1/messages.json", "application/x-www-form-urlencoded", []byte(form.Encode()), nil)
	return err
}
