package flows

import (
	"cmp"
	"net/netip"
	"time"

	"linklog/capture"
	"linklog/capture/flow"
	"linklog/service/gap"
	"linklog/service/health"
	"linklog/service/spool"
)

// missing is what did not come of a router, and was not told yet. That of no router is data whose
// template did not come.
type missing struct {
	origin uint64 // the Seq of the datagram by which it was seen first, or of the first that waited in vain
	since  time.Time

	flows, datagrams, sets uint64
}

// note takes in what is missing by a datagram. waited is the Seq of the first that waited for its
// template before it.
func (m *Maker) note(r *spool.Record, report *flow.Report, waited uint64) {
	if report.MissingFlows|report.MissingPackets != 0 {
		if x := m.missingOf(r.From.Addr(), r.Seq, r.Time); x != nil {
			x.flows += report.MissingFlows
			x.datagrams += report.MissingPackets
		}
	}
	if report.GivenUp > 0 {
		if x := m.missingOf(netip.Addr{}, cmp.Or(waited, r.Seq), r.Time); x != nil {
			x.sets += uint64(report.GivenUp)
		}
	}
}

// missingOf is what is missing of a router, as is seen by a datagram; nil: that was told by an earlier run.
func (m *Maker) missingOf(router netip.Addr, origin uint64, at time.Time) *missing {
	x := m.missing[router]
	if x == nil {
		if m.made[identity{origin: origin, low: netip.AddrPortFrom(router, 0)}] != 0 {
			return nil
		}
		if len(m.missing) >= maxExporters {
			m.tellMissing()
		}
		if x = (&missing{origin: origin, since: m.before}); x.since.IsZero() {
			x.since = at
		}
		m.missing[router] = x
	}
	x.origin = min(x.origin, origin)
	return x
}

// tellMissing makes gaps of what is missing.
func (m *Maker) tellMissing() {
	for router, x := range m.missing {
		for _, loss := range [...]struct {
			n    uint64
			text string
		}{
			{x.flows, capture.GapText(capture.GapFlows, "Router", router.String())},
			{x.datagrams, capture.GapText(capture.GapFlowReports, "Router", router.String())},
			{x.sets, capture.GapText(capture.GapFlowTemplate)},
		} {
			if loss.n > 0 {
				m.o.Gaps.Add(gap.Gap{Since: x.since, Lost: loss.n, Text: loss.text, Of: x.origin, Router: router})
			}
		}
		delete(m.missing, router)
	}
}

// look tells, now and then, what is missing and whose templates are waited for.
func (m *Maker) look(now time.Time) {
	if now.Sub(m.looked).Abs() < lookEvery {
		return
	}
	m.looked = now
	m.tellMissing()
	waiting := make(map[netip.Addr]bool)
	m.decoder.Waiting(func(exporter netip.Addr, since time.Time) {
		if now.Sub(since) >= slowly {
			waiting[exporter] = true
		}
	})
	for exporter := range waiting {
		if !m.slow[exporter] {
			m.slow[exporter] = true
			m.o.Health.Report(health.New(health.FlowTemplate, exporter.String()))
		}
	}
	for exporter := range m.slow {
		if !waiting[exporter] {
			delete(m.slow, exporter)
			m.o.Health.Over(health.FlowTemplate, exporter.String())
		}
	}
}

// tellSampling tells, once, that a router does not count all packets.
func (m *Maker) tellSampling(a *flow.Attempt) {
	if m.sampled[a.Exporter] == a.Sampling || len(m.sampled) >= maxExporters {
		return
	}
	m.sampled[a.Exporter] = a.Sampling
	m.o.Health.Report(health.New(health.FlowSampled, a.Exporter.String(), "Rate", uint64(a.Sampling)))
}
