package capture

// Counts counts decoded messages by what they turned out to be. The sum over
// Kinds and the Repeats are the messages received. A datagram is one, but for "last message
// repeated 5 times", which stands for five.
type Counts struct {
	Kinds   [Rejected + 1]uint64
	Reasons [Reasons]uint64

	// Repeats are attempts that came before and are in no other number (see Repeats.Again).
	Repeats uint64

	// Made are attempts that were made of flows, beside the datagrams these came in, which are
	// of Kind Other.
	Made uint64

	// Unrecorded are attempts that the settings do not want recorded; they are in no other
	// number.
	Unrecorded uint64
}

// Add counts one event.
func (c *Counts) Add(ev *Event) {
	c.Kinds[ev.Kind]++
	c.Reasons[ev.Reason]++
}

// AddMore counts so many more messages like one that was added.
func (c *Counts) AddMore(ev *Event, n uint64) {
	c.Kinds[ev.Kind] += n
	c.Reasons[ev.Reason] += n
}

// LeaveOut counts an event that was added as one that is not recorded.
func (c *Counts) LeaveOut(ev *Event) {
	c.Kinds[ev.Kind]--
	c.Reasons[ev.Reason]--
	c.Unrecorded++
}

// Merge adds other counts.
func (c *Counts) Merge(other *Counts) {
	for i, n := range other.Kinds {
		c.Kinds[i] += n
	}
	for i, n := range other.Reasons {
		c.Reasons[i] += n
	}
	c.Repeats += other.Repeats
	c.Unrecorded += other.Unrecorded
	c.Made += other.Made
}

// Received is the number of messages decoded: Events - Made + Repeats + Unrecorded + Other +
// Rejected.
func (c *Counts) Received() uint64 {
	return c.Events() - c.Made + c.Repeats + c.Unrecorded + c.Kinds[Other] + c.Kinds[Rejected]
}

// Events is the number of messages understood: traffic, system and WAN.
func (c *Counts) Events() uint64 { return c.Kinds[Traffic] + c.Kinds[System] + c.Kinds[WAN] }
