package alerts

import (
	"hash/maphash"
	"slices"
	"time"

	"linklog/assets/origin"
	"linklog/capture"
	"linklog/filter"
	"linklog/service/book"
	"linklog/service/settings"
)

// watch is a rule in use.
type watch struct {
	teller
	key     string // in the file
	print   string // what it asks for: with something else it begins anew
	matcher *filter.Matcher
	err     error // why it cannot be used
	asleep  bool  // it has to learn from the past first, see Alerts.Learn

	met   met       // of rules that tell once for whom an event is about
	count counter   // of those that tell about many
	still stillness // of those that tell about nothing
	own   own       // of those that are built in
}

// newWatch makes a rule of the settings ready. One that is wrong matches nothing.
func newWatch(r settings.Rule, names filter.Services) *watch {
	w := &watch{key: "rule:" + r.Name, print: r.When.String() + "\n" + r.Filter, asleep: r.When.IsFirst()}
	w.rule, w.single, w.several, w.digest = r, Rule, Rule, Rule
	switch r.When.Kind {
	case settings.MoreThan:
		w.single = RuleMany
	case settings.NothingFor:
		w.single = RuleNothing
	}
	w.matcher, w.err = r.Matcher(names)
	w.count.reset(r.When.Span)
	w.met.reset()
	return w
}

// take takes over what an earlier one of the same rule knows.
func (w *watch) take(from *watch) {
	w.Told, w.Last, w.coalescing, w.unsaved = from.Told, from.Last, from.coalescing, true
	if w.print == from.print {
		w.met, w.count, w.still, w.asleep = from.met, from.count, from.still, from.asleep
	} else {
		w.met.clear = true
	}
}

// subject is an event with who it is about.
type subject struct {
	ev           *capture.Event
	host, device *capture.Endpoint // ends of ev; nil: nobody
	named        bool              // ev is a copy, in which the ends have the names they are called by
	copy         capture.Event
	one          Alert // that it would make
	made         bool
	keys         [3]key // by whom rules tell once, for each way
}

// key is by whom a rule tells once.
type key struct {
	text  []byte // empty: nobody
	hash  uint64
	known bool
}

// about begins with an event.
func (s *subject) about(ev *capture.Event, host, device *capture.Endpoint) {
	s.ev, s.host, s.device, s.named, s.made = ev, host, device, false, false
	for i := range s.keys {
		s.keys[i].known = false
	}
}

// key is by whom rules tell once that do so in a way.
func (s *subject) key(kind settings.WhenKind) *key {
	k := &s.keys[kind-settings.FirstHost]
	if !k.known {
		k.text = keyOf(kind, s, k.text)
		k.hash, k.known = hashOf(k.text), true
	}
	return k
}

// keySeed makes it impossible to find keys that are taken for others.
var keySeed = maphash.MakeSeed()

func hashOf[T ~string | ~[]byte](key T) uint64 { return maphash.Bytes(keySeed, []byte(key)) }

// name gives the ends the names they are called by.
func (s *subject) name(call func(*capture.Endpoint)) {
	if s.named || s.ev.Kind != capture.Traffic {
		return
	}
	end := func(of *capture.Endpoint) *capture.Endpoint {
		switch of {
		case nil:
			return nil
		case &s.ev.Src:
			return &s.copy.Src
		}
		return &s.copy.Dst
	}
	s.copy = *s.ev
	s.host, s.device = end(s.host), end(s.device)
	s.ev, s.named = &s.copy, true
	call(&s.copy.Src)
	call(&s.copy.Dst)
}

// world is what a rule asks about who and what an event is about.
type world struct {
	call    func(*capture.Endpoint)
	service func(port uint16, proto capture.Protocol) string
}

// alert is what an alert about the event would be.
func (s *subject) alert(in *world) *Alert {
	if s.made {
		return &s.one
	}
	s.made = true
	s.name(in.call)
	ev := s.ev
	s.one = Alert{Seq: ev.Seq, Router: ev.Router, Count: 1, Since: ev.Time.UTC()}
	if ev.Kind != capture.Traffic {
		s.one.Message = ev.Text
		return &s.one
	}
	s.one.Dir, s.one.Proto, s.one.Verdict, s.one.Port = ev.Dir, ev.Proto, ev.Verdict, ev.Dst.Port
	s.one.Service = in.service(ev.Dst.Port, ev.Proto)
	if s.host != nil {
		s.one.Host, s.one.Name = s.host.Addr, s.host.Name
	}
	if s.device != nil {
		s.one.Device, s.one.DeviceName = s.device.Addr, s.device.Name
	}
	return &s.one
}

// happened takes an event that the rule's filter lets through, and may tell about it.
func (w *watch) happened(s *subject, m *moment, in *world) {
	switch when := &w.rule.When; when.Kind {
	case settings.Always:
		w.coalesce(s.alert(in), m)
	case settings.MoreThan:
		w.unsaved = true
		if n := w.count.add(s.ev.Time, when); n > 0 {
			many := *s.alert(in)
			many.Count, many.Since = n, s.ev.Time.UTC()
			w.coalesce(&many, m)
		}
	case settings.NothingFor:
		w.still.heard(m.now)
		w.unsaved = true
	default:
		if key := s.key(when.Kind); len(key.text) > 0 && w.met.add(key.hash, key.text) {
			w.coalesce(s.alert(in), m)
		}
	}
}

// tick does what is due of a rule.
func (w *watch) tick(m *moment) {
	w.rollWindow(m)
	w.tellAway(m)
	if w.rule.When.Kind == settings.NothingFor && !w.off() && w.still.over(m.now, w.rule.When.Span) {
		w.still.Told = true
		w.coalesce(&Alert{Count: 1, Since: m.wall.UTC(), Message: w.rule.When.String()}, m)
	}
}

// off reports whether the rule tells nothing.
func (w *watch) off() bool { return w.rule.Off || w.rule.Record.Not || w.err != nil || w.asleep }

// due adds the times at which there is something to do.
func (w *watch) due(all []time.Time, m *moment) []time.Time {
	if w.rule.When.Kind == settings.NothingFor && !w.off() && !w.still.Told {
		all = append(all, w.still.due(m.now, w.rule.When.Span))
	}
	return w.teller.due(all, m)
}

// keyOf is by whom a rule tells once; empty: the event is about nobody.
func keyOf(kind settings.WhenKind, s *subject, buf []byte) []byte {
	key := buf[:0]
	if s.host == nil {
		return key
	}
	if kind != settings.FirstHost {
		switch d := s.device; {
		case d == nil:
			key = append(key, '-')
		case d.MAC != capture.MAC{}:
			key = append(key, d.MAC[:]...)
		default:
			key = d.Addr.AppendTo(key)
		}
		key = append(key, ' ')
	}
	if kind == settings.FirstDeviceOwner {
		if owner := origin.Of(s.host.Addr).Owner; owner != "" {
			return append(append(key, '='), owner...)
		}
	}
	if s.host.Addr.IsValid() {
		return s.host.Addr.AppendTo(key)
	}
	return append(key, s.host.Name...)
}

// met are those a rule has told about: hashes of their keys, of as many as there is room for.
type met struct {
	set   map[uint64]struct{}
	order []uint64 // the longest known first
	fresh []string // keys that the file does not have
	clear bool     // the file has others, which do not count
}

// maxMet is how many a rule knows: who was forgotten is told about again.
const maxMet = 10_000

func (k *met) reset() { *k = met{set: make(map[uint64]struct{})} }

// add takes somebody in, and reports whether it is the first time.
func (k *met) add(h uint64, key []byte) bool {
	if _, known := k.set[h]; known {
		return false
	}
	k.fresh = append(k.fresh, string(key))
	k.keep(h)
	return true
}

// keep notes the hash of a key that the file has, or will have.
func (k *met) keep(h uint64) {
	if len(k.order) >= maxMet {
		for _, old := range k.order[:maxMet/8] {
			delete(k.set, old)
		}
		k.order = slices.Delete(k.order, 0, maxMet/8)
	}
	k.set[h] = struct{}{}
	k.order = append(k.order, h)
}

// counter counts within a span that moves on, in steps.
type counter struct {
	Width int64 // of a step, ns
	At    int64 // number of the newest step
	Steps [steps]uint32
	Sum   uint64
	Told  int64 // when it was told about last, ns since 1970; 0: never
}

const steps = 32

func (c *counter) reset(span time.Duration) { *c = counter{Width: max(int64(span)/steps, 1)} }

// add counts an event. A number above 0 is to be told about: it is more than the rule allows,
// for the first time in the span.
func (c *counter) add(at time.Time, when *settings.When) uint64 {
	t := max(at.UnixNano(), 0)
	step := t / c.Width
	switch behind := c.At - step; {
	case behind >= steps: // the clock was set back far, or it came late
		if behind < 10*steps {
			return 0
		}
		c.reset(when.Span)
		c.At = step
	case -behind >= steps:
		c.Steps, c.Sum, c.At = [steps]uint32{}, 0, step
	default:
		for ; c.At < step; c.At++ {
			next := &c.Steps[(c.At+1)%steps]
			c.Sum -= uint64(*next)
			*next = 0
		}
	}
	c.Steps[step%steps]++
	c.Sum++
	if c.Sum <= uint64(when.Count) || c.Told != 0 && t >= c.Told && t-c.Told < int64(when.Span) {
		return 0
	}
	c.Told = t
	return c.Sum
}

// stillness is since when nothing matched.
type stillness struct {
	Heard int64 // when something matched last, or was waited for first; ns since 1970, steady
	Told  bool
}

func (s *stillness) heard(now time.Time) { s.Heard, s.Told = now.UnixNano(), false }

func (s *stillness) over(now time.Time, span time.Duration) bool {
	return !s.Told && now.UnixNano()-s.Heard >= int64(span)
}

func (s *stillness) due(now time.Time, span time.Duration) time.Time {
	return book.Begun(now, nanos(s.Heard), span)
}
