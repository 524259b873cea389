package client

import (
	"context"
	"errors"
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
	Skip    int
	Limit   int // 0: all
}

// Hosts gives the external hosts of a query.
func (c *Client) Hosts(ctx context.Context, q HostQuery) ([]api.Host, error) {
	v := url.Values{"limit": {strconv.Itoa(q.Limit)}}
	if q.Order != "" {
		v.Set("order", q.Order)
	}
	if q.Reverse {
		v.Set("reverse", "true")
	}
	if q.New {
		v.Set("new", "true")
	}
	if q.Ignored != nil {
		v.Set("ignored", strconv.FormatBool(*q.Ignored))
	}
	if q.Device.IsValid() {
		v.Set("device", q.Device.String())
	}
	if q.Find != "" {
		v.Set("find", q.Find)
	}
	if q.Skip > 0 {
		v.Set("skip", strconv.Itoa(q.Skip))
	}
	var out struct{ Hosts []api.Host }
	err := c.call(ctx, http.MethodGet, "hosts", v, nil, &out)
	return out.Hosts, err
}

// Host gives one host; false: no such host was seen.
func (c *Client) Host(ctx context.Context, ref string) (h api.Host, known bool, err error) {
	err = c.call(ctx, http.MethodGet, "hosts/"+url.PathEscape(ref), nil, nil, &h)
	if notFound(err) {
		return h, false, nil
	}
	return h, err == nil, err
}

func notFound(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == http.StatusNotFound
}

// Devices gives the user's own machines.
func (c *Client) Devices(ctx context.Context) ([]api.Device, error) {
	var out struct{ Devices []api.Device }
	err := c.call(ctx, http.MethodGet, "devices", nil, nil, &out)
	return out.Devices, err
}

// SetHostLabel gives a host a name of the user's own; "" takes it away.
func (c *Client) SetHostLabel(ctx context.Context, ref, label string) error {
	return c.call(ctx, http.MethodPut, "hosts/"+url.PathEscape(ref)+"/label", nil, map[string]string{"label": label}, nil)
}

// SetDeviceLabel gives a device a name of the user's own; "" takes it away.
func (c *Client) SetDeviceLabel(ctx context.Context, a netip.Addr, label string) error {
	return c.call(ctx, http.MethodPut, "devices/"+a.String()+"/label", nil, map[string]string{"label": label}, nil)
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

// Ignores gives the ignore list.
func (c *Client) Ignores(ctx context.Context) ([]api.IgnoreRule, error) {
	var out struct{ Ignore []api.IgnoreRule }
	err := c.call(ctx, http.MethodGet, "ignore", nil, nil, &out)
	return out.Ignore, err
}

// Ignore adds a filter to the ignore list, and returns it as it is kept.
func (c *Client) Ignore(ctx context.Context, filter string) (string, error) {
	var out struct{ Filter string }
	err := c.call(ctx, http.MethodPost, "ignore", nil, map[string]string{"filter": filter}, &out)
	return out.Filter, err
}

// Unignore takes a filter from the ignore list; false: it was not there.
func (c *Client) Unignore(ctx context.Context, filter string) (bool, error) {
	err := c.call(ctx, http.MethodDelete, "ignore", url.Values{"filter": {filter}}, nil, nil)
	if notFound(err) {
		return false, nil
	}
	return err == nil, err
}

// Alerts gives alerts behind an ID, oldest first.
func (c *Client) Alerts(ctx context.Context, after uint64, limit int) ([]api.Alert, error) {
	var out struct{ Alerts []api.Alert }
	v := url.Values{"after": {strconv.FormatUint(after, 10)}, "limit": {strconv.Itoa(limit)}}
	err := c.call(ctx, http.MethodGet, "alerts", v, nil, &out)
	return out.Alerts, err
}

// Digest sums up the new hosts of the alerts behind an ID; nil: there are none.
func (c *Client) Digest(ctx context.Context, after uint64) (*api.Alert, error) {
	var out struct{ Digest *api.Alert }
	err := c.call(ctx, http.MethodGet, "alerts/digest", url.Values{"after": {strconv.FormatUint(after, 10)}}, nil, &out)
	return out.Digest, err
}

// Cursor gives the ID of the last alert a reader with a name of his own has had;
// false: he never was here.
func (c *Client) Cursor(ctx context.Context, name string) (id uint64, known bool, err error) {
	var out struct{ Alert uint64 }
	err = c.call(ctx, http.MethodGet, "alerts/cursor/"+url.PathEscape(name), nil, nil, &out)
	if notFound(err) {
		return 0, false, nil
	}
	return out.Alert, err == nil, err
}

// SetCursor keeps what Cursor gives.
func (c *Client) SetCursor(ctx context.Context, name string, id uint64) error {
	return c.call(ctx, http.MethodPut, "alerts/cursor/"+url.PathEscape(name), nil, map[string]uint64{"alert": id}, nil)
}

// Mute tells until when alerts are muted; zero: they are not.
func (c *Client) Mute(ctx context.Context) (time.Time, error) {
	var out struct{ Until time.Time }
	err := c.call(ctx, http.MethodGet, "mute", nil, nil, &out)
	return out.Until, err
}

// SetMute mutes alerts until a time; the zero time ends it.
func (c *Client) SetMute(ctx context.Context, until time.Time) error {
	in := struct {
		Until time.Time `json:"until,omitzero"`
	}{until.UTC()}
	return c.call(ctx, http.MethodPut, "mute", nil, in, nil)
}
