package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os/exec"
	"slices"
	"strconv"
	"time"

	"linklog/bench/machine"
	"linklog/bench/process"
	"linklog/capture/send"
)

// sample is what one round showed of one receiver.
type sample struct {
	Sent      int           `json:"sent"`
	Received  int           `json:"received"` // by what it wrote
	Elapsed   time.Duration `json:"elapsed_ns"`
	CPU       float64       `json:"cpu_ns"`       // of the receiver, for a message received
	Followers float64       `json:"followers_ns"` // of its followers together
	Memory    int64         `json:"memory"`       // resident, at most, bytes
	Late      time.Duration `json:"late_ns"`      // from the last sent until all is read from the socket
}

// message is a kind of messages that are measured.
type message struct {
	name   string // of one
	called string // in tables, where that is more than one
	room   int    // bytes of the receive buffer that one takes, and a little more
	source func(seed uint64) send.Source
}

// messages are all kinds there are.
func messages() []message {
	return []message{
		{"trap", "", 1000, func(seed uint64) send.Source { return send.Stream(send.NewMessages(seed), send.Encoding{}, send.New) }},
		{"line", "", 1500, lines},
		{"flow", "connection", 1000, reports},
	}
}

func parseMessage(name string) (message, error) {
	for _, m := range messages() {
		if name == m.name+"s" {
			return m, nil
		}
	}
	return message{}, fmt.Errorf("bad messages %q: must be some of traps, lines and flows, with commas", name)
}

// lines are those of routers that many households have, in turn: netfilter's in three
// forms, RouterOS' and filterlog's with both headers.
func lines(seed uint64) send.Source {
	var routers []send.Router
	for _, name := range [...]string{"asus", "unifi", "openwrt", "mikrotik", "pfsense", "opnsense"} {
		if r, ok := send.ParseRouter(name); ok {
			routers = append(routers, r)
		}
	}
	m, at := send.NewMessages(seed), time.Now()
	return func(i int, dst []byte) []byte { return routers[i%len(routers)].Append(dst, m, at) }
}

// measure does it all with one kind of messages. A receiver that is not installed is left
// out, and said so.
func measure(ctx context.Context, o options, m message) (*results, error) {
	res := &results{Message: cmp.Or(m.called, m.name), Machine: machine.Here(), Rounds: o.rounds, Fill: o.fill, Duration: o.duration}
	for _, name := range o.only {
		if !slices.ContainsFunc(receivers(), func(r receiver) bool { return r.name == name }) {
			return nil, fmt.Errorf("there is no receiver %q", name)
		}
	}
	var list []receiver
	for _, r := range receivers() {
		if r.takes != "" && r.takes != m.name {
			continue
		}
		r.message = m
		if r.name != floorName && len(o.only) > 0 && !slices.Contains(o.only, r.name) {
			continue
		}
		if r.needs != "" {
			if _, err := exec.LookPath(r.needs); err != nil {
				res.Missing = append(res.Missing, r.name)
				continue
			}
		}
		if m.name == "flow" {
			r.goal, r.less = r.goalFlows, nil
		}
		list = append(list, r)
		res.Receivers = append(res.Receivers, &result{Name: r.name, Does: r.does, Goal: r.goal, Less: r.less, Paced: make(map[int][]sample)})
	}
	for round := range o.rounds {
		for i, r := range list {
			fmt.Fprintf(o.progress, "round %d of %d: %s, drained\n", round+1, o.rounds, r.name)
			s, err := drained(ctx, &o, r, res)
			if err != nil {
				return nil, fmt.Errorf("%s, drained: %w", r.name, err)
			}
			res.Receivers[i].Drained = append(res.Receivers[i].Drained, s)
		}
		for _, rate := range o.rates {
			for i, r := range list {
				fmt.Fprintf(o.progress, "round %d of %d: %s, %s\n", round+1, o.rounds, r.name, rateText(rate))
				s, err := paced(ctx, &o, r, rate)
				if err != nil {
					return nil, fmt.Errorf("%s, %s: %w", r.name, rateText(rate), err)
				}
				res.Receivers[i].Paced[rate] = append(res.Receivers[i].Paced[rate], s)
			}
		}
	}
	if o.steps == 0 {
		return res, nil
	}
	for i, r := range list {
		rate, whole, err := highest(ctx, &o, r)
		if err != nil {
			return nil, fmt.Errorf("%s, highest rate: %w", r.name, err)
		}
		res.Receivers[i].Highest, res.Receivers[i].AsSender = rate, whole
	}
	return res, nil
}

func rateText(rate int) string {
	if rate == 0 {
		return "as fast as possible"
	}
	return strconv.Itoa(rate) + "/s"
}

// warm is how many messages a receiver gets before it is measured, so that what it
// does once is done.
const warm = 200

// begin starts a receiver and lets it warm up.
func begin(ctx context.Context, o *options, r receiver) (*running, error) {
	run, err := start(ctx, o, r)
	if err != nil {
		return run, err
	}
	if _, err := run.send(ctx, warm, 5000, seed+1); err != nil { // so that what is measured is new to it
		return run, err
	}
	if _, err = run.done(ctx, o.idle); err != nil {
		return run, err
	}
	// Once more, as it may have set its own behind our back when it had just bound the port.
	if run.buffer, err = run.socket.SetBuffer(o.buffer); err != nil {
		return run, err
	}
	_, dropped, err := run.socket.State()
	if err == nil && dropped > 0 {
		err = fmt.Errorf("the kernel dropped %d of the first %d", dropped, warm)
	}
	return run, err
}

// seed makes what is measured the same for everybody.
const seed = 1

// send sends n messages at a rate; with n 0 until ctx ends.
func (r *running) send(ctx context.Context, n, rate int, seed uint64) (send.Report, error) {
	s, err := send.Dial(ctx, "127.0.0.1:"+strconv.Itoa(r.socket.Port), send.Options{})
	if err != nil {
		return send.Report{}, err
	}
	defer s.Close()
	return s.Send(ctx, n, float64(rate), r.message.source(seed))
}

// limit bounds what may take how long however slow the machine.
const limit = 3 * time.Minute

// drained fills the socket of a receiver while it is stopped, and measures how it
// empties it.
func drained(ctx context.Context, o *options, r receiver, res *results) (s sample, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errors.New("takes too long"))
	defer cancel()
	run, err := begin(ctx, o, r)
	defer run.stop()
	if err != nil {
		return s, err
	}
	n := min(o.fill, run.buffer/r.message.room)
	res.Buffer, res.Fill = run.buffer, n
	if err := run.Pause(); err != nil {
		return s, err
	}
	report, err := run.send(ctx, n, 0, seed)
	if err != nil {
		return s, err
	}
	return run.sample(ctx, o, func() (send.Report, error) { return report, run.Resume() })
}

// paced sends messages at a steady rate.
func paced(ctx context.Context, o *options, r receiver, rate int) (s sample, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errors.New("takes too long"))
	defer cancel()
	run, err := begin(ctx, o, r)
	defer run.stop()
	if err != nil {
		return s, err
	}
	return run.sample(ctx, o, func() (send.Report, error) { return run.timed(ctx, rate, o.duration) })
}

// timed sends for a while, at a rate or as fast as possible.
func (r *running) timed(ctx context.Context, rate int, d time.Duration) (send.Report, error) {
	if rate > 0 {
		return r.send(ctx, int(math.Ceil(float64(rate)*d.Seconds())), rate, seed)
	}
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return r.send(ctx, 0, 0, seed)
}

// sample measures a receiver from before a stream until all of it is dealt with,
// and ends it.
func (r *running) sample(ctx context.Context, o *options, stream func() (send.Report, error)) (s sample, err error) {
	before, err := cpu(r.Process)
	if err != nil {
		return s, err
	}
	beforeFollowers, err := cpu(r.followers...)
	if err != nil {
		return s, err
	}
	report, err := stream()
	if err != nil {
		return s, err
	}
	sent := time.Now()
	read, err := r.done(ctx, o.idle)
	if err != nil {
		return s, err
	}
	after, err := cpu(r.Process)
	if err != nil {
		return s, err
	}
	afterFollowers, err := cpu(r.followers...)
	if err != nil {
		return s, err
	}
	_, dropped, err := r.socket.State()
	if err != nil {
		return s, err
	}
	if _, s.Memory, err = r.Memory(); err != nil {
		return s, err
	}
	total, err := r.total(ctx)
	if err != nil {
		return s, err
	}
	s.Sent, s.Elapsed, s.Late = report.Sent, report.Elapsed, read.Sub(sent)
	if s.Received = total - warm; s.Received <= 0 || s.Received != s.Sent-dropped {
		return s, fmt.Errorf("it has %d of %d, and the kernel dropped %d: what is between was lost inside. %s", s.Received, s.Sent, dropped, r.Stderr())
	}
	s.CPU = float64(after-before) / float64(s.Received)
	s.Followers = float64(afterFollowers-beforeFollowers) / float64(s.Received)
	return s, nil
}

func cpu(list ...*process.Process) (total time.Duration, err error) {
	for _, p := range list {
		d, err := p.CPU()
		if err != nil {
			return 0, err
		}
		total += d
	}
	return total, nil
}

// highest searches for the highest rate at which a receiver keeps up, up to what the
// sender can, which whole tells; the rate is what was really sent.
func highest(ctx context.Context, o *options, r receiver) (rate int, whole bool, err error) {
	got, ok, err := again(ctx, o, r, 0)
	if err != nil || ok {
		return got, ok, err
	}
	low, high := 0, got
	for step := range o.steps {
		try := (low + high) / 2
		if step == 0 {
			try = min(try, 5000) // slow ones are found fast
		}
		got, ok, err := again(ctx, o, r, try)
		if err != nil {
			return 0, false, err
		}
		if ok {
			low = max(low, got)
		} else {
			high = try
		}
	}
	return low, false, nil
}

// again tries a rate a second time if the first was too much, as somebody else may
// have had the machine.
func again(ctx context.Context, o *options, r receiver, rate int) (got int, ok bool, err error) {
	if got, ok, err = keepsUp(ctx, o, r, rate); err == nil && !ok {
		got, ok, err = keepsUp(ctx, o, r, rate)
	}
	return got, ok, err
}

// keepsUp tells whether a receiver reads as fast as messages come: nothing is lost,
// and what waits at the end is read within a twentieth of the time it took to
// send. Followers and the history may lag.
func keepsUp(ctx context.Context, o *options, r receiver, rate int) (got int, ok bool, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errors.New("takes too long"))
	defer cancel()
	run, err := begin(ctx, o, r)
	defer run.stop()
	if err != nil {
		return 0, false, err
	}
	report, err := run.timed(ctx, rate, o.duration)
	if err != nil {
		return 0, false, err
	}
	sent := time.Now()
	for ok = true; ok; {
		waiting, dropped, err := run.socket.State()
		if err != nil {
			return 0, false, err
		}
		if ok = dropped == 0 && time.Since(sent) < o.duration/20; waiting == 0 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	got = int(float64(report.Sent) / report.Elapsed.Seconds())
	fmt.Fprintf(o.progress, "%s, sent %d/s: keeps up: %v\n", r.name, got, ok)
	return got, ok, nil
}
