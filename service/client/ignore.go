package client

import (
	"context"
	"net/http"
	"net/url"

	"linklog/service/api"
)

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
