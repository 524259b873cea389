package hosts

import (
	"context"

	"linklog/app/export"
	"linklog/service/api"
)

// Export writes the hosts, or groups of them, that are shown to a file, also those for which the list is too short.
func (p *Page) Export() {
	wish := p.wish
	if wish.grouped() {
		export.AskTable(p.c, "linklog-hosts-by-"+wish.by, func(ctx context.Context) ([]api.HostGroup, error) {
			found, err := wish.askGroups(ctx, p.c.Client, 0)
			return found.Groups, err
		}, api.HostGroupColumns(wish.by), (*api.HostGroup).Cells)
		return
	}
	export.AskTable(p.c, "linklog-hosts", func(ctx context.Context) ([]api.Host, error) { return wish.ask(ctx, p.c.Client, 0) }, api.HostColumns(), (*api.Host).Cells)
}
