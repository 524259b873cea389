package reports

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"fyne.io/fyne/v2/lang"

	"linklog/app/ui/chart"
	"linklog/service/api"
	"linklog/service/client"
)

// maxBars is how many bars there are at most, about.
const maxBars = 62

// report is what was counted for a wish.
type report struct {
	from, to time.Time
	step     chart.Step
	bars     []chart.Bar
	hosts    []entry
	domains  []entry // of their names
	owners   []entry
	places   []entry // countries
	uses     []entry // categories
	ports    []entry
	devices  []entry
	exact    bool
	volume   bool // the lists are about how much was sent
}

// drawn are the bars of the chart.
func (r *report) drawn() []chart.Bar {
	if r.volume {
		return chart.Bytes(r.bars)
	}
	return r.bars
}

// list is one of a report.
type list struct {
	name    string // in files
	title   string // for people
	entries []entry
}

// lists are all of a report, in the order in which they are written.
func (r *report) lists() []list {
	return []list{
		{"host", lang.L("Hosts"), r.hosts}, {"port", lang.L("Ports"), r.ports}, {"device", lang.L("Your devices"), r.devices}, {"domain", lang.L("Domains"), r.domains},
		{"owner", lang.L("Owners"), r.owners}, {"country", lang.L("Countries"), r.places}, {"category", lang.L("Categories"), r.uses},
	}
}

// read asks the service for a report.
func read(ctx context.Context, c *client.Client, w wish, now time.Time) (r report, err error) {
	status, err := c.Status(ctx)
	if err != nil {
		return r, err
	}
	r.from, r.to = w.span(now, status.Since())
	r.step = chart.StepFor(r.from, r.to, maxBars)
	q := client.Query{Filter: w.filter.String(), Since: r.from, Until: r.to, All: status.Imported.Events > 0, Volumes: true, ByBytes: w.volume}
	count := func(by string, limit int) []api.Group {
		if err != nil {
			return nil
		}
		var g api.Groups
		g, err = c.Groups(ctx, q, by, 0, limit)
		r.exact = r.exact && g.Exact
		return g.Groups
	}
	if r.bars, r.exact, err = chart.Count(ctx, c, q, r.from, r.to, r.step); err != nil {
		return r, err
	}
	q.Volumes, r.volume = w.volume, w.volume
	// One more, for what belongs to no one.
	r.hosts = top(count("remote", topLength+1), func(g *api.Group) entry { return party(g.Remote) }, w.volume)
	r.domains = top(count("domain", topLength+1), class("domain"), w.volume)
	r.owners = top(count("owner", topLength+1), class("owner"), w.volume)
	r.places = top(count("country", topLength+1), class("country"), w.volume)
	r.uses = top(count("category", topLength+1), class("category"), w.volume)
	r.ports = top(count("dest_port,protocol", topLength+1), port, w.volume)
	local := count("local", mostLocal)
	if err != nil {
		return r, err
	}
	devices, err := c.Devices(ctx)
	r.devices = top(local, func(g *api.Group) entry {
		if g.Local != nil && isRouters(g.Local.Addr, devices) {
			return entry{}
		}
		return party(g.Local)
	}, w.volume)
	return r, err
}

// mostLocal is how many local addresses are asked for: those of the router are among them, which
// may be others every day.
const mostLocal = 1000

// isRouters reports whether a local address is a public one of the router, to which go attempts
// that it blocks, rather than a device's.
func isRouters(a netip.Addr, devices []api.Device) bool {
	return a.Is4() && !a.IsPrivate() && !slices.ContainsFunc(devices, func(d api.Device) bool { return d.Addr == a })
}
