package alerts

import (
	"slices"
	"time"
)

const (
	// late: what is told so long after it happened belongs to a break.
	late = 2 * time.Minute

	// A digest comes when nothing was added for awayQuiet, but not later than
	// awayLimit after the first: the backlog of a break is gone through in a moment.
	awayQuiet = 3 * time.Second
	awayLimit = time.Minute
)

// mergeAway puts the burst to what is told after the mute.
func (t *teller) mergeAway(now time.Time) {
	n := now.UnixNano()
	if t.Away.Count == 0 {
		t.AwaySince = n
	}
	t.AwayLast = n
	t.Away.Count += t.Burst.Count
	t.Away.First = append(slices.Clip(t.Away.First), t.Burst.First...)
	t.Away.First = t.Away.First[:min(len(t.Away.First), firstFew)]
}

// tellAway makes the digest when it is due.
func (t *teller) tellAway(m *moment) {
	if t.Away.Count == 0 || t.silent(m) || m.stuck() {
		return
	}
	if m.now.Before(t.awayDue(m)) && m.now.UnixNano() >= t.AwaySince {
		return
	}
	if t.Away.Count == 1 {
		t.emit(t.Away.First[0], m)
	} else {
		t.emit(t.Away.alert(t.digest), m)
	}
	t.Away, t.AwaySince, t.AwayLast = bundle{}, 0, 0
}

// awayDue is when the digest is due.
func (t *teller) awayDue(m *moment) time.Time {
	due := min(t.AwayLast+int64(awayQuiet), t.AwaySince+int64(awayLimit))
	return time.Unix(0, max(due, t.silentUntil(m)))
}

// Digest sums up the new hosts of all alerts after an ID, for a follower who was
// away; false: there are none. Its ID is that of the last alert it covers, so that
// After goes on from there. Other alerts are not in it.
func (a *Alerts) Digest(after uint64) (Alert, bool, error) {
	d := Alert{Kind: Digest, Time: a.at.Now().UTC()}
	err := a.each(func(one Alert) {
		d.ID = one.ID
		if one.Kind != NewHost && one.Kind != NewHosts && one.Kind != Digest {
			return
		}
		if d.Count == 0 {
			d.Seq, d.Router, d.Since = one.Seq, one.Router, one.Since
		}
		d.Count += one.Count
		hosts := one.Hosts
		if one.Kind == NewHost {
			hosts = []AlertHost{{one.Host, one.Name}}
		}
		d.Hosts = append(d.Hosts, hosts[:min(len(hosts), firstFew-len(d.Hosts))]...)
	}, "WHERE id > ? ORDER BY id", int64(after))
	if err != nil {
		return Alert{}, false, err
	}
	return d, d.Count > 0, nil
}
