package client

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"linklog/service/api"
)

// HostQuery says which hosts to give.
type HostQuery struct {
	Order   string // last, first, count, name, address; "": last
	Reverse bool
	New     bool       // only those that are new since MarkSeen
	Ignored *bool      // only those that are ignored, or not; nil: all
	Device  netip.Addr // only those that talked to it
	Find    string     // in the address or one of the names

	// By and Group: only those of one of the groups that HostGroups makes by it, "": of that of
	// which it is not known. By "": all.
	By, Group string

	Events HasEvents // only those that have some of these
	Skip   int
	Limit  int // 0: all
}

// HasEvents says which events a host or device is to have, received or imported; the zero
// value: none has to be.
type HasEvents struct {
	Filter       string // search text, whose times are those of this computer; "": all
	Since, Until time.Time
}

func (e *HasEvents) values(v values) {
	v.text("filter", asked(e.Filter))
	v.time("since", e.Since)
	v.time("until", e.Until)
}

// Hosts gives the external hosts of a query.
func (c *Client) Hosts(ctx context.Context, q HostQuery) ([]api.Host, error) {
	var out struct{ Hosts []api.Host }
	err := c.call(ctx, http.MethodGet, "hosts", q.values(), nil, &out)
	return out.Hosts, err
}

// HostGroups puts them together by one of api.Classes; order, skip and limit are then of the groups.
func (c *Client) HostGroups(ctx context.Context, q HostQuery, by string) (out api.HostGroups, err error) {
	q.By, q.Group = "", ""
	v := q.values()
	v.Set("by", by)
	err = c.call(ctx, http.MethodGet, "hosts", v, nil, &out)
	return out, err
}

func (q *HostQuery) values() url.Values {
	v := values{"limit": {strconv.Itoa(q.Limit)}}
	v.text("order", q.Order)
	v.yes("reverse", q.Reverse)
	v.yes("new", q.New)
	if q.Ignored != nil {
		v.text("ignored", strconv.FormatBool(*q.Ignored))
	}
	if q.Device.IsValid() {
		v.text("device", q.Device.String())
	}
	v.text("find", q.Find)
	if q.By != "" {
		v["by"], v["group"] = []string{q.By}, []string{q.Group}
	}
	q.Events.values(v)
	v.number("skip", uint64(max(q.Skip, 0)))
	return url.Values(v)
}

// HostStory is Host with Attempts, which have to be counted.
func (c *Client) HostStory(ctx context.Context, ref string) (h api.Host, known bool, err error) {
	known, err = c.find(ctx, "hosts", ref, url.Values{"attempts": {"true"}}, &h)
	return h, known, err
}

// DeviceStory gives one device, by its address or its api.Device.Ref, with Attempts; false: no
// such device was seen.
func (c *Client) DeviceStory(ctx context.Context, ref string) (d api.Device, known bool, err error) {
	known, err = c.find(ctx, "devices", ref, url.Values{"attempts": {"true"}}, &d)
	return d, known, err
}

// SetHostNote keeps what the user writes about a host; "" takes it away.
func (c *Client) SetHostNote(ctx context.Context, ref, note string) error {
	return c.call(ctx, http.MethodPut, "hosts/"+url.PathEscape(ref)+"/note", nil, map[string]string{"note": note}, nil)
}

// SetDeviceNote keeps what the user writes about a device; "" takes it away.
func (c *Client) SetDeviceNote(ctx context.Context, ref, note string) error {
	return c.call(ctx, http.MethodPut, "devices/"+url.PathEscape(ref)+"/note", nil, map[string]string{"note": note}, nil)
}

// Host gives one host; false: no such host was seen.
func (c *Client) Host(ctx context.Context, ref string) (h api.Host, known bool, err error) {
	known, err = c.find(ctx, "hosts", ref, nil, &h)
	return h, known, err
}

// Devices gives the user's own machines.
func (c *Client) Devices(ctx context.Context) ([]api.Device, error) {
	return c.DevicesWith(ctx, HasEvents{})
}

// DevicesWith gives those that have some events.
func (c *Client) DevicesWith(ctx context.Context, e HasEvents) ([]api.Device, error) {
	v := values{}
	e.values(v)
	var out struct{ Devices []api.Device }
	err := c.call(ctx, http.MethodGet, "devices", url.Values(v), nil, &out)
	return out.Devices, err
}

// SetHostLabel gives a host a name of the user's own; "" takes it away.
func (c *Client) SetHostLabel(ctx context.Context, ref, label string) error {
	return c.call(ctx, http.MethodPut, "hosts/"+url.PathEscape(ref)+"/label", nil, map[string]string{"label": label}, nil)
}

// SetDeviceLabel gives a device, by its address or its api.Device.Ref, a name of the user's
// own; "" takes it away.
func (c *Client) SetDeviceLabel(ctx context.Context, ref, label string) error {
	return c.call(ctx, http.MethodPut, "devices/"+url.PathEscape(ref)+"/label", nil, map[string]string{"label": label}, nil)
}

// MarkSeen tells that the user has seen the hosts that began up to a Seq; 0: all.
func (c *Client) MarkSeen(ctx context.Context, upTo uint64) error {
	return c.call(ctx, http.MethodPost, "hosts/seen", nil, map[string]uint64{"up_to": upTo}, nil)
}

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
