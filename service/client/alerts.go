package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"linklog/service/api"
)

// Alerts gives alerts behind an ID, oldest first.
func (c *Client) Alerts(ctx context.Context, after uint64, limit int) ([]api.Alert, error) {
	var out struct{ Alerts []api.Alert }
	v := url.Values{"after": {strconv.FormatUint(after, 10)}, "limit": {strconv.Itoa(limit)}}
	err := c.call(ctx, http.MethodGet, "alerts", v, nil, &out)
	return out.Alerts, err
}

// NewestAlerts gives the newest alerts, the oldest of them first, with what became of them at
// the outlets.
func (c *Client) NewestAlerts(ctx context.Context, most int) ([]api.Alert, error) {
	var out struct{ Alerts []api.Alert }
	v := url.Values{"newest": {"true"}, "deliveries": {"true"}, "limit": {strconv.Itoa(most)}}
	err := c.call(ctx, http.MethodGet, "alerts", v, nil, &out)
	return out.Alerts, err
}

// Digest sums up the new hosts of the alerts behind an ID; nil: there are none.
func (c *Client) Digest(ctx context.Context, after uint64) (*api.Alert, error) {
	var out struct{ Digest *api.Alert }
	err := c.call(ctx, http.MethodGet, "alerts/digest", url.Values{"after": {strconv.FormatUint(after, 10)}}, nil, &out)
	return out.Digest, err
}

// Cursor gives the ID of the last alert a reader with a name of his own has had;
// false: he never was here.
func (c *Client) Cursor(ctx context.Context, name string) (id uint64, known bool, err error) {
	var out struct{ Alert uint64 }
	known, err = c.find(ctx, "alerts/cursor", name, nil, &out)
	return out.Alert, known, err
}

// SetCursor keeps what Cursor gives.
func (c *Client) SetCursor(ctx context.Context, name string, id uint64) error {
	return c.call(ctx, http.MethodPut, "alerts/cursor/"+url.PathEscape(name), nil, map[string]uint64{"alert": id}, nil)
}

// Ignores gives the ignore list.
func (c *Client) Ignores(ctx context.Context) ([]api.IgnoreRule, error) {
	var out struct{ Ignore []api.IgnoreRule }
	err := c.call(ctx, http.MethodGet, "ignore", nil, nil, &out)
	return out.Ignore, err
}

// Ignore adds a filter to the ignore list, and returns it as it is kept.
func (c *Client) Ignore(ctx context.Context, filter string) (string, error) {
	var out struct{ Filter string }
	err := c.call(ctx, http.MethodPost, "ignore", nil, map[string]string{"filter": filter}, &out)
	return out.Filter, err
}

// Unignore takes a filter from the ignore list; false: it was not there.
func (c *Client) Unignore(ctx context.Context, filter string) (bool, error) {
	err := c.call(ctx, http.MethodDelete, "ignore", url.Values{"filter": {filter}}, nil, nil)
	if notFound(err) {
		return false, nil
	}
	return err == nil, err
}

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
