package client

import (
	"net/netip"
	"slices"
	"sync"

	"linklog/assets/origin"
	"linklog/service/api"
)

// Origins has this program say who addresses belong to by the same files as the service, and know
// the same networks as the user's own.
type Origins struct {
	mu   sync.Mutex
	used api.Origins
	own  []netip.Prefix
}

// Use takes what a status of a client's service says; changed reports whether filters may find others
// than before. Where a file cannot be read here, as the service may run as another user, what is built
// in is used; the error says so once. The files of a different computer are never looked for on this one.
func (o *Origins) Use(c *Client, s *api.Status) (changed bool, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	from := s.Origins
	if !c.Elsewhere().IsZero() {
		from = api.Origins{}
	}
	if from != o.used {
		o.used, changed = from, true
		var files *origin.Files
		files, err = origin.Open(from.ASN, from.Country)
		origin.Use(files) // nil after an error
	}
	if !slices.Equal(s.OwnNetworks, o.own) {
		o.own, changed = s.OwnNetworks, true
		origin.UseOwn(o.own)
	}
	return changed, err
}
