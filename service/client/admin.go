package client

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"linklog/capture"
	"linklog/format"
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

// Purge removes the files of the history in which all is older than a time.
func (c *Client) Purge(ctx context.Context, before time.Time) (files, events int64, err error) {
	var out struct{ Files, Events int64 }
	err = c.call(ctx, http.MethodDelete, "events", url.Values{"before": {before.UTC().Format(time.RFC3339Nano)}}, nil, &out)
	return out.Files, out.Events, err
}

// Import sends events of an old log, at most api.MaxImportEvents. The first batch
// has the mark nil, later ones that of the answer before.
func (c *Client) Import(ctx context.Context, mark *uint64, events []capture.Event) (out api.Import, err error) {
	v := url.Values{}
	if mark != nil {
		v.Set("mark", strconv.FormatUint(*mark, 10))
	}
	var body bytes.Buffer
	for i := range events {
		body.Write(format.AppendJSON(body.AvailableBuffer(), &events[i], nil))
		body.WriteByte('\n')
	}
	resp, err := c.request(ctx, http.MethodPost, "import", v, &body)
	if err != nil {
		return out, err
	}
	defer resp.Body.Close()
	err = json.NewDecoder(resp.Body).Decode(&out)
	return out, err
}
