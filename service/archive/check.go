package archive

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"linklog/capture"
)

// prepare checks a batch and gives a copy in the order of time, as the archive
// keeps it.
func prepare(events []capture.Event) ([]capture.Event, error) {
	if len(events) > MaxBatch {
		return nil, fmt.Errorf("%d events at once, at most %d are taken", len(events), MaxBatch)
	}
	batch := slices.Clone(events)
	for i := range batch {
		if err := tidy(&batch[i]); err != nil {
			return nil, fmt.Errorf("event %d of %d: %w", i+1, len(batch), err)
		}
	}
	slices.SortStableFunc(batch, func(a, b capture.Event) int { return a.Time.Compare(b.Time) })
	return batch, nil
}

// Times of what can be imported: from that of a clock that nobody has set on, and as long
// as a history can keep them.
const firstYear, lastYear = 1970, 2199

// Texts and names in bytes. Cleaning makes three of one that is broken.
const maxText, maxName = 3 * capture.MaxText, 3 * 253

// tidy brings an event into the form in which events are kept; an error says what
// no event has.
func tidy(e *capture.Event) error {
	if e.Kind.String() == "" {
		return fmt.Errorf("unknown kind %d", e.Kind)
	}
	if err := checkTime(e.Time); err != nil {
		return fmt.Errorf("time: %w", err)
	}
	if e.Since.IsZero() {
		e.Since = time.Time{}
	} else {
		if err := checkTime(e.Since); err != nil {
			return fmt.Errorf("since: %w", err)
		}
		e.Since = plain(e.Since)
	}
	if int(e.Reason) >= capture.Reasons {
		return fmt.Errorf("unknown reason %d", e.Reason)
	}
	if e.Dir > capture.Out {
		return fmt.Errorf("unknown direction %d", e.Dir)
	}
	if e.Lost > math.MaxInt64 {
		return fmt.Errorf("%d lost datagrams, more than can be counted", e.Lost)
	}
	if len(e.Text) > maxText {
		return fmt.Errorf("text of %d bytes, at most %d are kept", len(e.Text), maxText)
	}
	if len(e.Raw) > capture.MaxRaw {
		return fmt.Errorf("datagram of %d bytes, at most %d are kept", len(e.Raw), capture.MaxRaw)
	}
	for _, end := range [...]*capture.Endpoint{&e.Src, &e.Dst} {
		if len(end.Name) > maxName {
			return fmt.Errorf("name of %d bytes, at most %d are kept", len(end.Name), maxName)
		}
		if len(end.Addr.Zone()) > maxName {
			return errors.New("address with a zone longer than names can be")
		}
		end.Addr, end.Name = end.Addr.Unmap(), capture.Clean(end.Name)
	}
	if len(e.Router.Zone()) > maxName {
		return errors.New("router with a zone longer than names can be")
	}
	if len(e.RouterName) > maxName {
		return fmt.Errorf("name of %d bytes, at most %d are kept", len(e.RouterName), maxName)
	}
	e.RouterName = capture.Clean(e.RouterName)
	if e.Kind == capture.Traffic {
		switch {
		case e.Dir == 0:
			return errors.New("no direction")
		case !e.Src.Addr.IsValid() && e.Src.Name == "":
			return errors.New("no source")
		case !e.Dst.Addr.IsValid() && e.Dst.Name == "":
			return errors.New("no destination")
		}
	}
	e.Time, e.Router, e.Text, e.Import = plain(e.Time), e.Router.Unmap(), capture.Clean(e.Text), 0
	return nil
}

func checkTime(t time.Time) error {
	switch y := t.UTC().Year(); {
	case t.IsZero():
		return errors.New("none")
	case y < firstYear || y > lastYear:
		return fmt.Errorf("the year %d, not one from %d to %d", y, firstYear, lastYear)
	}
	return nil
}

// plain is a time as the history gives it back, to be compared with ==.
func plain(t time.Time) time.Time { return time.Unix(0, t.UnixNano()).UTC() }
