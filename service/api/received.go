package api

import (
	"context"
	"net/netip"

	"linklog/capture"
	"linklog/service/history"
)

// happening is what tells an event from all others: names may have changed since,
// and numbers mean nothing elsewhere.
type happening struct {
	nanoseconds      int64
	kind             capture.Kind
	dir              capture.Direction
	proto            capture.Protocol
	router           netip.Addr
	src, dst         netip.Addr
	srcPort, dstPort uint16
	text             string
}

func happeningOf(ev *capture.Event) happening {
	return happening{
		ev.Time.UnixNano(), ev.Kind, ev.Dir, ev.Proto, ev.Router, ev.Src.Addr, ev.Dst.Addr, ev.Src.Port, ev.Dst.Port, ev.Text,
	}
}

// notReceived leaves out what the service itself received and still has: whoever
// imports what he exported here must not have it twice. known is how many those are.
func (s *Server) notReceived(ctx context.Context, events []capture.Event) (rest []capture.Event, known int, err error) {
	have := extent(s.engine.History().Segments())
	seconds := make(map[int64]bool)
	q := history.Query{WithoutNames: true, Second: func(unix int64) bool { return seconds[unix] }}
	for i := range events {
		t := events[i].Time
		if have.Events == 0 || t.Before(have.Since) || t.After(have.Until) {
			continue
		}
		seconds[t.Unix()] = true
		if q.Since.IsZero() || t.Before(q.Since) {
			q.Since = t
		}
		if !t.Before(q.Until) {
			q.Until = t.Add(1)
		}
	}
	if len(seconds) == 0 {
		return events, 0, nil
	}
	received := make(map[happening]bool)
	for i := range events {
		received[happeningOf(&events[i])] = false
	}
	if err := s.engine.History().Each(ctx, q, func(ev *capture.Event) error {
		h := happeningOf(ev)
		if _, asked := received[h]; asked {
			received[h] = true
		}
		return nil
	}); err != nil {
		return nil, 0, err
	}
	for i := range events {
		if received[happeningOf(&events[i])] {
			known++
		} else {
			rest = append(rest, events[i])
		}
	}
	return rest, known, nil
}
