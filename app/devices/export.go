package devices

import (
	"context"

	"linklog/app/export"
	"linklog/service/api"
	"linklog/service/client"
)

// Export writes the devices that are shown to a file.
func (p *Page) Export() {
	asked := client.HasEvents{Filter: p.searched()}
	export.AskTable(p.c, "linklog-devices", func(ctx context.Context) ([]api.Device, error) { return p.c.Client.DevicesWith(ctx, asked) }, api.DeviceColumns(), (*api.Device).Cells)
}
