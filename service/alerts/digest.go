package alerts

import "time"

const (
	// late: a host that is told so long after its first attempt belongs to a break.
	late = 2 * time.Minute

	// A digest comes when nothing was added for awayQuiet, but not later than
	// awayLimit after the first: the backlog of a break is gone through in a moment.
	awayQuiet = 3 * time.Second
	awayLimit = time.Minute
)

// mergeAway puts the burst to what is told after the mute.
func (a *Alerts) mergeAway(now time.Time) {
	c := &a.coalescing
	n := now.UnixNano()
	if c.Away.Count == 0 {
		c.AwaySince = n
	}
	c.AwayLast = n
	c.Away.Count += c.Burst.Count
	c.Away.First = append(c.Away.First, c.Burst.First...)
	c.Away.First = c.Away.First[:min(len(c.Away.First), firstFew)]
}

// tellAway makes the digest when it is due.
func (a *Alerts) tellAway(now time.Time) {
	c := &a.coalescing
	if c.Away.Count == 0 || a.muted(now) || a.stuck() {
		return
	}
	if now.Before(a.awayDue()) && now.UnixNano() >= c.AwaySince {
		return
	}
	if c.Away.Count == 1 {
		a.emit(c.Away.First[0])
	} else {
		a.emit(c.Away.alert(Digest))
	}
	c.Away, c.AwaySince, c.AwayLast = bundle{}, 0, 0
}

// awayDue is when the digest is due.
func (a *Alerts) awayDue() time.Time {
	c := &a.coalescing
	due := min(c.AwayLast+int64(awayQuiet), c.AwaySince+int64(awayLimit))
	return time.Unix(0, max(due, a.state.muted))
}

// Digest sums up the new hosts of all alerts after an ID, for a follower who was
// away; false: there are none. Its ID is that of the last alert it covers, so that
// After goes on from there. Changes of the public address are not in it.
func (a *Alerts) Digest(after uint64) (Alert, bool, error) {
	d := Alert{Kind: Digest, Time: a.at.Now().UTC()}
	err := a.each(func(one Alert) {
		d.ID = one.ID
		if one.Count == 0 {
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
