package hosts

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strings"

	"linklog/filter"
	"linklog/service/api"
	"linklog/service/client"
)

// limit is how many hosts are asked for at once.
const limit = 2000

// which hosts are shown.
type which int

const (
	all which = iota
	onlyNew
	ignored
)

// wish is what the user wants to see.
type wish struct {
	search string // on top
	which  which
	host   string     // only this one, by its ref; "": all
	device netip.Addr // invalid: of all
	by     string     // what they are put together by, one of api.Classes; "": they are not
	group  *string    // only the hosts of this group, by its name; nil: the groups themselves
	sort   string     // ID of a column
	down   bool
}

// orders are the columns that the service sorts by, and whether it begins with the
// highest. By others the page sorts, among those with most attempts.
var orders = map[string]struct {
	order string
	down  bool
}{
	"host": {"name", false}, "address": {"address", false}, "first": {"first", true}, "last": {"last", true},
}

// ask asks the service for what is wished, for so many at most; 0: all.
func (w *wish) ask(ctx context.Context, c *client.Client, limit int) ([]api.Host, error) {
	list, err := c.Hosts(ctx, w.query(limit))
	if w.host != "" { // others have it in a name or address
		list = slices.DeleteFunc(list, func(h api.Host) bool { return h.Ref != w.host })
	}
	return list, err
}

// grouped reports whether groups of hosts are wanted, and not the hosts themselves.
func (w *wish) grouped() bool { return w.by != "" && w.group == nil }

// askGroups asks for hosts that are put together, for so many groups at most; 0: all.
func (w *wish) askGroups(ctx context.Context, c *client.Client, limit int) (api.HostGroups, error) {
	q := w.query(limit)
	q.Order, q.Reverse = "count", false
	return c.HostGroups(ctx, q, w.by)
}

// query is the wish as the service takes it.
func (w *wish) query(limit int) client.HostQuery {
	q := client.HostQuery{Order: "count", Find: w.host, Device: w.device, Limit: limit, Events: client.HasEvents{Filter: w.search}}
	if o, ok := orders[w.sort]; ok {
		q.Order, q.Reverse = o.order, o.down != w.down
	}
	if w.group != nil {
		q.By, q.Group = w.by, *w.group
	}
	switch yes := true; w.which {
	case onlyNew:
		q.New = true
	case ignored:
		q.Ignored = &yes
	}
	return q
}

// narrow reports whether new hosts may be missing from what is shown.
func (w *wish) narrow() bool {
	return w.by != "" || w.search != "" || w.host != "" || w.device.IsValid() || w.which == ignored
}

// newest is the highest number with which one of the hosts began.
func newest(list []api.Host) (seq uint64) {
	for i := range list {
		seq = max(seq, list[i].FirstSeq)
	}
	return seq
}

// filterOf is the search text for what a host did.
func filterOf(h *api.Host) string { return filter.OfHost(h.Addr, h.Ref).String() }

func byPort(a, b *api.Host) int {
	port := func(h *api.Host) int {
		if len(h.Ports) == 0 {
			return -1
		}
		return int(h.Ports[0].Port)
	}
	return cmp.Compare(port(a), port(b))
}

func byDevice(a, b *api.Host) int {
	name := func(h *api.Host) string {
		if len(h.Devices) == 0 {
			return ""
		}
		return strings.ToLower(h.Devices[0].Called())
	}
	return cmp.Or(cmp.Compare(len(a.Devices), len(b.Devices)), strings.Compare(name(a), name(b)))
}
