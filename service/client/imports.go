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
