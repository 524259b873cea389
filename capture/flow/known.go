package flow

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"time"
)

// Known is what a Decoder knows of a part of an exporter from earlier datagrams, and needs to
// read later ones. It is kept over a restart, as exporters often tell it every half hour only.
type Known struct {
	Addr     netip.Addr `json:"addr"`
	Domain   uint32     `json:"domain"`
	Version  uint8      `json:"version"`
	Boot     int64      `json:"boot,omitempty"` // milliseconds since 1970
	Sampling uint32     `json:"sampling,omitempty"`
	Samplers []Sampler  `json:"samplers,omitempty"`

	// Templates and Options are templates of flows and of what is told about the exporter, as
	// they came, one behind the other.
	Templates []byte `json:"templates,omitempty"`
	Options   []byte `json:"options,omitempty"`
}

// Sampler is one of the ways in which an exporter samples.
type Sampler struct {
	ID   uint64 `json:"id"`
	Rate uint32 `json:"rate"`
}

// Known is what is known of all exporters, but for what waits for a template. It shares no memory
// with the Decoder.
func (d *Decoder) Known() (list []Known) {
	for _, s := range d.sources {
		k := Known{Addr: s.key.addr, Domain: s.key.domain, Version: s.key.version, Boot: s.boot, Sampling: s.sampling}
		for _, r := range s.samplers {
			if r.rate != 0 {
				k.Samplers = append(k.Samplers, Sampler{r.id, r.rate})
			}
		}
		for _, id := range slices.Sorted(maps.Keys(s.templates)) {
			t := s.templates[id]
			if t.options {
				k.Options = append(k.Options, t.raw...)
			} else {
				k.Templates = append(k.Templates, t.raw...)
			}
		}
		if k.Boot != 0 || k.Sampling != 0 || k.Samplers != nil || k.Templates != nil || k.Options != nil {
			list = append(list, k)
		}
	}
	slices.SortFunc(list, func(a, b Known) int {
		return cmp.Or(a.Addr.Compare(b.Addr), cmp.Compare(a.Domain, b.Domain), cmp.Compare(a.Version, b.Version))
	})
	return list
}

// Learn takes what was Known. It is for a Decoder that has decoded nothing.
func (d *Decoder) Learn(known []Known, now time.Time) {
	for i := range known {
		k := &known[i]
		if k.Version != 9 && k.Version != 10 || !k.Addr.IsValid() {
			continue
		}
		d.report = Report{}
		d.message = message{received: now, now: now.UnixNano(), domain: k.Domain, version: k.Version}
		s := d.source(netip.AddrPortFrom(k.Addr, 0))
		s.boot, s.sampling = k.Boot, k.Sampling
		for i, r := range k.Samplers[:min(len(k.Samplers), maxSamplers)] {
			s.samplers[i] = samplerRate{r.ID, r.Rate}
			s.sampler++
		}
		d.templates(s, k.Templates, false)
		d.templates(s, k.Options, true)
		s.learned = false
	}
}

// Waiting calls f for each exporter of whose data something waits for its template, with the time
// when that came. It is called once for each part of an exporter.
func (d *Decoder) Waiting(f func(exporter netip.Addr, since time.Time)) {
	for _, s := range d.sources {
		if len(s.waiting) > 0 {
			f(s.key.addr, s.waiting[0].message.received)
		}
	}
}

// Oldest is the lowest Origin of the datagrams of which something waits for its template; waits is
// false if nothing does.
func (d *Decoder) Oldest() (origin uint64, waits bool) {
	if d.waiting == 0 {
		return 0, false
	}
	for _, s := range d.sources {
		if len(s.waiting) > 0 && (!waits || s.waiting[0].message.origin < origin) {
			origin, waits = s.waiting[0].message.origin, true
		}
	}
	return origin, waits
}

// GiveUp drops what waits for its template for too long at a time, and what is of datagrams up to
// an Origin. It returns how many sets of data that are, and the lowest Origin of them.
func (d *Decoder) GiveUp(upTo uint64, now time.Time) (sets int, first uint64) {
	first, waits := d.Oldest()
	if !waits {
		return 0, 0
	}
	d.report = Report{}
	d.sweep(now)
	for _, s := range d.sources {
		for len(s.waiting) > 0 && s.waiting[0].message.origin <= upTo {
			d.giveUp(s)
		}
	}
	return d.report.GivenUp, first
}
