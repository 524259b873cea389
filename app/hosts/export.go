package hosts

import (
	"context"
	"strconv"
	"strings"
	"time"

	"linklog/app/export"
	"linklog/service/api"
)

// Export writes the hosts that are shown to a file, also those for which the list is too short.
func (p *Page) Export() {
	wish := p.wish
	export.AskTable(p.c, "linklog-hosts", func(ctx context.Context) ([]api.Host, error) { return wish.ask(ctx, p.c.Client, 0) }, header, cells)
}

// header names the cells.
var header = []string{"ref", "name", "ip", "first_seen", "last_seen", "in", "out", "allowed", "blocked", "ports", "devices", "ignored", "new"}

func cells(h *api.Host) []string {
	n := func(n uint64) string { return strconv.FormatUint(n, 10) }
	var devices []string
	for i := range h.Devices {
		devices = append(devices, deviceName(&h.Devices[i]))
	}
	ip := ""
	if h.Addr.IsValid() {
		ip = h.Addr.String()
	}
	return []string{h.Ref, h.Name, ip, h.First.Format(time.RFC3339), h.Last.Format(time.RFC3339), n(h.In), n(h.Out), n(h.Allowed), n(h.Blocked),
		ports(h), strings.Join(devices, ", "), strconv.FormatBool(h.Ignored), strconv.FormatBool(h.New)}
}
