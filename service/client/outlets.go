package client

import (
	"context"
	"net/http"
	"net/url"

	"linklog/service/api"
)

// Outlets lists the places outside that are told of alerts.
func (c *Client) Outlets(ctx context.Context) ([]api.Outlet, error) {
	var out struct{ Outlets []api.Outlet }
	err := c.call(ctx, http.MethodGet, "outlets", nil, nil, &out)
	return out.Outlets, err
}

// TestOutlet sends a message through an outlet; nil: the other side has it.
func (c *Client) TestOutlet(ctx context.Context, name string) error {
	return c.call(ctx, http.MethodPost, "outlets/"+url.PathEscape(name)+"/test", nil, nil, nil)
}

// Secrets lists the names of the secrets of outlets.
func (c *Client) Secrets(ctx context.Context) ([]string, error) {
	var out struct{ Secrets []string }
	err := c.call(ctx, http.MethodGet, "secrets", nil, nil, &out)
	return out.Secrets, err
}

// SetSecret keeps a secret of outlets; "" removes it.
func (c *Client) SetSecret(ctx context.Context, name, value string) error {
	return c.call(ctx, http.MethodPut, "secrets/"+url.PathEscape(name), nil, map[string]string{"value": value}, nil)
}
