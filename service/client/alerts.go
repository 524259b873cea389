package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"linklog/service/api"
)

// Alerts gives alerts behind an ID, oldest first.
func (c *Client) Alerts(ctx context.Context, after uint64, limit int) ([]api.Alert, error) {
	var out struct{ Alerts []api.Alert }
	v := url.Values{"after": {strconv.FormatUint(after, 10)}, "limit": {strconv.Itoa(limit)}}
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
	err = c.call(ctx, http.MethodGet, "alerts/cursor/"+url.PathEscape(name), nil, nil, &out)
	if notFound(err) {
		return 0, false, nil
	}
	return out.Alert, err == nil, err
}

// SetCursor keeps what Cursor gives.
func (c *Client) SetCursor(ctx context.Context, name string, id uint64) error {
	return c.call(ctx, http.MethodPut, "alerts/cursor/"+url.PathEscape(name), nil, map[string]uint64{"alert": id}, nil)
}
