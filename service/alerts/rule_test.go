package alerts

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"linklog/bench/used"
	"linklog/capture"
	"linklog/filter"
	"linklog/service/book"
	"linklog/service/settings"
)

// rulesOf reads rules as the settings have them.
func rulesOf(t testing.TB, text string) []settings.Rule {
	t.Helper()
	s, err := settings.Parse([]byte("[[outlet]]\nname = \"phone\"\ntype = \"ntfy\"\nurl = \"https://ntfy.sh/t\"\n" + text))
	if err != nil {
		t.Fatal(err)
	}
	return s.Rules
}

// rule is a section of the settings.
func rule(name, filter, when, more string) string {
	return fmt.Sprintf("[[rule]]\nname = %q\nfilter = %q\nwhen = %q\n%s\n", name, filter, when, more)
}

// quietHosts keeps new hosts out of what tests of rules look at.
const quietHosts = "[[rule]]\nbuiltin = \"new-host\"\noff = true\n"

func ruled(t testing.TB, text string) *bench {
	b := newBench(t, book.Options{}, Options{Rules: rulesOf(t, quietHosts+text)})
	b.learn()
	return b
}

// learn wakes rules up that know nothing of the past.
func (b *bench) learn() {
	b.t.Helper()
	if err := b.Learn(context.Background(), pastOf(nil)); err != nil {
		b.t.Fatal(err)
	}
}

// pastOf are the events of a history.
type pastOf []capture.Event

func (p pastOf) Each(ctx context.Context, m *filter.Matcher, since, until time.Time, newest bool, f func(*capture.Event) error) error {
	for i := range p {
		ev := p[i]
		if newest {
			ev = p[len(p)-1-i]
		}
		if !m.Match(&ev) || ev.Time.Before(since) || !until.IsZero() && !ev.Time.Before(until) {
			continue
		}
		if err := f(&ev); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// reopened is reopen, of rules that have learned.
func (b *bench) reopened() {
	b.reopen()
	b.learn()
}

// lines are all alerts, without times.
func (b *bench) lines() string {
	b.t.Helper()
	var all []string
	for _, a := range b.alerts() {
		text := a.String()
		if i := strings.Index(text, " since "); i >= 0 && a.Count > 1 {
			text = text[:i] + text[i+len(" since 12:00:00 UTC"):]
		}
		all = append(all, text)
	}
	return strings.Join(all, "\n")
}

func (b *bench) want(text string) {
	b.t.Helper()
	if got := b.lines(); got != text {
		b.t.Errorf("got\n%s\nwant\n%s", got, text)
	}
}

func TestAlways(t *testing.T) {
	b := ruled(t, rule("ssh", "dir:in port:22", "always", `outlets = ["phone"]`)+rule("also", "dir:in port:22", "", "")+rule("off", "dir:in", "", "off = true"))
	b.see(capture.In, "203.0.113.4:5", "192.168.1.10:22")
	b.see(capture.In, "203.0.113.4:5", "192.168.1.10:23")
	b.see(capture.Out, "192.168.1.10:22", "203.0.113.4:22")
	b.want("rule ssh: in TCP from 203.0.113.4 to 192.168.1.10, port 22 (ssh)\nrule also: in TCP from 203.0.113.4 to 192.168.1.10, port 22 (ssh)")
	list := b.alerts()
	if !list[0].For("phone") || list[0].For("mail") || list[0].For(settings.Desktop) || !list[1].For("mail") || list[0].Rule != "ssh" {
		t.Errorf("%+v", list)
	}
	b.reopened()
	b.want("rule ssh: in TCP from 203.0.113.4 to 192.168.1.10, port 22 (ssh)\nrule also: in TCP from 203.0.113.4 to 192.168.1.10, port 22 (ssh)")
	for _, r := range b.Rules() {
		if r.Name == "ssh" && (r.Told != 1 || r.Last.IsZero()) || r.Name == "off" && r.Told != 0 {
			t.Errorf("%+v", r)
		}
	}
}

// Names by which a rule's filter asks are those that the user sees.
func TestRuleOfNames(t *testing.T) {
	b := ruled(t, rule("camera", "srchost:camera", "first for this device and host", ""))
	b.out("203.0.113.1:443")
	if err := b.SetLabel(book.ParseRef("192.168.1.10"), "Camera"); err != nil {
		t.Fatal(err)
	}
	b.out("203.0.113.1:443")
	b.out("203.0.113.1:80")
	b.want("rule camera: out TCP from Camera (192.168.1.10) to 203.0.113.1, port 443 (https)")
}

func TestFirst(t *testing.T) {
	see := func(b *bench) {
		b.clock.Advance(10 * time.Minute)
		b.see(capture.Out, "192.168.1.10:5", "17.5.7.8:443")
		b.see(capture.Out, "192.168.1.11:5", "17.5.7.8:443")
		b.see(capture.Out, "192.168.1.11:5", "17.5.7.9:443") // Apple's, too
		b.tick(2 * time.Minute)
	}
	for when, want := range map[string]int{"first for this host": 2, "first for this device and host": 3, "first for this device and owner": 2} {
		t.Run(when, func(t *testing.T) {
			b := ruled(t, rule("r", "port:443", when, ""))
			count := func() (n int) {
				for _, a := range b.alerts() {
					n += int(a.Count)
				}
				return n
			}
			see(b)
			see(b)
			if n := count(); n != want {
				t.Errorf("told of %d, want %d:\n%s", n, want, b.lines())
			}
			b.reopened()
			see(b)
			b.crash()
			b.learn()
			see(b)
			if n := count(); n != want {
				t.Errorf("told of %d after new starts, want %d:\n%s", n, want, b.lines())
			}
			// A rule that asks something else begins anew.
			if err := b.Alerts.Configure(Options{NameWait: -1, Services: b.o.Services, Rules: rulesOf(t, quietHosts+rule("r", "port:443 dir:out", when, ""))}); err != nil {
				t.Fatal(err)
			}
			see(b) // it has not learned yet
			b.learn()
			see(b)
			if n := count(); n != 2*want {
				t.Errorf("told of %d, want %d", n, 2*want)
			}
		})
	}
}

// A rule that tells once knows the past.
func TestLearn(t *testing.T) {
	b := newBench(t, book.Options{}, Options{Rules: rulesOf(t, quietHosts+rule("r", "port:443", "first for this host", ""))})
	old := b.event(capture.Out, "192.168.1.10:5", "203.0.113.1:443")
	if err := b.Learn(context.Background(), pastOf{old, b.event(capture.Out, "192.168.1.10:5", "203.0.113.2:80")}); err != nil {
		t.Fatal(err)
	}
	b.out("203.0.113.1:443")
	b.out("203.0.113.2:443")
	b.commit()
	b.crash() // it has not to learn again
	b.out("203.0.113.1:443")
	b.out("203.0.113.3:443")
	b.want("rule r: out TCP from 192.168.1.10 to 203.0.113.2, port 443 (https)\nrule r: out TCP from 192.168.1.10 to 203.0.113.3, port 443 (https)")
}

// Of whom a rule has told, it knows a bounded number, in the file, too.
func TestMetIsBounded(t *testing.T) {
	b := ruled(t, rule("r", "port:443", "first for this host", ""))
	for i := range maxMet + 10 {
		b.out(netip.AddrPortFrom(public(i), 443).String())
		if i%1000 == 0 {
			b.commit()
		}
	}
	b.commit()
	w := b.watches[0]
	if len(w.met.set) != len(w.met.order) || len(w.met.set) > maxMet {
		t.Errorf("%d and %d", len(w.met.set), len(w.met.order))
	}
	b.reopened()
	if w := b.watches[0]; len(w.met.set) > maxMet || len(w.met.set) < maxMet*7/8 {
		t.Errorf("%d in the file", len(w.met.set))
	}
}

func TestMoreThan(t *testing.T) {
	b := ruled(t, rule("many", "dir:in", "more than 5 in 10m", ""))
	in := func(n int) {
		for range n {
			b.in("203.0.113.4:5")
		}
		b.commit()
	}
	in(5)
	b.want("")
	b.tick(11 * time.Minute)
	in(3)
	b.crash() // what was counted stays
	b.learn()
	in(2)
	b.want("")
	in(1)
	in(100)
	b.want("rule many: 6 times, the last: in TCP from 203.0.113.4 to 192.168.1.10, port 80 (http)")
	b.tick(11 * time.Minute)
	in(1)
	b.want("rule many: 6 times, the last: in TCP from 203.0.113.4 to 192.168.1.10, port 80 (http)")
	in(5)
	if n := len(b.alerts()); n != 2 {
		t.Errorf("%d alerts:\n%s", n, b.lines())
	}
}

// A counter agrees with one that remembers all times, but for a step.
func TestCounter(t *testing.T) {
	when := settings.When{Kind: settings.MoreThan, Count: 20, Span: time.Minute}
	var c counter
	c.reset(when.Span)
	at := time.Unix(1_800_000_000, 0)
	var times []time.Time
	for i := range 20_000 {
		at = at.Add(time.Duration(i*7919%5000) * time.Millisecond)
		times = append(times, at)
		c.Told = 0
		got := c.add(at, &when)
		within := func(span time.Duration) (n uint64) {
			for k := len(times) - 1; k >= 0 && at.Sub(times[k]) < span; k-- {
				n++
			}
			return n
		}
		least, most := within(time.Minute-time.Minute/steps), within(time.Minute)
		if c.Sum < least || c.Sum > most || (got > 0) != (c.Sum > 20) {
			t.Fatalf("%d: counted %d, told %d; there are %d to %d", i, c.Sum, got, least, most)
		}
	}
	// A clock that jumps leaves no counter that cannot count.
	for _, at := range []time.Time{{}, time.Unix(0, 0), time.Unix(-5, 0), time.Unix(9e9, 0), time.Unix(5, 0)} {
		c.add(at, &when)
		for range 21 {
			c.add(at, &when)
		}
		if c.Sum < 21 {
			t.Errorf("at %v it counts %d", at, c.Sum)
		}
	}
}

func TestNothingFor(t *testing.T) {
	b := ruled(t, rule("quiet", "dir:in", "nothing for 2h", ""))
	b.in("203.0.113.4:5")
	b.tick(time.Hour)
	b.in("203.0.113.4:5")
	b.untilDue(7000)
	b.want("")
	b.untilDue(300)
	b.want("rule quiet: nothing for 2h")
	b.untilDue(20_000)
	b.reopened()
	b.untilDue(20_000)
	b.want("rule quiet: nothing for 2h") // once
	b.in("203.0.113.4:5")
	b.commit()
	// That nobody listened is no reason to tell.
	b.o.Alive = b.clock.T
	b.clock.Advance(24 * time.Hour)
	b.reopened()
	b.untilDue(7000)
	b.want("rule quiet: nothing for 2h")
	b.untilDue(300)
	b.want("rule quiet: nothing for 2h\nrule quiet: nothing for 2h")
}

// In quiet hours alerts wait, and come together afterwards; or they never come.
func TestQuietHours(t *testing.T) {
	hours := func(b *bench, from, to time.Duration) string {
		clock := func(d time.Duration) string { return b.clock.T.Add(d).Local().Format("15:04") }
		return clock(from) + "-" + clock(to)
	}
	for _, drop := range []bool{false, true} {
		t.Run(fmt.Sprintf("drop %v", drop), func(t *testing.T) {
			b := newBench(t, book.Options{}, Options{})
			more := fmt.Sprintf("quiet = %q\n", hours(b, time.Hour, 5*time.Hour))
			if drop {
				more += `meanwhile = "drop"`
			}
			if err := b.Alerts.Configure(Options{NameWait: -1, Services: b.o.Services, Rules: rulesOf(t, quietHosts+rule("r", "dir:in", "", more))}); err != nil {
				t.Fatal(err)
			}
			b.in("203.0.113.1:5")
			b.tick(2 * time.Hour)
			b.in("203.0.113.2:5")
			b.in("203.0.113.3:5")
			b.untilDue(3 * 3600 / 2)
			b.in("203.0.113.4:5")
			first := "rule r: in TCP from 203.0.113.1 to 192.168.1.10, port 80 (http)"
			b.want(first)
			b.untilDue(2 * 3600)
			if drop {
				b.want(first)
			} else {
				b.want(first + "\nrule r: 3 times: 203.0.113.2, 203.0.113.3, 203.0.113.4")
			}
			b.in("203.0.113.5:5")
			if list := b.alerts(); list[len(list)-1].Host != netip.MustParseAddr("203.0.113.5") {
				t.Error(b.lines())
			}
		})
	}
}

// However many events there are, a rule makes a handful of alerts, and they count all.
func TestRuleCoalescing(t *testing.T) {
	b := ruled(t, rule("r", "dir:in", "", "")+rule("s", "port:80", "", "")+rule("t", "is:new", "", ""))
	const events = 10_000
	for i := range events {
		b.in(fmt.Sprintf("%v:5", public(i)))
		b.clock.Advance(time.Minute / events)
		if i%100 == 0 {
			b.commit()
			b.tick(0)
		}
	}
	b.untilDue(120)
	told, alerts := map[string]uint64{}, map[string]int{}
	for _, a := range b.alerts() {
		told[a.Rule] += a.Count
		alerts[a.Rule]++
	}
	for _, name := range []string{"r", "s", "t"} {
		if told[name] != events || alerts[name] > 5 {
			t.Errorf("rule %s: %d alerts tell of %d events", name, alerts[name], told[name])
		}
	}
}

// Mute holds what rules tell, as all else.
func TestMutedRules(t *testing.T) {
	b := ruled(t, rule("r", "dir:in", "", ""))
	if err := b.SetMute(b.clock.T.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	b.in("203.0.113.1:5")
	b.in("203.0.113.2:5")
	b.untilDue(3590)
	b.want("")
	b.untilDue(30)
	b.want("rule r: 2 times: 203.0.113.1, 203.0.113.2")
}

func TestWrongRules(t *testing.T) {
	b := ruled(t, rule("r", "dir:in", "", ""))
	wrong := []settings.Rule{{Name: "bad", Filter: "ip:x"}}
	if err := b.Alerts.Configure(Options{Rules: wrong}); err == nil || !strings.Contains(err.Error(), `rule "bad": `) {
		t.Error(err)
	}
	b.in("203.0.113.1:5")
	b.want("rule r: in TCP from 203.0.113.1 to 192.168.1.10, port 80 (http)")
	b.o.Rules = wrong
	b.reopened()
	b.in("203.0.113.1:5")
	for _, r := range b.Rules() {
		if r.Name == "bad" && r.Err == nil {
			t.Errorf("%+v", r)
		}
	}
}

// BenchmarkRules is an event that matches 100 rules, each with another filter, beside the
// same without rules; and one that matches none of them.
func BenchmarkRules(b *testing.B) {
	var text strings.Builder
	for i := range 100 {
		filter := []string{"dir:out port:443,%d", "dst:203.0.113.0/24,10.0.%d.1", "proto:tcp !port:%d", "country:!X%c port:443", "!owner:nobody%d dir:out", "srchost:laptop*,x%d",
			"ip:192.168.1.10,10.1.1.%d", "!text:t%d dir:out proto:tcp", "is:!%d"}[i%8]
		if i%8 == 3 {
			filter = fmt.Sprintf("!country:X%c port:443,%d", 'A'+i%26, i)
		} else {
			filter = fmt.Sprintf(filter, i+1)
		}
		when := []string{"always", "first for this host", "first for this device and host", "first for this device and owner", "more than 5 in 10m", "nothing for 1h"}[i%6]
		text.WriteString(rule(fmt.Sprint("rule ", i), filter, when, ""))
	}
	for _, c := range []struct {
		name, rules string
		dst         string
		matching    uint64
	}{{"none", "", "203.0.113.5:443", 0}, {"100 match", text.String(), "203.0.113.5:443", 100}, {"100 of names do not", strings.ReplaceAll(text.String(), "dir:out", "dir:in"), "198.51.100.7:80", 0}} {
		b.Run(c.name, func(b *testing.B) {
			s := ruled(b, c.rules)
			if err := s.SetLabel(book.ParseRef("192.168.1.10"), "laptop"); err != nil {
				b.Fatal(err)
			}
			ev := s.event(capture.Out, "192.168.1.10:50000", c.dst)
			if c.matching > 0 {
				n := 0
				x := ev
				x.Src.Name = "laptop"
				for _, g := range s.groups {
					if g.matcher.Match(&x) {
						n += len(g.of)
					}
				}
				if n != 100 {
					b.Fatalf("%d match", n)
				}
			}
			b.ReportAllocs()
			before := used.CPU()
			for b.Loop() {
				s.seq++
				ev.Seq = s.seq
				s.Observe(&ev)
			}
			b.ReportMetric(float64((used.CPU()-before).Nanoseconds())/float64(b.N), "ns-cpu/op")
		})
	}
}

// A trial says what the rule would have told, to the alert.
func TestTry(t *testing.T) {
	for _, when := range []string{"always", "first for this host", "first for this device and host", "first for this device and owner", "more than 20 in 10m", "nothing for 30m"} {
		for _, more := range []string{"", "quiet = \"13:00-14:00\"", "quiet = \"13:00-14:00\"\nmeanwhile = \"drop\""} {
			b := newBench(t, book.Options{}, Options{})
			b.clock.T = time.Date(2026, 11, 23, 12, 0, 0, 0, time.Local)
			begin := b.clock.T
			r := rulesOf(t, rule("r", "dir:in", when, more))
			if err := b.Alerts.Configure(Options{NameWait: -1, Services: b.o.Services, Rules: rulesOf(t, quietHosts+rule("r", "dir:in", when, more))}); err != nil {
				t.Fatal(err)
			}
			b.learn()
			var events pastOf
			for i := range 300 {
				b.untilDue([]int{1, 0, 3, 0, 40, 0, 0, 7}[i%8] + i%100/99*2500)
				ev := b.event(capture.In, fmt.Sprintf("%v:5", public(i*7919%97)), "192.168.1.10:80")
				if i%3 == 0 {
					ev = b.event(capture.Out, "192.168.1.10:5", "203.0.113.1:443")
				}
				b.Observe(&ev)
				events = append(events, ev)
			}
			b.untilDue(7200)
			list := b.alerts()
			got, err := b.Try(context.Background(), r[0], b.o.Services, begin, b.clock.T, events)
			if err != nil || !got.Whole || got.Told != uint64(len(list)) || len(list) > 0 && got.Last[len(got.Last)-1].Count != list[len(list)-1].Count {
				t.Errorf("%s, %s: it would have told %d times (%+v, %v), it told %d:\n%s", when, more, got.Told, got.Last, err, len(list), b.lines())
			}
			if when == "first for this host" { // who was there before is not told about
				got, err := b.Try(context.Background(), r[0], b.o.Services, begin.Add(10*time.Minute), b.clock.T, events)
				if err != nil || got.Told >= uint64(len(list)) {
					t.Errorf("%+v, %v", got, err)
				}
			}
		}
	}
	b := newBench(t, book.Options{}, Options{})
	if _, err := b.Try(context.Background(), settings.Rule{Filter: "ip:x"}, nil, b.clock.T, b.clock.T, pastOf(nil)); err == nil {
		t.Error("no error")
	}
	ctx, cancel := context.WithTimeout(context.Background(), -1)
	defer cancel()
	many := pastOf{b.event(capture.In, "203.0.113.1:5", "192.168.1.10:80")}
	if got, err := b.Try(ctx, settings.Rule{Filter: "dir:in"}, nil, b.clock.T, b.clock.T.Add(time.Hour), many); err != nil || got.Whole {
		t.Errorf("%+v, %v", got, err)
	}
}
