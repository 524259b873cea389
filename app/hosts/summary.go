package hosts

import (
	"time"

	"fyne.io/fyne/v2/lang"

	"linklog/app/ui"
	"linklog/service/api"
)

// summary is the line below the title, about so many hosts that are shown.
func (p *Page) summary(s *api.Status, shown int) string {
	if p.wish.search != "" {
		return lang.N("{{.Shown}} of {{.Known}} hosts match: {{.Search}}", shown, map[string]any{"Shown": ui.Number(uint64(shown)), "Known": ui.Number(uint64(s.Hosts)), "Search": p.wish.search})
	}
	values := map[string]any{"New": ui.Number(uint64(s.NewHosts)), "Known": ui.Number(uint64(s.Hosts))}
	text := lang.L("{{.New}} new since you last looked. {{.Known}} known.", values)
	switch {
	case s.IsLearning():
		text = lang.L("{{.Known}} known.", values)
	case s.NewHosts == 0:
		text = lang.L("No new hosts since you last looked. {{.Known}} known.", values)
	}
	if s.IsLearning() {
		text += " " + lang.L("Still learning: no new-host alerts until {{.Time}}.", map[string]any{"Time": ui.Last(s.Learning, time.Now())})
	}
	return text
}

// nothing says why the list is empty.
func (p *Page) nothing(s *api.Status) string {
	switch {
	case p.wish.search != "" && p.wish.which == onlyNew:
		return lang.L("No new host has events that match “{{.Text}}”.", map[string]any{"Text": p.wish.search})
	case p.wish.search != "" && p.wish.which == ignored:
		return lang.L("No ignored host has events that match “{{.Text}}”.", map[string]any{"Text": p.wish.search})
	case p.wish.search != "":
		return lang.L("No host has events that match “{{.Text}}”.", map[string]any{"Text": p.wish.search})
	case p.wish.host != "":
		return lang.L("No attempts of {{.Host}} are known.", map[string]any{"Host": p.wish.host})
	case p.wish.group != nil && p.wish.which == all:
		return lang.L("No host of this group is left.")
	case p.wish.which == onlyNew:
		return lang.L("No new hosts since you last looked.")
	case p.wish.which == ignored:
		return lang.L("No host is ignored.")
	case p.wish.device.IsValid():
		return lang.L("No attempts of this device are known.")
	}
	return lang.L("No hosts yet. They appear with the first message from the router.")
}
