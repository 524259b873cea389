package client

import (
	"context"
	"net/http"
	"net/url"

	"linklog/service/api"
)

// Rules lists what the user is told about.
func (c *Client) Rules(ctx context.Context) ([]api.Rule, error) {
	var out struct{ Rules []api.Rule }
	err := c.call(ctx, http.MethodGet, "rules", nil, nil, &out)
	return out.Rules, err
}

// TryRule says how often a rule would have told in the last days.
func (c *Client) TryRule(ctx context.Context, r api.Rule) (out api.Trial, err error) {
	v := url.Values{"filter": {r.Filter}, "when": {r.When}, "quiet": {r.Quiet}, "meanwhile": {r.Meanwhile}, "hours": {r.Hours}}
	if r.DoNotRecord {
		v.Set("do_not_record", "true")
	}
	err = c.call(ctx, http.MethodGet, "rules/try", v, nil, &out)
	return out, err
}
