package client

import (
	"context"
	"net/http"
	"time"
)

// Mute tells until when alerts are muted; zero: they are not.
func (c *Client) Mute(ctx context.Context) (time.Time, error) {
	var out struct{ Until time.Time }
	err := c.call(ctx, http.MethodGet, "mute", nil, nil, &out)
	return out.Until, err
}

// SetMute mutes alerts until a time; the zero time ends it.
func (c *Client) SetMute(ctx context.Context, until time.Time) error {
	in := struct {
		Until time.Time `json:"until,omitzero"`
	}{until.UTC()}
	return c.call(ctx, http.MethodPut, "mute", nil, in, nil)
}
