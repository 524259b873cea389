package view

import (
	"cmp"
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"

	"linklog/app/ui"
	"linklog/assets/origin"
	"linklog/capture"
)

// Column is one column of the log.
type Column struct {
	// ID names it in a Layout; it does not change with the language.
	ID string

	// Label is its name on the screen; Name is that in full, where there is room; "": the same.
	Label, Name string

	// Width is what it has unless the user says otherwise, MinWidth the least, both
	// in Fyne's units.
	Width, MinWidth float32

	// Flex is its part of the room that is left or missing; 0: none.
	Flex float32

	// End is the end of an attempt that it is about, nil: of none. The tip of a cell says who
	// that belongs to.
	End func(ev *capture.Event) *capture.Endpoint

	// Hidden means that it is shown only if the user wants it.
	Hidden bool

	// Spare means that it is left out where there is not room for all.
	Spare bool

	// Offered means that it is there only while the View offers it.
	Offered bool

	// In reports whether an event has something in it. The column is left out until one
	// that was drawn does; nil: it is not.
	In func(ev *capture.Event) bool

	empty bool // nothing was in it yet: see In

	// Attempts means that only connection attempts have something in it. Other
	// events have their message there, from the column with the ID "source" on.
	Attempts bool

	// Compare orders events by it; nil: they cannot be sorted by it.
	Compare func(a, b *capture.Event) int

	// Cell writes what an event has in it.
	Cell func(c *Cell, ev *capture.Event)
}

// Ports knows the names of ports, as filter.Services does.
type Ports interface {
	Name(port uint16, proto capture.Protocol) string
}

// sourceID is the column where messages begin.
const sourceID = "source"

// Columns returns the usual columns. ports may be nil; location is where times are
// shown, nil: the local one.
func Columns(ports Ports, location *time.Location) []Column {
	if location == nil {
		location = time.Local
	}
	return []Column{
		{ID: "time", Label: lang.L("Time"), Width: 80, MinWidth: 70, Compare: func(a, b *capture.Event) int {
			return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Seq, b.Seq))
		}, Cell: func(c *Cell, ev *capture.Event) {
			from, t := len(c.text), ev.Time.In(location)
			if c.dated {
				c.text = append(c.words.date(c.text, t, c.now), ' ')
			}
			c.text = appendClock(c.text, t)
			c.add(from, Mono, Plain, usual, 0)
		}},
		{ID: repeatsID, Label: lang.L("Repeats"), Width: 148, MinWidth: 58, Offered: true, Cell: repeatsCell(location)},
		{ID: "direction", Label: lang.L("Direction"), Width: 66, MinWidth: 48, Compare: func(a, b *capture.Event) int {
			return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Dir, b.Dir))
		}, Cell: directionCell},
		{ID: "verdict", Label: lang.L("Verdict"), Width: 84, MinWidth: 26, Attempts: true, In: func(ev *capture.Event) bool { return ev.Verdict != 0 }, Compare: func(a, b *capture.Event) int {
			return cmp.Compare(a.Verdict, b.Verdict)
		}, Cell: verdictCell},
		{ID: "protocol", Label: lang.L("Protocol"), Width: 58, MinWidth: 44, Attempts: true, Compare: func(a, b *capture.Event) int {
			return strings.Compare(a.Proto.String(), b.Proto.String())
		}, Cell: func(c *Cell, ev *capture.Event) {
			c.label(Sans, Plain, ev.Proto.String())
		}},
		{ID: sourceID, Label: lang.L("Source"), Width: 324, MinWidth: 110, Flex: 0.9, Attempts: true, Compare: func(a, b *capture.Event) int { return compareEnds(&a.Src, &b.Src) }, End: func(ev *capture.Event) *capture.Endpoint { return &ev.Src }, Cell: func(c *Cell, ev *capture.Event) {
			c.of = OfSource
			endCell(c, &ev.Src, ev.New && ev.Dir == capture.In)
		}},
		{ID: "sport", Label: lang.L("Src. port"), Name: lang.L("Source port"), Width: 64, MinWidth: 50, Spare: true, Attempts: true, Compare: func(a, b *capture.Event) int { return cmp.Compare(a.Src.Port, b.Src.Port) }, Cell: func(c *Cell, ev *capture.Event) {
			if HasPorts(ev) {
				c.of = OfSource
				c.Port(Plain, ev.Src.Port)
			}
		}},
		{ID: "destination", Label: lang.L("Destination"), Width: 356, MinWidth: 110, Flex: 1.1, Attempts: true, Compare: func(a, b *capture.Event) int { return compareEnds(&a.Dst, &b.Dst) }, End: func(ev *capture.Event) *capture.Endpoint { return &ev.Dst }, Cell: func(c *Cell, ev *capture.Event) {
			c.of = OfDestination
			endCell(c, &ev.Dst, ev.New && ev.Dir != capture.In)
		}},
		{ID: "dport", Label: lang.L("Dest. port"), Name: lang.L("Destination port"), Width: 142, MinWidth: 60, Attempts: true, Compare: func(a, b *capture.Event) int { return cmp.Compare(a.Dst.Port, b.Dst.Port) }, Cell: func(c *Cell, ev *capture.Event) {
			if !HasPorts(ev) {
				return
			}
			c.of = OfDestination
			ink := Plain
			if ports != nil {
				if name := ports.Name(ev.Dst.Port, ev.Proto); name != "" {
					c.Text(Mono, Plain, name)
					ink = Muted
				}
			}
			c.Port(ink, ev.Dst.Port)
		}},
		{ID: "owner", Label: lang.L("Owner"), Width: 170, MinWidth: 70, Flex: 0.4, Hidden: true, Spare: true, Attempts: true, Compare: func(a, b *capture.Event) int { return strings.Compare(ofRemote(a).Owner, ofRemote(b).Owner) }, Cell: func(c *Cell, ev *capture.Event) {
			c.Text(Sans, Plain, ofRemote(ev).Owner)
		}},
		{ID: "country", Label: lang.L("Country"), Width: 58, MinWidth: 40, Hidden: true, Spare: true, Attempts: true, Compare: func(a, b *capture.Event) int { return strings.Compare(ofRemote(a).Country, ofRemote(b).Country) }, Cell: func(c *Cell, ev *capture.Event) {
			c.Text(Sans, Muted, ofRemote(ev).Country)
		}},
		sentColumn("up", lang.L("Up"), lang.L("Sent from home"), func(ev *capture.Event) uint64 { up, _ := ev.UpDown(); return up.Bytes }),
		sentColumn("down", lang.L("Down"), lang.L("Sent to home"), func(ev *capture.Event) uint64 { _, down := ev.UpDown(); return down.Bytes }),
		{ID: "router", Label: lang.L("Router"), Width: 110, MinWidth: 60, Hidden: true, Compare: func(a, b *capture.Event) int {
			return cmp.Or(strings.Compare(a.RouterName, b.RouterName), a.Router.Compare(b.Router))
		}, Cell: func(c *Cell, ev *capture.Event) {
			if ev.RouterName != "" {
				c.Text(Sans, Muted, ev.RouterName)
				return
			}
			c.Addr(Muted, ev.Router)
		}},
	}
}

// sentColumn is one of how much was sent one way, 0: that is not known.
func sentColumn(id, label, name string, sent func(ev *capture.Event) uint64) Column {
	point := lang.X("digits.point", ".")
	return Column{
		ID: id, Label: label, Name: name, Width: 78, MinWidth: 64, Spare: true, Attempts: true,
		In:      func(ev *capture.Event) bool { return sent(ev) > 0 },
		Compare: func(a, b *capture.Event) int { return cmp.Compare(sent(a), sent(b)) },
		Cell: func(c *Cell, ev *capture.Event) {
			if n := sent(ev); n > 0 {
				from := len(c.text)
				c.text = ui.AppendVolume(c.text, n, point)
				c.add(from, Mono, Plain, usual, 0)
			}
		},
	}
}

// ofRemote says who the end outside of the home network belongs to; where the direction is not
// known, the destination.
func ofRemote(ev *capture.Event) origin.Origin {
	if ev.Dir == capture.In {
		return origin.Of(ev.Src.Addr)
	}
	return origin.Of(ev.Dst.Addr)
}

// HasPorts reports whether the ports of an attempt say something: those of a ping
// are 0.
func HasPorts(ev *capture.Event) bool {
	return ev.Src.Port != 0 || ev.Dst.Port != 0
}

func directionCell(c *Cell, ev *capture.Event) {
	switch {
	case ev.Kind == capture.Gap:
		c.label(Bold, Inbound, c.words.kinds[capture.Gap])
	case ev.Kind != capture.Traffic:
		if int(ev.Kind) < len(c.words.kinds) {
			c.label(Sans, Muted, c.words.kinds[ev.Kind])
		}
	case ev.Dir == capture.In:
		c.shape(arrowIn, Inbound)
		c.label(Bold, Inbound, c.words.in)
	case ev.Dir == capture.Out:
		c.shape(arrowOut, Muted)
		c.label(Sans, Muted, c.words.out)
	}
}

// verdictCell shows by shape and word what the router did; where there is not room for
// the word, by the shape. What was let in stands out.
func verdictCell(c *Cell, ev *capture.Event) {
	font, ink := Sans, Muted
	switch {
	case ev.Verdict == capture.Blocked:
		c.shape(stop, Plain)
		font, ink = Bold, Plain
	case ev.Verdict != capture.Allowed:
		return
	case ev.Dir == capture.In:
		c.shape(check, Inbound)
		font, ink = Bold, Inbound
	default:
		c.shape(check, Muted)
	}
	from := len(c.text)
	c.text = append(c.text, c.words.verdicts[ev.Verdict]...)
	c.add(from, font, ink, optional, 0)
}

func endCell(c *Cell, e *capture.Endpoint, fresh bool) {
	ink := Plain
	if e.Name != "" {
		c.Name(Plain, e.Name)
		ink = Muted
	}
	c.Addr(ink, e.Addr)
	if fresh {
		c.Badge(NewHost, c.words.fresh)
	}
}

// message is what is shown of an event that is no attempt.
func message(c *Cell, ev *capture.Event) {
	switch ev.Kind {
	case capture.Gap:
		if ev.Text != "" {
			c.Text(Sans, Plain, c.words.gap(ev.Text))
		}
		if ev.Lost > 0 {
			c.Number(Mono, Inbound, ev.Lost)
			c.label(Sans, Inbound, c.words.missing)
		}
	case capture.Other, capture.Rejected:
		if ev.Text != "" {
			c.Text(Sans, Plain, ev.Text)
		}
		c.label(Sans, Muted, c.words.reasons[ev.Reason])
	case capture.WAN:
		c.Text(Sans, Plain, ev.Text)
		if ev.Text == "" {
			c.Addr(Plain, ev.Dst.Addr)
		}
	default:
		c.Text(Sans, Plain, ev.Text)
	}
}

// appendClock writes the time of day.
func appendClock(b []byte, t time.Time) []byte {
	h, m, s := t.Clock()
	return append(b, byte('0'+h/10), byte('0'+h%10), ':', byte('0'+m/10), byte('0'+m%10), ':', byte('0'+s/10), byte('0'+s%10))
}
