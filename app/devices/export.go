package devices

import (
	"context"
	"io"
	"strconv"
	"time"

	"linklog/app/export"
	"linklog/service/api"
	"linklog/service/client"
)

// Export writes the devices that are shown to a file.
func (p *Page) Export() {
	asked := client.HasEvents{Filter: p.searched()}
	export.Ask(p.c, export.Source{
		Name: "linklog-devices-" + time.Now().Format(time.DateOnly), Formats: export.Table(),
		Count: func(ctx context.Context, _ time.Time) (int64, error) {
			list, err := p.c.Client.DevicesWith(ctx, asked)
			return int64(len(list)), err
		},
		Write: func(ctx context.Context, format int, _ time.Time, w io.Writer, wrote func()) error {
			list, err := p.c.Client.DevicesWith(ctx, asked)
			if err != nil {
				return err
			}
			return export.WriteTable(format, w, list, header, cells, wrote)
		},
	})
}

// header names the cells.
var header = []string{"ref", "name", "ip", "vendor", "first_seen", "last_seen", "in", "out", "allowed", "blocked", "hosts"}

func cells(d *api.Device) []string {
	n := func(n uint64) string { return strconv.FormatUint(n, 10) }
	return []string{d.Ref, d.Name, address(d), d.Vendor, d.First.Format(time.RFC3339), d.Last.Format(time.RFC3339), n(d.In), n(d.Out), n(d.Allowed), n(d.Blocked), n(uint64(d.Hosts))}
}
