package hosts

import (
	"cmp"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"linklog/app/ui"
	"linklog/app/ui/grid"
	"linklog/service/api"
)

func (p *Page) columns() []grid.Column[api.Host] {
	fresh, ignores := lang.L("NEW"), lang.L("ignored")
	return []grid.Column[api.Host]{
		{ID: "host", Label: lang.L("Host"), Width: 300, MinWidth: 164, Flex: 3, Sorts: true, Cell: func(c *grid.Cell, h *api.Host) {
			ink := grid.Plain
			if h.Ignored {
				ink = grid.Muted
			}
			c.Text(grid.Sans, ink, title(h))
			if h.New && !p.learning {
				c.Badge(grid.NewHost, fresh)
			}
			if h.Ignored {
				c.Second(grid.Sans, grid.Muted, ignores)
			}
			if h.Label != "" {
				c.Second(grid.Sans, grid.Muted, cmp.Or(h.Router, h.DNS, h.Asked))
			}
		}},
		{ID: "address", Label: lang.L("Address"), Width: 136, MinWidth: 118, Flex: 0.5, Sorts: true, Cell: func(c *grid.Cell, h *api.Host) {
			if h.Addr.IsValid() {
				c.Text(grid.Mono, grid.Plain, h.Addr.String())
			}
		}},
		{ID: "owner", Label: lang.L("Owner"), Width: 180, MinWidth: 120, Flex: 0.7, Spare: 5, Compare: func(a, b *api.Host) int { return strings.Compare(ui.Owner(a.Addr), ui.Owner(b.Addr)) },
			Has: func(h *api.Host) bool { return ui.Owner(h.Addr) != "" }, Cell: func(c *grid.Cell, h *api.Host) {
				c.Text(grid.Sans, grid.Plain, ui.Owner(h.Addr))
			}},
		{ID: "first", Label: lang.L("First seen"), Width: 118, Sorts: true, Down: true, Spare: 4, Cell: func(c *grid.Cell, h *api.Host) {
			c.Text(grid.Sans, grid.Plain, ui.Since(h.First, time.Now()))
		}},
		{ID: "last", Label: lang.L("Last seen"), Width: 118, Sorts: true, Down: true, Spare: 1, Cell: func(c *grid.Cell, h *api.Host) {
			c.Text(grid.Sans, grid.Plain, ui.Last(h.Last, time.Now()))
		}},
		{ID: "matches", Label: lang.L("Matches"), Width: 94, MinWidth: 92, Flex: 0.1, Align: fyne.TextAlignTrailing, Down: true, Compare: func(a, b *api.Host) int { return cmp.Compare(a.Matches, b.Matches) },
			Has: func(h *api.Host) bool { return h.Matches > 0 }, Cell: func(c *grid.Cell, h *api.Host) { number(c, h.Matches) }},
		{ID: "in", Label: lang.L("In"), Width: 76, MinWidth: 52, Flex: 0.1, Align: fyne.TextAlignTrailing, Down: true, Compare: func(a, b *api.Host) int { return cmp.Compare(a.In, b.In) },
			Cell: func(c *grid.Cell, h *api.Host) { number(c, h.In) }},
		{ID: "out", Label: lang.L("Out"), Width: 80, MinWidth: 56, Flex: 0.1, Align: fyne.TextAlignTrailing, Down: true, Compare: func(a, b *api.Host) int { return cmp.Compare(a.Out, b.Out) },
			Cell: func(c *grid.Cell, h *api.Host) { number(c, h.Out) }},
		{ID: "allowed", Label: lang.L("Allowed"), Width: 76, MinWidth: 66, Flex: 0.1, Align: fyne.TextAlignTrailing, Down: true, Compare: func(a, b *api.Host) int { return cmp.Compare(a.Allowed, b.Allowed) },
			Has: hasVerdict, Cell: func(c *grid.Cell, h *api.Host) { verdicts(c, h, h.Allowed) }},
		{ID: "blocked", Label: lang.L("Blocked"), Width: 80, MinWidth: 72, Flex: 0.1, Align: fyne.TextAlignTrailing, Down: true, Compare: func(a, b *api.Host) int { return cmp.Compare(a.Blocked, b.Blocked) },
			Has: hasVerdict, Cell: func(c *grid.Cell, h *api.Host) { verdicts(c, h, h.Blocked) }},
		{ID: "ports", Label: lang.L("Ports"), Width: 132, MinWidth: 56, Flex: 1.5, Spare: 2, Compare: byPort, Cell: func(c *grid.Cell, h *api.Host) {
			c.Text(grid.Mono, grid.Plain, h.PortNumbers())
		}},
		{ID: "device", Label: lang.L("Your device"), Width: 124, MinWidth: 96, Flex: 1, Spare: 3, Compare: byDevice, Cell: func(c *grid.Cell, h *api.Host) {
			switch len(h.Devices) {
			case 0:
			case 1:
				c.Text(grid.Sans, grid.Plain, h.Devices[0].Called())
			default:
				c.Text(grid.Sans, grid.Plain, lang.N("{{.Count}} devices", len(h.Devices), map[string]any{"Count": len(h.Devices)}))
			}
		}},
	}
}

// hasVerdict reports whether the router said what it did.
func hasVerdict(h *api.Host) bool { return h.Allowed+h.Blocked > 0 }

// verdicts writes how often the router did something, if it ever said what it does.
func verdicts(c *grid.Cell, h *api.Host, n uint64) {
	if hasVerdict(h) {
		number(c, n)
	}
}

// number writes a count; none is muted.
func number(c *grid.Cell, n uint64) {
	ink := grid.Plain
	if n == 0 {
		ink = grid.Muted
	}
	c.Text(grid.Mono, ink, ui.Number(n))
}

// title is what a host is called on the screen.
func title(h *api.Host) string { return cmp.Or(h.Name, h.Ref) }
