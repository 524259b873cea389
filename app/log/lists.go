package log

import (
	"fyne.io/fyne/v2/lang"

	"linklog/assets/listed"
	"linklog/capture"
)

// LooksChanged is called when different lists of addresses, owners or own networks are used than before.
func (p *Page) LooksChanged() {
	if p.filter.List != "" || p.filter.Owner != "" || p.filter.Country != "" {
		p.again()
	}
	p.selected()
}

// onLists are sentences about the lists that a host is on, each with what stands there.
func onLists(host *capture.Endpoint) (lines []string) {
	listed.Each(host.Addr, host.Name, func(h listed.Hit) bool {
		lines = append(lines, lang.L("On the list {{.List}}: {{.Entry}}", map[string]any{"List": h.Name, "Entry": h.Entry()}))
		return true
	})
	return lines
}
