package archive

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"linklog/capture"
	"linklog/service/history"
)

// Old says of which events addresses are shortened: of those from before a time, the external
// ones. The zero value: of none.
type Old struct {
	Before   time.Time
	External func(netip.Addr) bool
}

// of is an event as it is kept.
func (o *Old) of(e *capture.Event) *capture.Event {
	if !e.Time.Before(o.Before) {
		return e
	}
	kept := *e
	for _, end := range [...]*capture.Endpoint{&kept.Src, &kept.Dst} {
		if end.Addr.IsValid() && o.External(end.Addr) {
			end.Addr, end.Name, end.MAC = history.Network(end.Addr), "", capture.MAC{}
		}
	}
	return &kept
}

func (a *Archive) old() Old {
	if a.o.Old == nil {
		return Old{}
	}
	return a.o.Old()
}

// Shorten shortens addresses in what was imported before it was as old as that, as a History does
// with ShortenRows.
func (a *Archive) Shorten(ctx context.Context, old Old, again bool) (files int, err error) {
	a.adding.Lock()
	defer a.adding.Unlock()
	h := a.there()
	if h == nil {
		return 0, nil
	}
	if files, err = h.ShortenRows(ctx, old.Before, old.External, again); err != nil {
		err = fmt.Errorf("imported events: %w", err)
	}
	if files > 0 {
		a.changes.Add(1)
	}
	return files, err
}
