package engine

// rate counts events of the last minute, in buckets of a second. It costs nothing
// while nothing comes. Seconds are those of a clock that nobody can set.
type rate struct {
	buckets [60]uint64
	last    int64 // second of the newest bucket
}

func (r *rate) add(second int64, n int) {
	r.forget(second)
	r.buckets[r.last%60] += uint64(n)
}

// perMinute is the number of events of the last 60 seconds.
func (r *rate) perMinute(second int64) (n uint64) {
	r.forget(second)
	for _, b := range r.buckets {
		n += b
	}
	return n
}

// forget empties the buckets of the seconds that passed.
func (r *rate) forget(second int64) {
	if second-r.last >= 60 {
		r.buckets, r.last = [60]uint64{}, second
	}
	for r.last < second {
		r.last++
		r.buckets[r.last%60] = 0
	}
}
