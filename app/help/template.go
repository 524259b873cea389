package help

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"linklog/app/ui"
)

// templates are examples of templates.
func templates() [][2]string {
	return [][2]string{
		{"%t %s -> %d:%D", lang.L("time, source, destination and its port")},
		{"%{time:2006-01-02 15:04} %i %p", lang.L("the time as you like it: how would 2 January 2006, 15:04:05 look?")},
		{"%{src.ip} -> %{dst.ip}:%{dst.port}", lang.L("long tokens, about the source and the destination")},
		{"%{verdict} %{router} %{text}", lang.L("allowed or blocked, the router, and what it said")},
	}
}

// template explains templates.
func template() []fyne.CanvasObject {
	parts := []fyne.CanvasObject{
		title(lang.L("How a line looks")),
		paragraph(lang.L("Lines that are copied from the log or exported as text are written by a template. Its text stays as it is; tokens, which begin with %, become parts of the event. The page Template lists them, inserts them with a click, and shows what the template makes of the latest events.")),
	}
	for _, x := range templates() {
		example := ui.Mono(x[0])
		example.Wrapping = fyne.TextWrapWord
		parts = append(parts, pair(210, example, muted(x[1])))
	}
	return append(parts,
		title(lang.L("Presets")),
		paragraph(lang.L("Presets are templates to begin with. Save as… keeps your own among them; each can be removed, and the built-in ones can be brought back.")),
		paragraph(lang.L("The command takes the same templates: linklog --template.")),
	)
}
