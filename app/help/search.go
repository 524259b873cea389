package help

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/filter"
)

// examples are searches to begin with.
func examples() [][2]string {
	return [][2]string{
		{"apple", lang.L("the word anywhere: in names, addresses, services or messages")},
		{"dst:17.* port:443", lang.L("both must match")},
		{"port:80,443,8000-8999", lang.L("any of them may match")},
		{"dir:in !port:ntp", lang.L("inbound, but not this")},
		{"!host:*.apple.com,*.icloud.com", lang.L("neither of the two; * stands for any text")},
		{`text:"new firmware"`, lang.L("quotes keep words together")},
		{"is:new", lang.L("only the first time a host is seen")},
	}
}

// search explains the search text: by examples, then field by field.
func (p *Page) search() []fyne.CanvasObject {
	parts := []fyne.CanvasObject{
		title(lang.L("How to search")),
		paragraph(lang.L("Type words, or a field and the value it must have. Each part narrows the search further; an ! in front excludes. The same text works in the search box, in filters, in the ignore list and on the command line.")),
	}
	for _, x := range examples() {
		parts = append(parts, pair(250, p.try(x[0]), muted(x[1])))
	}
	parts = append(parts, title(lang.L("Fields")))
	for _, f := range filter.Fields() {
		if len(f.Keys) == 0 {
			continue
		}
		example := f.Keys[0] + ":" + f.Example
		if f.Bool {
			example = "is:" + f.Name
		}
		if f.Name == "any" {
			example = f.Example
		}
		name := widget.NewLabel(lang.L(f.Label))
		name.TextStyle.Bold, name.Wrapping = true, fyne.TextWrapWord
		parts = append(parts, ui.Line(), pair(250, p.try(quoted(f, example)), ui.Close(name, muted(lang.L(f.Help)))))
	}
	return parts
}

// quoted is an example as it is written in a search text, where spaces separate.
func quoted(f filter.Field, example string) string {
	var x filter.Filter
	if err := x.Set(f.Name, f.Example); err == nil {
		if text := x.String(); text != "" {
			return text
		}
	}
	return example
}

// try is an example that is searched for when it is tapped.
func (p *Page) try(query string) fyne.CanvasObject {
	if p.context.ShowLog == nil {
		return ui.Mono(query)
	}
	l := ui.NewLink(query, func() { p.context.ShowLog(query) })
	l.TextStyle.Monospace, l.Wrapping = true, fyne.TextWrapWord
	return l
}

func muted(text string) fyne.CanvasObject { return ui.NewMuted(text) }
