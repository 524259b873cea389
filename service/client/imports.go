package client

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"linklog/capture"
	"linklog/format"
	"linklog/service/api"
)

// Import sends events of an old log, at most api.MaxImportEvents, and the name of their
// file. The first batch has the mark nil, later ones that of the answer before.
func (c *Client) Import(ctx context.Context, mark *uint64, file string, events []capture.Event) (out api.Batch, err error) {
	v := url.Values{}
	if mark != nil {
		v.Set("mark", strconv.FormatUint(*mark, 10))
	}
	values(v).text("file", file)
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

// Imports lists the imports.
func (c *Client) Imports(ctx context.Context) (out api.Imports, err error) {
	err = c.call(ctx, http.MethodGet, "imports", nil, nil, &out)
	return out, err
}

// UndoImport removes the events that an import added.
func (c *Client) UndoImport(ctx context.Context, number int) (removed int64, err error) {
	var out struct{ Removed int64 }
	err = c.call(ctx, http.MethodDelete, "imports/"+strconv.Itoa(number), nil, nil, &out)
	return out.Removed, err
}
