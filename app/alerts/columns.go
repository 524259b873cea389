package alerts

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"linklog/app/ui"
	"linklog/app/ui/grid"
	"linklog/service/api"
)

func keyOfAlert(a *api.Alert) string { return strconv.FormatUint(a.ID, 10) }
func keyOfRule(r *api.Rule) string   { return r.Builtin + "\n" + r.Name }

func toldColumns() []grid.Column[api.Alert] {
	return []grid.Column[api.Alert]{
		{ID: "time", Label: lang.L("Time"), Width: 130, Down: true, Compare: func(a, b *api.Alert) int { return cmp.Compare(a.ID, b.ID) },
			Cell: func(c *grid.Cell, a *api.Alert) { c.Text(grid.Sans, grid.Plain, ui.Since(a.Time, time.Now())) }},
		{ID: "what", Label: lang.L("Alert"), Width: 220, MinWidth: 130, Flex: 1, Compare: func(a, b *api.Alert) int { return strings.Compare(titleOf(a), titleOf(b)) },
			Cell: func(c *grid.Cell, a *api.Alert) { c.Text(grid.Sans, grid.Plain, titleOf(a)) }},
		{ID: "about", Label: lang.L("About"), Width: 300, MinWidth: 140, Flex: 2, Compare: func(a, b *api.Alert) int { return strings.Compare(bodyOf(a), bodyOf(b)) },
			Cell: func(c *grid.Cell, a *api.Alert) { c.Text(grid.Sans, grid.Muted, bodyOf(a)) }},
		{ID: "where", Label: lang.L("Delivered"), Width: 150, MinWidth: 90, Flex: 0.5, Spare: 1, Compare: func(a, b *api.Alert) int { return strings.Compare(deliveredTo(a), deliveredTo(b)) }, Has: func(a *api.Alert) bool { return deliveredTo(a) != "" },
			Cell: func(c *grid.Cell, a *api.Alert) { c.Text(grid.Sans, grid.Muted, deliveredTo(a)) }},
	}
}

func titleOf(a *api.Alert) string { title, _ := Text(a); return title }
func bodyOf(a *api.Alert) string  { _, body := Text(a); return body }

// deliveredTo says what became of an alert.
func deliveredTo(a *api.Alert) string {
	if a.Muted {
		return lang.L("muted")
	}
	var all []string
	for _, d := range a.Deliveries {
		values := map[string]any{"Outlet": d.Outlet}
		switch d.State {
		case "delivered":
			all = append(all, d.Outlet)
		case "failed":
			all = append(all, lang.L("{{.Outlet}}: failed", values))
		default:
			all = append(all, lang.L("{{.Outlet}}: waiting", values))
		}
	}
	return strings.Join(all, ", ")
}

func ruleColumns() []grid.Column[api.Rule] {
	return []grid.Column[api.Rule]{
		{ID: "on", Label: lang.L("On"), Width: 60, Compare: func(a, b *api.Rule) int { return strings.Compare(onOf(a), onOf(b)) },
			Cell: func(c *grid.Cell, r *api.Rule) { c.Text(grid.Sans, ink(r), onOf(r)) }},
		{ID: "name", Label: lang.L("Rule"), Width: 220, MinWidth: 120, Flex: 1, Compare: byBuiltin,
			Cell: func(c *grid.Cell, r *api.Rule) { c.Text(grid.Sans, ink(r), nameOf(r)) }},
		{ID: "when", Label: lang.L("When"), Width: 180, MinWidth: 100, Flex: 1, Compare: func(a, b *api.Rule) int { return strings.Compare(whenOf(a), whenOf(b)) },
			Cell: func(c *grid.Cell, r *api.Rule) { c.Text(grid.Sans, grid.Muted, cmp.Or(r.Error, whenOf(r))) }},
		{ID: "filter", Label: lang.L("Filter"), Width: 200, MinWidth: 100, Flex: 1, Spare: 1, Compare: func(a, b *api.Rule) int { return strings.Compare(a.Filter, b.Filter) },
			Cell: func(c *grid.Cell, r *api.Rule) { c.Text(grid.Mono, grid.Muted, r.Filter) }},
		{ID: "told", Label: lang.L("Told"), Width: 74, Align: fyne.TextAlignTrailing, Down: true, Compare: func(a, b *api.Rule) int { return cmp.Compare(timesOf(a), timesOf(b)) },
			Cell: func(c *grid.Cell, r *api.Rule) { c.Text(grid.Sans, grid.Plain, ui.Number(timesOf(r))) }},
		{ID: "last", Label: lang.L("Last time"), Width: 118, Spare: 2, Down: true, Compare: func(a, b *api.Rule) int { return a.Last.Compare(b.Last) },
			Cell: func(c *grid.Cell, r *api.Rule) {
				if !r.Last.IsZero() {
					c.Text(grid.Sans, grid.Muted, ui.Last(r.Last, time.Now()))
				}
			}},
	}
}

func ink(r *api.Rule) grid.Ink {
	if !r.On {
		return grid.Muted
	}
	return grid.Plain
}

func onOf(r *api.Rule) string {
	if r.On {
		return lang.L("On")
	}
	return lang.L("Off")
}

// byBuiltin puts the user's rules first.
func byBuiltin(a, b *api.Rule) int {
	return cmp.Or(strings.Compare(a.Builtin, b.Builtin), strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)))
}

// nameOf is what a rule is called.
func nameOf(r *api.Rule) string {
	switch r.Builtin {
	case "":
		return r.Name
	case "new-host":
		return lang.L("New host")
	case "public-address":
		return lang.L("New public IP address")
	case "listed":
		return lang.L("Listed address")
	case "new-device":
		return lang.L("New device")
	case "port-scan":
		return lang.L("Port scan")
	case "router-silent":
		return lang.L("A router fell silent")
	case "trouble":
		return lang.L("LinkLog has a problem")
	}
	return r.Builtin
}

// timesOf is how often a rule told, or left something out.
func timesOf(r *api.Rule) uint64 {
	if r.DoNotRecord {
		return r.Unrecorded
	}
	return r.Told
}

// whenOf is when a rule tells, in words.
func whenOf(r *api.Rule) string {
	switch {
	case r.DoNotRecord && r.Hours != "":
		return lang.L("do not record, {{.Hours}}", map[string]any{"Hours": r.Hours})
	case r.DoNotRecord:
		return lang.L("do not record")
	}
	if r.Builtin != "" {
		return lang.L("built in")
	}
	k, values := kindOf(r.When), map[string]any{}
	values["Count"], values["Time"] = k.count, k.span
	switch k.kind {
	case 1:
		return lang.L("first for this host")
	case 2:
		return lang.L("first for this device and host")
	case 3:
		return lang.L("first for this device and owner")
	case 4:
		return lang.L("more than {{.Count}} in {{.Time}}", values)
	case 5:
		return lang.L("nothing for {{.Time}}", values)
	}
	return lang.L("always")
}

func outletColumns() []grid.Column[api.Outlet] {
	return []grid.Column[api.Outlet]{
		{ID: "name", Label: lang.L("Outlet"), Width: 150, MinWidth: 100, Flex: 1, Compare: func(a, b *api.Outlet) int { return strings.Compare(a.Name, b.Name) },
			Cell: func(c *grid.Cell, o *api.Outlet) { c.Text(grid.Sans, grid.Plain, o.Name) }},
		{ID: "type", Label: lang.L("Type"), Width: 90, Compare: func(a, b *api.Outlet) int { return strings.Compare(a.Type, b.Type) },
			Cell: func(c *grid.Cell, o *api.Outlet) { c.Text(grid.Sans, grid.Muted, o.Type) }},
		{ID: "sent", Label: lang.L("Sent"), Width: 70, Align: fyne.TextAlignTrailing, Down: true, Compare: func(a, b *api.Outlet) int { return cmp.Compare(a.Sent, b.Sent) },
			Cell: func(c *grid.Cell, o *api.Outlet) { c.Text(grid.Sans, grid.Plain, ui.Number(o.Sent)) }},
		{ID: "waiting", Label: lang.L("Waiting"), Width: 80, Spare: 1, Align: fyne.TextAlignTrailing, Down: true, Compare: func(a, b *api.Outlet) int { return cmp.Compare(a.Waiting, b.Waiting) },
			Cell: func(c *grid.Cell, o *api.Outlet) { c.Text(grid.Sans, grid.Plain, ui.Number(uint64(o.Waiting))) }},
		{ID: "state", Label: lang.L("State"), Width: 300, MinWidth: 140, Flex: 2, Compare: func(a, b *api.Outlet) int { return strings.Compare(a.Error, b.Error) },
			Cell: func(c *grid.Cell, o *api.Outlet) { c.Text(grid.Sans, grid.Muted, stateOf(o)) }},
	}
}

// stateOf says whether an outlet works.
func stateOf(o *api.Outlet) string {
	switch {
	case o.Reason != nil:
		return ui.Say(*o.Reason)
	case o.Error != "":
		return o.Error
	case o.Last.IsZero():
		return lang.L("not used yet")
	}
	return lang.L("works")
}
