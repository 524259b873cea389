package chart

import (
	"context"
	"time"

	"linklog/service/client"
)

// maxBuckets is how many buckets are asked for at once: an answer has as many groups as
// two directions need for them.
const maxBuckets = 4500

// Count asks the service for what happened in a range, in bars of a width. Of the query Since
// and Until do not matter. exact is false if the service did not count to the end.
func Count(ctx context.Context, c *client.Client, q client.Query, from, to time.Time, s Step) (list []Bar, exact bool, err error) {
	list, exact = Bars(from, to, s), true
	bucket := bucketFor(list)
	for at := 0; at < len(list); {
		// As many bars as an answer has room for, but always one.
		end := at + 1
		for end < len(list) && list[end].To.Sub(list[at].From) <= maxBuckets*bucket {
			end++
		}
		q.Since, q.Until = list[at].From, list[end-1].To
		if q.Since.Before(from) {
			q.Since = from
		}
		if q.Until.After(to) {
			q.Until = to
		}
		groups, err := c.Groups(ctx, q, "time,direction", bucket, 0)
		if err != nil {
			return nil, false, err
		}
		exact = exact && groups.Exact && groups.Rest == 0
		put(list, groups.Groups)
		at = end
	}
	return list, exact, nil
}

// bucketFor is the width of the buckets to ask the service for: they are counted from 1970 in
// UTC, and have to fit into bars of the user's time, whose zone may be any number of minutes
// away and change in between.
func bucketFor(list []Bar) time.Duration {
	for _, width := range []time.Duration{24 * time.Hour, 12 * time.Hour, 6 * time.Hour, 3 * time.Hour, 2 * time.Hour, time.Hour, 30 * time.Minute, 15 * time.Minute, 10 * time.Minute,
		5 * time.Minute, 2 * time.Minute, time.Minute, 30 * time.Second, 15 * time.Second, 5 * time.Second} {
		if fits(list, int64(width/time.Second)) {
			return width
		}
	}
	return time.Second
}

func fits(list []Bar, seconds int64) bool {
	for i := range list {
		if list[i].From.Unix()%seconds != 0 || list[i].To.Unix()%seconds != 0 {
			return false
		}
	}
	return true
}
