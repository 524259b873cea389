package client

import (
	"context"
	"net/http"
	"net/url"

	"linklog/service/api"
)

// Forget begins to remove what is stored about the events that match a filter, and says how
// much that is; with dry it only says so.
func (c *Client) Forget(ctx context.Context, filter string, dry bool) (found api.Forgotten, err error) {
	q := url.Values{"filter": {filter}}
	if dry {
		q.Set("dry_run", "true")
	}
	err = c.call(ctx, http.MethodPost, "forget", q, nil, &found)
	return found, err
}

// Forgetting says how far it is with what is being removed.
func (c *Client) Forgetting(ctx context.Context) (state api.Forgetting, err error) {
	err = c.call(ctx, http.MethodGet, "forget", nil, nil, &state)
	return state, err
}
