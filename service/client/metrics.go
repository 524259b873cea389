package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
)

// maxMetrics bounds the text of metrics, in bytes.
const maxMetrics = 4 << 20

// Metrics asks how the service is as metrics, in Prometheus' text format.
func (c *Client) Metrics(ctx context.Context) ([]byte, error) {
	bounded, cancel := context.WithTimeout(ctx, statusWithin)
	defer cancel()
	resp, err := c.request(bounded, http.MethodGet, "metrics", nil, nil)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxMetrics+1))
	if err == nil && len(text) > maxMetrics {
		err = fmt.Errorf("the metrics of the service have more than %d bytes", maxMetrics)
	}
	return text, err
}
