package history

import (
	"fmt"
	"time"
)

// Trim removes the oldest files, as long as all they hold is older than maxAge,
// and as long as the history takes more than maxBytes; 0: no such limit. A file
// goes as a whole, and the one that is being written never: the history can be
// longer than maxAge by a file, and larger than maxBytes by one. It returns what
// was removed, also beside an error.
//
// Damaged files that were set aside do not count and stay.
func (h *History) Trim(maxAge time.Duration, maxBytes int64) (removed []SegmentInfo, err error) {
	h.appending.Lock()
	defer h.appending.Unlock()
	infos := h.Segments()
	if len(infos) == 0 {
		return nil, nil
	}
	// By the clock, but not beyond what was stored last: a clock that jumps ahead
	// must not empty the history.
	newest := infos[0].Until
	total := fileBytes(h.names.path)
	for _, info := range infos {
		total += info.Bytes
		if info.Until.After(newest) {
			newest = info.Until
		}
	}
	now := h.o.now()
	if now.After(newest) {
		now = newest
	}
	for i, seg := range h.list() {
		info := infos[i]
		old := maxAge > 0 && info.Until.Before(now.Add(-maxAge))
		large := maxBytes > 0 && total > maxBytes
		if i == len(infos)-1 || !info.Sealed || !old && !large {
			break
		}
		h.remove(seg)
		if err = seg.closeWriter(); err == nil {
			err = removeFile(seg.path)
		}
		if err != nil {
			return removed, fmt.Errorf("trim history: %w", err)
		}
		total -= info.Bytes
		removed = append(removed, info)
	}
	if len(removed) > 0 {
		// Names of addresses that appear in no event any more.
		if err := h.names.forgetBefore(infos[len(removed)].Since); err != nil {
			return removed, fmt.Errorf("trim history: %w", err)
		}
	}
	return removed, nil
}
