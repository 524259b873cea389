package chart

import (
	"math"
	"sort"
	"time"

	"linklog/service/api"
)

// Bar is what happened in a piece of time.
type Bar struct {
	From, To time.Time
	Bytes    bool // In and Out are not attempts, but bytes
	Counts
}

// Counts are numbers of attempts.
type Counts struct {
	In, Out               uint64
	InBlocked, OutBlocked uint64 // of these
	Allowed               uint64 // of both

	// Measured is in how many of both it is known how much was sent, Up from home and Down to it.
	Measured, Up, Down uint64
}

// Bytes are bars of how much was sent instead: Out of them is what went up, In what came down.
func Bytes(list []Bar) []Bar {
	bytes := make([]Bar, len(list))
	for i := range list {
		b := &list[i]
		bytes[i] = Bar{From: b.From, To: b.To, Bytes: true, Counts: Counts{In: b.Down, Out: b.Up, Measured: b.Measured, Up: b.Up, Down: b.Down}}
	}
	return bytes
}

// Total is the number of all.
func (c *Counts) Total() uint64 { return c.In + c.Out }

// Blocked is the number of those that the router says it blocked.
func (c *Counts) Blocked() uint64 { return c.InBlocked + c.OutBlocked }

// Add adds others.
func (c *Counts) Add(o *Counts) {
	c.In += o.In
	c.Out += o.Out
	c.InBlocked += o.InBlocked
	c.OutBlocked += o.OutBlocked
	c.Allowed += o.Allowed
	c.Measured += o.Measured
	c.Up += min(o.Up, math.MaxUint64-c.Up)
	c.Down += min(o.Down, math.MaxUint64-c.Down)
}

// maxBars bounds how many bars are made, whatever is asked for.
const maxBars = 2000

// Bars are empty bars from one time to another, in the zone of the first.
func Bars(from, to time.Time, s Step) []Bar {
	var list []Bar
	for t := s.Start(from); t.Before(to) && len(list) < maxBars; {
		next := s.Next(t)
		list = append(list, Bar{From: t, To: next})
		t = next
	}
	return list
}

// At is the index of the bar that a time is in; -1: there is none.
func At(list []Bar, t time.Time) int {
	i := sort.Search(len(list), func(i int) bool { return list[i].To.After(t) })
	if i == len(list) || list[i].From.After(t) {
		return -1
	}
	return i
}

// put adds counts by time and direction. What is counted from an earlier time on than the
// first bar's is in that.
func put(list []Bar, groups []api.Group) {
	for _, g := range groups {
		at := g.Time
		if len(list) > 0 && at.Before(list[0].From) {
			at = list[0].From
		}
		i := At(list, at)
		if i < 0 || g.Count < 0 || g.Allowed < 0 || g.Blocked < 0 {
			continue
		}
		b := &list[i]
		switch g.Direction {
		case "in":
			b.In += uint64(g.Count)
			b.InBlocked += uint64(g.Blocked)
		case "out":
			b.Out += uint64(g.Count)
			b.OutBlocked += uint64(g.Blocked)
		default:
			continue
		}
		b.Allowed += uint64(g.Allowed)
		if v := g.Volume; v != nil && v.Measured > 0 {
			b.Add(&Counts{Measured: uint64(v.Measured), Up: v.BytesUp, Down: v.BytesDown})
		}
	}
}

// Sum adds bars up.
func Sum(list []Bar) (all Counts) {
	for i := range list {
		all.Add(&list[i].Counts)
	}
	return all
}

// Between is a bar of all that happened from a time to another, which are ends of bars.
func Between(list []Bar, from, to time.Time) *Bar {
	b := &Bar{From: from, To: to}
	for i := range list {
		if one := &list[i]; !one.From.Before(from) && !one.To.After(to) {
			b.Bytes = one.Bytes
			b.Add(&one.Counts)
		}
	}
	return b
}
