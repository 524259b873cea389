package log

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"linklog/app/log/view"
	"linklog/app/ui"
	"linklog/capture"
	"linklog/format/services"
	"linklog/service/api"
	"linklog/service/client"
)

// detail shows below the log what is known of the row that is chosen.
type detail struct {
	page  *Page
	event capture.Event
	named string // how its host got its name; "": that is not known
	asked int    // counts questions about hosts: an answer to an older one is dropped

	title   *ui.Themed
	address *ui.Themed
	verdict *ui.Themed
	story   *widget.Label
	host    *widget.Label
	facts   *widget.Label
	only    *ui.Button
	all     *ui.Button // there is to know about the host
	ignore  *ui.Button
	content *ui.Panel
}

func newDetail(p *Page) *detail {
	d := &detail{page: p}
	d.title, d.address, d.verdict = ui.NewHead("", 14).Cutting(), ui.NewAddress(), ui.NewHead("", 12)
	d.story, d.host, d.facts = ui.NewMuted(""), ui.NewMuted(""), ui.NewMuted("")
	d.only = ui.NewButton(lang.L("Only this host"), func() { p.only(d.event) })
	d.all = ui.NewButton(lang.L("All about it"), func() {
		remote, _ := ends(&d.event)
		p.c.OpenHost(refOf(remote))
	})
	d.ignore = ui.NewButton(lang.L("Ignore host"), func() {
		remote, _ := ends(&d.event)
		p.ignore(remote)
	})
	head := container.NewVBox(d.title, container.NewHBox(d.address, d.verdict))
	left := container.New(layout.NewCustomPaddedVBoxLayout(0), container.New(layout.NewCustomPaddedLayout(6, 0, 8, 8), head), d.story)
	columns := container.New(layout.NewCustomPaddedLayout(4, 0, 6, 6), ui.Spread(fyne.NewSize(200, detailHeight-5), 170,
		ui.Column{CanvasObject: left, Part: 0.40}, ui.Column{CanvasObject: d.host, Part: 0.30}, ui.Column{CanvasObject: d.facts, Part: 0.30}))
	buttons := container.NewVBox(layout.NewSpacer(), d.only, d.all, d.ignore, layout.NewSpacer())
	d.content = ui.SidePanel(container.NewBorder(ui.Line(), nil, nil, container.New(layout.NewCustomPaddedLayout(4, 4, 4, 12), buttons), columns))
	d.content.Hide()
	return d
}

// detailHeight is how high it is.
const detailHeight = 112

func (d *detail) clear() {
	d.asked++
	if d.content.Visible() {
		d.content.Hide()
		d.page.content.Refresh()
	}
}

// show describes an event.
func (d *detail) show(ev capture.Event) {
	d.event, d.named = ev, ""
	d.asked++
	verdict := ""
	switch ev.Verdict {
	case capture.Allowed:
		verdict = lang.L("allowed")
	case capture.Blocked:
		verdict = lang.L("blocked")
	}
	d.verdict.SetText(verdict)
	if !d.content.Visible() {
		d.content.Show()
		d.page.content.Refresh()
	}
	if ev.Kind != capture.Traffic {
		d.title.SetText(kindTitle(ev.Kind))
		d.address.SetText("")
		story := ev.Text
		if ev.Kind == capture.Gap {
			story = ui.Say(capture.Wording(ev.Text))
		}
		d.story.SetText(strings.TrimSpace(story + "\n" + ui.Reason(ev.Reason)))
		d.host.SetText("")
		if ev.Kind == capture.Gap && !ev.Since.IsZero() {
			d.host.SetText(lang.L("from {{.From}} to {{.To}}", map[string]any{"From": moment(ev.Since), "To": moment(ev.Time)}))
		}
		d.facts.SetText(d.about(&ev))
		d.only.Disable()
		d.all.Disable()
		d.ignore.Disable()
		return
	}
	d.only.Enable()
	d.all.Enable()
	d.ignore.Enable()
	remote, device := ends(&ev)
	d.title.SetText(nameOf(remote))
	d.address.SetText("")
	if remote.Name != "" && remote.Addr.IsValid() {
		d.address.SetText(remote.Addr.String())
	}
	d.story.SetText(d.attempt(&ev, device))
	d.host.SetText(strings.Join(whose(remote), "\n"))
	d.facts.SetText(d.about(&ev))
	d.ask(remote)
	d.askSent()
}

// askSent asks how much was sent by now: of what came as it happened that is not known, or only as of then.
func (d *detail) askSent() {
	asked, seq := d.asked, d.event.Seq
	if d.event.Import != 0 || seq == 0 {
		return
	}
	src, dst := d.event.Src.Sent, d.event.Dst.Sent
	d.page.c.Background(func(ctx context.Context) error {
		q := client.Query{Filter: "bytes:*", After: seq - 1, Before: seq + 1}
		return d.page.c.Client.Events(ctx, q, func(ev *capture.Event) error {
			if ev.Seq == seq {
				src, dst = ev.Src.Sent, ev.Dst.Sent
			}
			return nil
		})
	}, func(err error) {
		if err == nil && asked == d.asked {
			d.event.Src.Sent, d.event.Dst.Sent = src, dst
			d.showFacts()
		}
	})
}

// showFacts shows where the event comes from, and how its host got its name if that is known.
func (d *detail) showFacts() {
	lines := []string{d.about(&d.event)}
	if d.named != "" {
		lines = append(lines, d.named)
	}
	d.facts.SetText(strings.Join(lines, "\n"))
}

// attempt says what a device and the host, whose name is above it, had to do with each other.
func (d *detail) attempt(ev *capture.Event, device *capture.Endpoint) string {
	values := map[string]any{"Device": both(device), "By": ev.Proto.String()}
	if !view.HasPorts(ev) {
		if ev.Dir == capture.In {
			return lang.L("tried to reach {{.Device}} by {{.By}}", values)
		}
		return lang.L("{{.Device}} tried to reach it by {{.By}}", values)
	}
	values["Port"] = ev.Dst.Port
	if name := d.page.c.Services.Name(ev.Dst.Port, ev.Proto); name != "" {
		values["By"] = name + ", " + ev.Proto.String()
	}
	if ev.Dir == capture.In {
		return lang.L("tried to reach {{.Device}} on port {{.Port}} ({{.By}})", values)
	}
	return lang.L("{{.Device}} tried to reach it on port {{.Port}} ({{.By}})", values)
}

// moment is a time, with its year whichever it is.
func moment(t time.Time) string {
	return t.Local().Format("15:04:05, ") + ui.Day(t.Local(), time.Time{})
}

// about says when an event was, and where it comes from.
func (d *detail) about(ev *capture.Event) string {
	lines := []string{moment(ev.Time)}
	if ev.Router.IsValid() {
		router := ev.Router.String()
		if ev.RouterName != "" {
			router = ev.RouterName + " (" + router + ")"
		}
		lines = append(lines, lang.L("Router {{.Router}}", map[string]any{"Router": router}))
	}
	if up, down := ev.UpDown(); ev.Volume().Bytes > 0 {
		lines = append(lines, lang.L("Sent: {{.Up}} up, {{.Down}} down", map[string]any{"Up": ui.Volume(up.Bytes), "Down": ui.Volume(down.Bytes)}))
	}
	lines = append(lines, lang.L("Event {{.Seq}}", map[string]any{"Seq": ui.Number(ev.Seq)}))
	if ev.Kind == capture.Traffic && ev.Text != "" {
		lines = append(lines, ev.Text)
	}
	if risk := services.Risk(ev); !risk.IsZero() {
		lines = append(lines, ui.Say(risk))
	}
	return strings.Join(lines, "\n")
}

// whose says to whom a host belongs, and on which lists it is.
func whose(host *capture.Endpoint) (lines []string) {
	if of := owner(host); of != "" {
		lines = append(lines, of)
	}
	return append(lines, onLists(host)...)
}

// owner says who a host belongs to.
func owner(host *capture.Endpoint) string {
	of := ui.Owner(host.Addr)
	if of == "" {
		return ""
	}
	return lang.L("Owner: {{.Owner}}", map[string]any{"Owner": of})
}

// ask asks what is known of a host.
func (d *detail) ask(remote *capture.Endpoint) {
	asked, ref := d.asked, refOf(remote)
	var host api.Host
	known := false
	d.page.c.Background(func(ctx context.Context) (err error) {
		host, known, err = d.page.c.Client.Host(ctx, ref)
		return err
	}, func(err error) {
		if err != nil || !known || asked != d.asked {
			return
		}
		var ports []string
		for _, p := range host.Ports {
			if text := strconv.Itoa(int(p.Port)); len(ports) < 6 && p.Port != 0 && !slices.Contains(ports, text) {
				ports = append(ports, text)
			}
		}
		known := []string{
			lang.L("First seen {{.Time}}", map[string]any{"Time": ui.Since(host.First, time.Now())}),
			lang.L("Attempts: {{.In}} in, {{.Out}} out", map[string]any{"In": ui.Number(host.In), "Out": ui.Number(host.Out)}),
		}
		if host.Allowed+host.Blocked > 0 {
			known = append(known, lang.L("{{.Allowed}} allowed, {{.Blocked}} blocked", map[string]any{"Allowed": ui.Number(host.Allowed), "Blocked": ui.Number(host.Blocked)}))
		}
		known = append(whose(remote), known...)
		if n := len(ports); n > 0 {
			known = append(known, lang.N("Port {{.Ports}}", n, map[string]any{"Ports": strings.Join(ports, ", ")}))
		}
		d.host.SetText(strings.Join(known, "\n"))
		switch {
		case host.Label != "":
			d.named = lang.L("Name given by you")
		case host.Names.Router != "":
			d.named = lang.L("Name from the router")
		case host.DNS != "":
			d.named = lang.L("Name from reverse DNS")
		}
		d.showFacts()
		if host.Ignored {
			d.ignore.Disable()
		}
	})
}

// both is a name with its address behind it.
func both(end *capture.Endpoint) string {
	if end.Name != "" && end.Addr.IsValid() {
		return fmt.Sprintf("%s (%s)", end.Name, end.Addr)
	}
	return nameOf(end)
}

func kindTitle(k capture.Kind) string {
	switch k {
	case capture.System:
		return lang.L("Message from the router")
	case capture.WAN:
		return lang.L("Public IP address of the router")
	case capture.Gap:
		return lang.L("Some events are missing")
	case capture.Rejected:
		return lang.L("Unreadable message")
	}
	return lang.L("Unknown message")
}
