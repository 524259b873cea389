package history

import (
	"context"
	"fmt"
	"net/netip"
)

// FilesWith are the numbers of the files that may have events of some ranges.
func (h *History) FilesWith(ranges []Range) (files []int) {
	for _, seg := range h.list() {
		if len(h.inside(seg, ranges)) > 0 {
			files = append(files, seg.number)
		}
	}
	return files
}

// Forget is Remove for one file, as FilesWith named it. It ends well only if nothing of the
// events is in any byte of the file, also if they were removed from it before.
func (h *History) Forget(ctx context.Context, file int, ranges []Range) (removed int64, err error) {
	for _, seg := range h.list() {
		if seg.number != file {
			continue
		}
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		removed, scrubbed, err := h.removeFrom(seg, ranges)
		if err == nil {
			err = scrubbed
		}
		if err != nil {
			return removed, fmt.Errorf("remove from history: %w", err)
		}
		h.nudge()
		return removed, nil
	}
	return 0, nil // it was removed for its age
}

// ForgetNames removes the names that reverse DNS gave to addresses, also from the room in the
// file that is free.
func (h *History) ForgetNames(addrs []netip.Addr) error {
	n := h.names
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cached.clear()
	n.forget()
	err := n.try(func() error {
		err := n.c.Transaction(func() error {
			for _, a := range addrs {
				if err := n.c.Exec("DELETE FROM names WHERE addr = ?", a.String()); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil {
			err = scrub(n.c)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("remove names: %w", err)
	}
	return nil
}
