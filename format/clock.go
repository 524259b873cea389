package format

import (
	"slices"
	"strconv"
	"time"
)

// clock holds the parts of one second's date and time. Events come in bursts
// and in order: most find their second here, and to look up a date in a time
// zone takes longer than all the rest of a line.
type clock struct {
	location *time.Location
	set      bool
	unix     int64 // the second the rest is about

	stamp   short // the form of %t; its parts are tokens too
	weekday time.Weekday
	year    int
}

// at makes the clock show a time.
func (c *clock) at(t time.Time) *clock {
	if unix := t.Unix(); unix != c.unix || !c.set {
		t = t.In(c.location)
		c.set, c.unix = true, unix
		c.stamp.n = uint8(len(t.AppendFormat(c.stamp.text[:0], time.Stamp)))
		c.weekday, c.year = t.Weekday(), t.Year()
	}
	return c
}

func (c *clock) month() []byte  { return c.stamp.text[0:3] }
func (c *clock) day() []byte    { return c.stamp.text[4:6] }
func (c *clock) hour() []byte   { return c.stamp.text[7:9] }
func (c *clock) minute() []byte { return c.stamp.text[10:12] }
func (c *clock) second() []byte { return c.stamp.text[13:15] }

// appendDigits appends a year with at least so many digits.
func appendDigits(dst []byte, n, digits int) []byte {
	if n < 0 { // years before Christ: only a broken clock has them
		dst, n = append(dst, '-'), -n
	}
	start := len(dst)
	dst = strconv.AppendInt(dst, int64(n), 10)
	for len(dst)-start < digits {
		dst = slices.Insert(dst, start, '0')
	}
	return dst
}
