package deliver

import (
	"context"
	"encoding/json"
	"net/http"
)

// gotify: https://gotify.net/docs/pushmsg
type gotify struct {
	*poster
	token    string
	priority int
}

func (g *gotify) Send(ctx context.Context, m *Message) error {
	priority := g.priority
	if priority == 0 {
		priority = 5 // from 4 on a phone makes a sound
	}
	body, err := json.Marshal(struct {
		Title    string `json:"title"`
		Message  string `json:"message"`
		Priority int    `json:"priority"`
	}{m.Title, m.Text, priority})
	if err != nil {
		return &Refused{err}
	}
	_, err = g.post(ctx, "/message", "application/json", body, http.Header{"X-Gotify-Key": {g.token}})
	return err
}
