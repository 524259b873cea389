package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"linklog/assets/origin"
	"linklog/capture"
	"linklog/format/services"
	"linklog/service/api"
)

// tally counts attempts as they come, by one thing, for linklog top.
type tally struct {
	by       *dimension
	services *services.Table
	lines    map[string]*tallied
	total    uint64
	gone     uint64 // attempts of lines that were let go of
}

// tallied is a line of it.
type tallied struct {
	values           []any // of the dimension
	count, in, out   uint64
	allowed, blocked uint64
	last             time.Time
	parts            [minuteParts]uint32 // of the last minute, by the number of the part
	newest           int64               // the number of the newest part

	// What a table is sorted by, made once for each.
	minute uint64 // attempts in the last one
	text   string // of the values
}

// The last minute is counted in parts, so that it is one at any time, about.
const (
	minuteParts = 12
	minutePart  = time.Minute / minuteParts
)

// maxTallied bounds the lines: of more, those with the fewest attempts are let go of.
const maxTallied = 20_000

// add counts an attempt. One that says it is from later is one of now.
func (t *tally) add(ev *capture.Event, now time.Time) {
	if ev.Kind != capture.Traffic {
		return
	}
	g := api.Group{Direction: ev.Dir.String(), Protocol: ev.Proto.String(), Verdict: ev.Verdict.String(), DestPort: &ev.Dst.Port, Service: t.services.Name(ev.Dst.Port, ev.Proto)}
	g.RouterHost = ev.RouterName
	if ev.Router.IsValid() {
		g.Router = ev.Router.String()
	}
	remote, local := &ev.Src, &ev.Dst
	if ev.Dir == capture.Out {
		remote, local = local, remote
	}
	g.Remote = &api.NamedIP{Addr: remote.Addr, MAC: remote.MAC.String(), Name: remote.Name}
	g.Local = &api.NamedIP{Addr: local.Addr, MAC: local.MAC.String(), Name: local.Name}
	switch t.by.name {
	case "owner", "country":
		of := origin.Of(remote.Addr)
		g.Owner, g.Country = of.Owner, of.Country
	case "category":
		g.Category = t.services.Category(ev.Dst.Port, ev.Proto)
	case "domain":
		g.Domain = origin.Domain(remote.Name)
	}
	values := t.by.values(&g)
	key := t.by.id(&g, values)
	l := t.lines[key]
	if l == nil {
		if len(t.lines) >= maxTallied {
			t.shrink()
		}
		l = &tallied{}
		if t.lines == nil {
			t.lines = make(map[string]*tallied)
		}
		t.lines[key] = l
	}
	l.values = values // with the newest name
	l.count++
	t.total++
	switch ev.Dir {
	case capture.In:
		l.in++
	case capture.Out:
		l.out++
	}
	switch ev.Verdict {
	case capture.Allowed:
		l.allowed++
	case capture.Blocked:
		l.blocked++
	}
	at := ev.Time
	if at.After(now) {
		at = now
	}
	if at.After(l.last) {
		l.last = at
	}
	part := partOf(at)
	l.turn(part)
	if part > l.newest-minuteParts {
		*l.part(part)++
	}
}

// partOf is the number of a part of a minute.
func partOf(t time.Time) int64 { return t.UnixNano() / int64(minutePart) }

func (l *tallied) part(n int64) *uint32 { return &l.parts[uint64(n)%minuteParts] }

// turn lets go of the parts that are more than a minute before another.
func (l *tallied) turn(part int64) {
	if part-l.newest >= minuteParts {
		l.parts = [minuteParts]uint32{}
		l.newest = part
	}
	for ; l.newest < part; l.newest++ {
		*l.part(l.newest + 1) = 0
	}
}

// prepare makes what the line of a table of now is sorted by.
func (l *tallied) prepare(now time.Time) {
	copied := *l
	copied.turn(partOf(now))
	l.minute = 0
	for _, p := range copied.parts {
		l.minute += uint64(p)
	}
	l.text = fmt.Sprint(l.values...)
}

// shrink lets go of the half of the lines with the fewest attempts.
func (t *tally) shrink() {
	counts := make([]uint64, 0, len(t.lines))
	for _, l := range t.lines {
		counts = append(counts, l.count)
	}
	slices.Sort(counts)
	most := counts[len(counts)/2]
	for key, l := range t.lines {
		if l.count <= most && len(t.lines) > maxTallied/2 {
			t.gone += l.count
			delete(t.lines, key)
		}
	}
}

// order is what the lines are sorted by.
type order struct {
	key     byte // that chooses it
	name    string
	compare func(a, b *tallied) int // first the one to be shown first
}

// orders are all of them, the usual one first.
var orders = [...]order{
	{'m', "minute", func(a, b *tallied) int { return cmp.Compare(b.minute, a.minute) }},
	{'t', "total", func(a, b *tallied) int { return cmp.Compare(b.count, a.count) }},
	{'i', "in", func(a, b *tallied) int { return cmp.Compare(b.in, a.in) }},
	{'o', "out", func(a, b *tallied) int { return cmp.Compare(b.out, a.out) }},
	{'a', "allowed", func(a, b *tallied) int { return cmp.Compare(b.allowed, a.allowed) }},
	{'b', "blocked", func(a, b *tallied) int { return cmp.Compare(b.blocked, a.blocked) }},
	{'l', "last", func(a, b *tallied) int { return b.last.Compare(a.last) }},
	{'n', "name", func(a, b *tallied) int {
		return strings.Compare(strings.ToLower(a.text), strings.ToLower(b.text))
	}},
}

func orderNames() (names []string) {
	for _, o := range orders {
		names = append(names, o.name)
	}
	return names
}

// top is a table of the first n lines; 0: all.
func (t *tally) top(by *order, n int, now time.Time) *table {
	list := make([]*tallied, 0, len(t.lines))
	for _, l := range t.lines {
		l.prepare(now)
		list = append(list, l)
	}
	slices.SortFunc(list, func(a, b *tallied) int {
		return cmp.Or(by.compare(a, b), cmp.Compare(b.count, a.count), strings.Compare(a.text, b.text))
	})
	if n > 0 && len(list) > n {
		list = list[:n]
	}
	out := &table{columns: append(slices.Clone(t.by.columns), column{title: "Minute", right: true}, column{title: "Total", right: true},
		column{title: "In", right: true}, column{title: "Out", right: true}, column{title: "Allowed", right: true, spare: true}, column{title: "Blocked", right: true, spare: true}, column{title: "Last"})}
	for _, l := range list {
		var cells []string
		for _, v := range l.values {
			cells = append(cells, fmt.Sprint(v))
		}
		allowed, blocked := verdicts(l.allowed, l.blocked)
		out.add(append(cells, number(l.minute), number(l.count), number(l.in), number(l.out), allowed, blocked, day(l.last))...)
	}
	return out
}
