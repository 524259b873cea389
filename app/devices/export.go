package devices

import (
	"context"
	"strconv"
	"time"

	"linklog/app/export"
	"linklog/service/api"
	"linklog/service/client"
)

// Export writes the devices that are shown to a file.
func (p *Page) Export() {
	asked := client.HasEvents{Filter: p.searched()}
	export.AskTable(p.c, "linklog-devices", func(ctx context.Context) ([]api.Device, error) { return p.c.Client.DevicesWith(ctx, asked) }, header, cells)
}

// header names the cells.
var header = []string{"ref", "name", "ip", "vendor", "first_seen", "last_seen", "in", "out", "allowed", "blocked", "hosts"}

func cells(d *api.Device) []string {
	n := func(n uint64) string { return strconv.FormatUint(n, 10) }
	return []string{d.Ref, d.Name, address(d), d.Vendor, d.First.Format(time.RFC3339), d.Last.Format(time.RFC3339), n(d.In), n(d.Out), n(d.Allowed), n(d.Blocked), n(uint64(d.Hosts))}
}
