package client

import (
	"context"
	"net/http"

	"linklog/service/api"
)

// Settings gives the text of the settings file and where it is.
func (c *Client) Settings(ctx context.Context) (text, path string, err error) {
	f, err := c.SettingsFile(ctx)
	return f.Text, f.Path, err
}

// SettingsFile is Settings, and says whether there is such a file.
func (c *Client) SettingsFile(ctx context.Context) (f api.SettingsText, err error) {
	err = c.call(ctx, http.MethodGet, "settings", nil, nil, &f)
	return f, err
}

// SetSettings keeps and applies another text of the settings file; restart tells
// that some of it counts from the next start of the service.
func (c *Client) SetSettings(ctx context.Context, text string) (restart bool, err error) {
	var out struct{ Restart bool }
	err = c.call(ctx, http.MethodPut, "settings", nil, map[string]string{"text": text}, &out)
	return out.Restart, err
}

// Reload lets the service read its settings file again; restart as for SetSettings.
func (c *Client) Reload(ctx context.Context) (restart bool, err error) {
	var out struct{ Restart bool }
	err = c.call(ctx, http.MethodPost, "reload", nil, nil, &out)
	return out.Restart, err
}
