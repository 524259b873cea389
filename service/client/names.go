package client

import (
	"context"
	"net/http"
	"net/netip"

	"linklog/service/api"
)

// Names gives the names of addresses; those that have none are not in it.
func (c *Client) Names(ctx context.Context, addrs []netip.Addr) (map[netip.Addr]string, error) {
	if len(addrs) == 0 {
		return nil, nil
	}
	var out struct{ Names map[netip.Addr]string }
	err := c.call(ctx, http.MethodPost, "names", nil, map[string][]netip.Addr{"ips": addrs}, &out)
	return out.Names, err
}

// NamesSeen gives all names DNS ever gave to an address, the last one first.
func (c *Client) NamesSeen(ctx context.Context, a netip.Addr) ([]api.NameSeen, error) {
	var out struct{ Names []api.NameSeen }
	err := c.call(ctx, http.MethodGet, "names/"+a.String(), nil, nil, &out)
	return out.Names, err
}
