package hosts

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"

	"linklog/app/export"
	"linklog/service/api"
)

// Export writes the hosts that are shown to a file, also those for which the list is too short.
func (p *Page) Export() {
	q := p.wish.query()
	q.Limit = 0
	export.Ask(p.c, export.Source{
		Name: "linklog-hosts-" + time.Now().Format(time.DateOnly), Formats: export.Table(),
		Count: func(ctx context.Context, _ time.Time) (int64, error) {
			list, err := p.c.Client.Hosts(ctx, q)
			return int64(len(list)), err
		},
		Write: func(ctx context.Context, format int, _ time.Time, w io.Writer, wrote func()) error {
			list, err := p.c.Client.Hosts(ctx, q)
			if err != nil {
				return err
			}
			return export.WriteTable(format, w, list, header, cells, wrote)
		},
	})
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
