package hosts

import (
	"context"

	"linklog/app/export"
	"linklog/service/api"
)

// Export writes the hosts that are shown to a file, also those for which the list is too short.
func (p *Page) Export() {
	wish := p.wish
	export.AskTable(p.c, "linklog-hosts", func(ctx context.Context) ([]api.Host, error) { return wish.ask(ctx, p.c.Client, 0) }, api.HostColumns(), (*api.Host).Cells)
}
