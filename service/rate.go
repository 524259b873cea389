package service

import "time"

// rate counts events of the last minute, in buckets of a second. It costs nothing
// while nothing comes.
type rate struct {
	buckets [60]uint64
	last    int64 // second of the newest bucket, since 1970
}

func (r *rate) add(now time.Time, n int) {
	r.forget(now)
	r.buckets[r.last%60] += uint64(n)
}

// perMinute is the number of events of the last 60 seconds.
func (r *rate) perMinute(now time.Time) (n uint64) {
	r.forget(now)
	for _, b := range r.buckets {
		n += b
	}
	return n
}

// forget empties the buckets of the seconds that passed. A clock that goes back
// leaves them as they are.
func (r *rate) forget(now time.Time) {
	second := now.Unix()
	if second-r.last >= 60 {
		r.buckets, r.last = [60]uint64{}, second
	}
	for r.last < second {
		r.last++
		r.buckets[r.last%60] = 0
	}
}
