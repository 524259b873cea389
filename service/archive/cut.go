package archive

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"linklog/capture"
	"linklog/service/history"
)

// Cut is a place in the order of what was received and imported: every event is on its older
// or on its newer side, and stays there, whatever else is stored or removed.
type Cut struct {
	Live uint64 // received events from this Seq on are on the newer side; at least 1

	// Imported events are on the newer side from this time on, in ns since 1970, and of those
	// at this time the ones from this Seq on.
	Time int64
	Seq  uint64
}

// String is the text that ParseCut reads.
func (c Cut) String() string {
	return strconv.FormatUint(c.Live, 36) + "." + strconv.FormatInt(c.Time, 36) + "." + strconv.FormatUint(c.Seq, 36)
}

// maxCut bounds the text of a Cut, in bytes: two numbers of 13, one of 14, two points.
const maxCut = 42

var errCut = errors.New("not a valid place in the log")

// ParseCut reads what Cut.String wrote.
func ParseCut(text string) (c Cut, err error) {
	parts := strings.Split(text[:min(len(text), maxCut+1)], ".")
	if len(parts) != 3 {
		return c, errCut
	}
	var errs [3]error
	c.Live, errs[0] = strconv.ParseUint(parts[0], 36, 64)
	c.Time, errs[1] = strconv.ParseInt(parts[1], 36, 64)
	c.Seq, errs[2] = strconv.ParseUint(parts[2], 36, 64)
	if errs != [3]error{} || c.Live == 0 || c.Live > capture.MaxSeq+1 || c.Seq > capture.MaxSeq+1 || c.String() != text {
		return Cut{}, errCut
	}
	return c, nil
}

// Received makes a query of received events one of those on the side that its order goes to.
func (c *Cut) Received(q history.Query) history.Query {
	switch {
	case c == nil:
	case q.OldestFirst:
		q.After = max(q.After, c.Live-1)
	case q.Before == 0 || c.Live < q.Before:
		q.Before = c.Live
	}
	return q
}

// imported does the same for runs. Of the time of the cut itself the Seq decides: so it does
// not matter whether the event at which the cut was made is still there.
func (c *Cut) imported(parts []part, oldest bool) []part {
	if c == nil {
		return parts
	}
	var all []part
	at := time.Unix(0, c.Time)
	for _, p := range parts {
		side, same := p, p
		same.since(at)
		same.until(at.Add(1))
		if oldest {
			side.since(at.Add(1))
			same.q.After = max(p.q.After, max(c.Seq, 1)-1)
		} else {
			side.until(at)
			same.q.Before = min(p.q.Before, c.Seq)
		}
		if same.some() && (oldest || c.Seq > 0) {
			all = append(all, same)
		}
		if side.some() {
			all = append(all, side)
		}
	}
	sortParts(all, oldest)
	return all
}

// first is the cut at which a query begins that has none: on its far side is everything.
func first(q history.Query, stored uint64) Cut {
	if q.OldestFirst {
		return Cut{Live: q.After + 1, Time: math.MinInt64}
	}
	c := Cut{Live: stored + 1, Time: math.MaxInt64, Seq: capture.MaxSeq + 1}
	if q.Before > 0 {
		c.Live = min(c.Live, q.Before)
	}
	return c
}
