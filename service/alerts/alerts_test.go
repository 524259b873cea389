package alerts

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/book"
	"linklog/service/book/booktest"
)

// short writes alerts in a few words each.
func short(list []Alert) string {
	var words []string
	for _, a := range list {
		w := a.Kind.String()
		switch a.Kind {
		case NewHost:
			w += " " + a.Host.String()
			if !a.Host.IsValid() {
				w = "new-host"
			}
			if a.Name != "" {
				w += "(" + a.Name + ")"
			}
		case WANChange:
			w += " " + a.OldAddr.String() + ">" + a.NewAddr.String()
			if a.Muted {
				w += " muted"
			}
		default:
			w += fmt.Sprintf(" %d/%d", a.Count, len(a.Hosts))
		}
		words = append(words, w)
	}
	return strings.Join(words, ", ")
}

func (b *bench) expect(want string) {
	b.t.Helper()
	if got := short(b.alerts()); got != want {
		b.t.Errorf("alerts: got %q, want %q", got, want)
	}
}

func TestAlert(t *testing.T) {
	b := newBench(t, book.Options{}, Options{})
	if !b.see(capture.Out, "laptop=192.168.1.10:50000", "web.example=203.0.113.9:443") {
		t.Error("not New")
	}
	b.clock.Advance(time.Second)
	if b.see(capture.Out, "192.168.1.10:50001", "203.0.113.9:443") {
		t.Error("New again")
	}
	list := b.alerts()
	if len(list) != 1 {
		t.Fatalf("%+v", list)
	}
	want := Alert{
		ID: list[0].ID, Time: booktest.NewClock().T, Kind: NewHost, Host: netip.MustParseAddr("203.0.113.9"), Name: "web.example",
		Device: netip.MustParseAddr("192.168.1.10"), DeviceName: "laptop", Dir: capture.Out, Proto: capture.TCP, Port: 443, Service: "https",
		Seq: 1, Router: router, Count: 1, Since: booktest.NewClock().T,
	}
	if fmt.Sprintf("%+v", list[0]) != fmt.Sprintf("%+v", want) {
		t.Errorf("got  %+v\nwant %+v", list[0], want)
	}
	// In: the port is that of the device.
	b.in("198.51.100.7:5555")
	if a := b.alerts()[1]; a.Port != 80 || a.Service != "http" || a.Dir != capture.In || a.Device != want.Device || a.DeviceName != "laptop" {
		t.Errorf("%+v", a)
	}
	// A name is a host of its own.
	b.see(capture.Out, "192.168.1.61:32949", "slashdot.org")
	if a := b.alerts()[2]; a.Host.IsValid() || a.Name != "slashdot.org" || a.Device != netip.MustParseAddr("192.168.1.61") {
		t.Errorf("%+v", a)
	}
	b.see(capture.Out, "nas", "slashdot.ORG")
	if n := len(b.alerts()); n != 3 {
		t.Errorf("%d alerts", n)
	}
	// IDs grow, and reading goes on where it ended.
	after, err := b.After(list[0].ID, 1)
	if err != nil || len(after) != 1 || after[0].ID <= list[0].ID {
		t.Errorf("%+v, %v", after, err)
	}
	if rest, err := b.After(b.Last(), 1); rest != nil || err != nil {
		t.Errorf("%+v, %v", rest, err)
	}
}

func TestLearning(t *testing.T) {
	b := newBench(t, book.Options{}, Options{Learning: 24 * time.Hour})
	if !b.out("203.0.113.1:443") {
		t.Error("New is about the first time, also while learning")
	}
	b.expect("")
	b.clock.Advance(23 * time.Hour)
	b.reopen() // the period is that of the file, not of the process
	b.out("203.0.113.2:443")
	b.expect("")
	b.clock.Advance(time.Hour)
	b.out("203.0.113.1:443")
	b.expect("")
	b.out("203.0.113.3:443")
	b.expect("new-host 203.0.113.3")
	fresh := func() (refs []string) {
		t.Helper()
		list, err := b.Hosts(book.HostQuery{New: true})
		for i := range list {
			refs = append(refs, list[i].Ref.String())
		}
		if n, err2 := b.CountNew(); err != nil || err2 != nil || n != len(list) {
			t.Error(n, err, err2)
		}
		return refs
	}
	for range 2 {
		if got := fresh(); !slices.Equal(got, []string{"203.0.113.3"}) {
			t.Errorf("new since the user looked last: %v", got)
		}
		b.crash()
	}
	if u := b.LearningUntil(); !u.Equal(b.clock.T) {
		t.Errorf("until %v", u)
	}
	// A longer one by the settings.
	o := b.o
	o.Learning = 48 * time.Hour
	if err := b.Alerts.Configure(o); err != nil {
		t.Fatal(err)
	}
	b.out("203.0.113.4:443")
	b.expect("new-host 203.0.113.3")

	// A machine that was installed with a wrong clock does not learn for years.
	b = newBench(t, book.Options{}, Options{Learning: time.Hour})
	b.clock.Advance(-20 * 365 * 24 * time.Hour)
	b.tick(0)
	b.clock.Advance(2 * time.Hour)
	b.out("203.0.113.5:443")
	b.expect("new-host 203.0.113.5")
}

func TestIgnore(t *testing.T) {
	b := newBench(t, book.Options{}, Options{Ignore: []string{"dst:17.0.0.0/8"}, NameWait: 3 * time.Second})
	add := func(query, want string) {
		t.Helper()
		if got, err := b.Ignore(query); got != want || (err == nil) != (want != "") {
			t.Errorf("Ignore(%q) = %q, %v", query, got, err)
		}
	}
	add("port:123", "port:123")
	add(" port:123 ", "port:123")
	add("host:*.apple.com", "host:*.apple.com")
	add("src:192.168.1.20 dir:out", "dir:out src:192.168.1.20")
	add("service:ntp*", "service:ntp*")
	for _, wrong := range []string{"", " ", "is:new", "ip:300.1.1.1", "nonsense:5", "port:9 since:yesterday", "until:2030-01-01", "date:today"} {
		add(wrong, "")
	}
	for i, c := range []struct {
		dst  string
		told bool
	}{
		{"17.5.7.8:443", false},
		{"203.0.113.1:123", false},
		{"push.apple.com=203.0.113.2:443", false},
		{"203.0.113.3:443", true},
	} {
		b.out(c.dst)
		b.tick(3 * time.Second)
		if n := len(b.alerts()); (n == 1) != c.told {
			t.Errorf("%d: %d alerts", i, n)
		}
	}
	b.see(capture.Out, "192.168.1.20:5", "203.0.113.4:80")
	b.tick(3 * time.Second)
	b.see(capture.In, "203.0.113.5:6", "192.168.1.20:80")
	b.tick(3 * time.Second)
	b.expect("new-host 203.0.113.3, new-host 203.0.113.5")

	// The name that a filter asks for may be found by DNS only.
	b.out("203.0.113.6:443")
	b.SetDNSName(netip.MustParseAddr("203.0.113.6"), "x.apple.com")
	b.expect("new-host 203.0.113.3, new-host 203.0.113.5")

	// All are known, and say whether they are ignored.
	yes := true
	for _, h := range b.hostList(book.HostQuery{}) {
		if told := h.Addr.String() == "203.0.113.3" || h.Addr.String() == "203.0.113.5"; h.Ignored == told {
			t.Errorf("%+v", h)
		}
	}
	if n := len(b.hostList(book.HostQuery{Ignored: &yes})); n != 5 {
		t.Errorf("%d ignored", n)
	}
	b.reopen()
	var queries []string
	for _, r := range b.Ignores() {
		queries = append(queries, fmt.Sprint(r.Query, r.Settings))
	}
	if got := strings.Join(queries, ", "); got != "dst:17.0.0.0/8true, dir:out src:192.168.1.20false, host:*.apple.comfalse, port:123false, service:ntp*false" {
		t.Error(got)
	}
	for query, want := range map[string]bool{"port:123": true, "port:124": false, "dst:17.0.0.0/8": false} {
		if ok, err := b.Unignore(query); ok != want || err != nil {
			t.Errorf("Unignore(%q) = %v, %v", query, ok, err)
		}
	}
	b.reopen()
	if n := len(b.Ignores()); n != 4 {
		t.Errorf("%d rules", n)
	}
	// A wrong one is refused by who takes other settings, but a service can start.
	if err := b.Alerts.Configure(Options{Ignore: []string{"ip:x"}}); err == nil || !strings.Contains(err.Error(), `ignore "ip:x"`) {
		t.Error(err)
	}
	other, told, err := Open(b.path+"2", book.Options{}, Options{Ignore: []string{"ip:x", "port:5"}})
	if err != nil {
		t.Fatal(err)
	}
	if r := told.Ignores(); len(r) != 2 || r[0].Query != "ip:x" || r[0].Err == nil || r[1].Err != nil {
		t.Errorf("%+v", r)
	}
	if err := other.Close(); err != nil {
		t.Error(err)
	}
	b.Alerts.ignores.user[0].query = "gone:5" // as an older program took it
	b.Alerts.ignores.compile(nil)
	if r := b.Ignores()[1]; r.Err == nil {
		t.Errorf("%+v", r)
	}
}

func TestCoalescing(t *testing.T) {
	b := newBench(t, book.Options{}, Options{})
	n := 0
	burst := func(hosts int) {
		for range hosts {
			b.out(netip.AddrPortFrom(public(n), 443).String())
			n++
		}
	}
	minute := func() string { // what is told in a minute
		b.t.Helper()
		last := b.Last()
		for range 60 {
			b.tick(time.Second)
		}
		list, err := b.After(last, 0)
		if err != nil {
			t.Fatal(err)
		}
		var kinds []string
		for _, a := range list {
			w := a.Kind.String()
			if a.Kind != NewHost {
				w = fmt.Sprintf("%d", a.Count)
			}
			kinds = append(kinds, w)
		}
		return strings.Join(kinds, " ")
	}
	for i, c := range []struct {
		hosts int
		want  string
	}{
		{2, "new-host new-host"},
		{0, ""},
		{26, "new-host new-host new-host 23"},
		{100, "100"}, // it goes on: one alert a minute
		{0, ""},      // and it is over
		{3, "new-host new-host new-host"},
		{4, "new-host new-host new-host new-host"}, // the last at the end of the minute
	} {
		burst(c.hosts)
		if got := minute(); got != c.want {
			t.Errorf("%d: got %q, want %q", i, got, c.want)
		}
	}
	list := b.alerts()
	i := slices.IndexFunc(list, func(a Alert) bool { return a.Kind == NewHosts })
	if a := list[i]; len(a.Hosts) != firstFew || a.Hosts[0].Host != public(5) || a.Seq != 6 || a.Since.IsZero() || !a.Since.Before(a.Time) {
		t.Errorf("%+v", a)
	}

	// What is held back survives the end of the process.
	burst(10)
	b.commit()
	b.crash()
	b.tick(0)
	if got := minute(); got != "8" { // the one before was told in this window, too
		t.Errorf("got %q", got)
	}
	total := uint64(0)
	for _, a := range b.alerts() {
		total += a.Count
	}
	if total != uint64(n) {
		t.Errorf("told %d of %d", total, n)
	}
}

func TestMute(t *testing.T) {
	b := newBench(t, book.Options{}, Options{})
	b.wanIs("198.51.100.1")
	if err := b.SetMute(b.clock.T.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	b.reopen()
	if m := b.Mute(); !m.Equal(b.clock.T.Add(time.Hour)) {
		t.Error(m)
	}
	for i := range 12 {
		b.out(netip.AddrPortFrom(public(i), 443).String())
	}
	b.wanIs("198.51.100.2")
	b.expect("wan-change 198.51.100.1>198.51.100.2 muted")
	b.tick(30 * time.Minute)
	b.crash()
	b.tick(30*time.Minute - time.Second)
	b.expect("wan-change 198.51.100.1>198.51.100.2 muted")
	if due, ok := b.Due(); !ok || !due.Equal(b.clock.T.Add(time.Second)) {
		t.Errorf("due %v, %v", due, ok)
	}
	b.tick(time.Second)
	b.expect("wan-change 198.51.100.1>198.51.100.2 muted, digest 12/5")
	if m := b.Mute(); !m.IsZero() {
		t.Error(m)
	}
	// Ended by hand, with one host: it is told by name.
	b.SetMute(b.clock.T.Add(time.Hour))
	b.out("203.0.113.1:443")
	b.commit()
	b.SetMute(time.Time{})
	b.tick(awayQuiet)
	b.expect("wan-change 198.51.100.1>198.51.100.2 muted, digest 12/5, new-host 203.0.113.1")
	// Muted in the middle of a burst.
	for i := range 10 {
		b.out(netip.AddrPortFrom(public(100+i), 443).String())
	}
	b.SetMute(b.clock.T.Add(2 * time.Minute))
	for range 200 {
		b.tick(time.Second)
	}
	b.expect("wan-change 198.51.100.1>198.51.100.2 muted, digest 12/5, new-host 203.0.113.1, " +
		"new-host 45.0.0.100, new-host 45.0.0.101, new-host 45.0.0.102, digest 7/5")
}

// A backlog that the service finds when it comes back is one digest, and so is what a
// follower missed.
func TestBreak(t *testing.T) {
	b := newBench(t, book.Options{}, Options{})
	then := b.clock.T
	b.clock.Advance(time.Hour)
	for i := range 41 {
		b.seq++
		ev := attempt(b.seq, then.Add(time.Duration(i)*time.Second), capture.Out, "192.168.1.10:5", netip.AddrPortFrom(public(i), 443).String())
		b.Observe(&ev)
	}
	b.expect("")
	b.tick(awayQuiet)
	b.expect("digest 41/5")

	first := b.Last()
	for i := range 10 {
		b.out(netip.AddrPortFrom(public(1000+i), 443).String())
	}
	b.wanIs("198.51.100.1")
	b.commit()
	b.tick(time.Minute)
	b.wanIs("198.51.100.2")
	d, ok, err := b.Digest(first)
	if err != nil || !ok || d.Count != 10 || len(d.Hosts) != firstFew || d.Hosts[4].Host != public(1004) || d.ID != b.Last() || d.Kind != Digest || d.Seq != 42 {
		t.Errorf("%+v, %v, %v", d, ok, err)
	}
	if d, ok, err := b.Digest(d.ID); ok || err != nil {
		t.Errorf("%+v, %v", d, err)
	}
	// A change of the address alone is no digest.
	b.commit()
	if d, ok, err := b.Digest(d.ID); ok || err != nil || d.ID != b.Last() {
		t.Errorf("%+v, %v", d, err)
	}
}

// maxRouters is how many routers the book knows at once.
const maxRouters = 64

func TestWAN(t *testing.T) {
	b := newBench(t, book.Options{}, Options{})
	b.wanIs("198.51.100.1")
	b.wanIs("198.51.100.1")
	b.reopen()
	b.wanIs("198.51.100.1")
	b.wanIs("0.0.0.0")
	b.expect("")
	b.wanIs("198.51.100.2")
	b.expect("wan-change 198.51.100.1>198.51.100.2")
	// Two lines that are told in turn: one alert a minute, and in the end the truth.
	for range 100 {
		b.wanIs("198.51.100.3")
		b.wanIs("198.51.100.2")
		b.tick(time.Second / 2)
	}
	b.wanIs("198.51.100.4")
	b.crash() // not yet written
	b.wanIs("198.51.100.4")
	b.commit()
	b.crash()
	b.tick(time.Minute)
	b.expect("wan-change 198.51.100.1>198.51.100.2, wan-change 198.51.100.2>198.51.100.4")
	// By an attempt that was refused.
	b.see(capture.In, "203.0.113.9:5", "WAN=198.51.100.5:23")
	b.tick(time.Minute)
	list := b.alerts()
	if a := list[len(list)-1]; a.Kind != WANChange || a.NewAddr.String() != "198.51.100.5" || a.Router != router || a.Seq == 0 {
		t.Errorf("%+v", a)
	}
	// Each router has its own.
	for i := range 2 * maxRouters {
		b.seq++
		ev := capture.Event{Seq: b.seq, Time: b.clock.T.Add(time.Duration(i)), Router: public(i), Kind: capture.WAN, Dst: capture.Endpoint{Addr: public(1000 + i)}}
		b.Observe(&ev)
	}
	if n := len(b.at.Routers()); n != maxRouters {
		t.Errorf("%d routers", n)
	}
	if n := len(b.alerts()); n != len(list) {
		t.Errorf("%d alerts", n-len(list))
	}
	// However many come, those that were first stay,
	b.reopen()
	b.wanIs("198.51.100.6")
	b.tick(time.Minute)
	if list = b.alerts(); list[len(list)-1].OldAddr.String() != "198.51.100.5" || list[len(list)-1].NewAddr.String() != "198.51.100.6" {
		t.Errorf("%+v", list[len(list)-1])
	}
	// but not for ever without a word.
	b.clock.T = b.clock.T.Add(8 * 24 * time.Hour)
	b.wanIs("198.51.100.6")
	for i := range maxRouters {
		b.seq++
		b.Observe(&capture.Event{Seq: b.seq, Time: b.clock.T, Router: public(5000 + i), Kind: capture.WAN, Dst: capture.Endpoint{Addr: public(6000 + i)}})
	}
	var known []netip.Addr
	for _, r := range b.at.Routers() {
		known = append(known, r.Public)
	}
	if !slices.Contains(known, netip.MustParseAddr("198.51.100.6")) || slices.Contains(known, public(1000)) || !slices.Contains(known, public(6000)) {
		t.Error("the wrong ones were forgotten")
	}
}

func TestNameWait(t *testing.T) {
	b := newBench(t, book.Options{}, Options{NameWait: 3 * time.Second})
	b.out("203.0.113.1:443")
	b.out("203.0.113.2:443")
	b.out("203.0.113.3:443")
	b.expect("")
	if due, ok := b.Due(); !ok || !due.Equal(b.clock.T.Add(3*time.Second)) {
		t.Errorf("due %v, %v", due, ok)
	}
	b.SetDNSName(netip.MustParseAddr("203.0.113.2"), "two.example")
	b.expect("new-host 203.0.113.2(two.example)")
	b.SetDNSName(netip.MustParseAddr("203.0.113.1"), "") // there is none
	b.expect("new-host 203.0.113.2(two.example), new-host 203.0.113.1")
	b.tick(2 * time.Second)
	b.crash() // the wait begins again
	b.tick(2 * time.Second)
	b.expect("new-host 203.0.113.2(two.example), new-host 203.0.113.1")
	b.tick(time.Second)
	b.expect("new-host 203.0.113.2(two.example), new-host 203.0.113.1, new-host 203.0.113.3")
	b.SetDNSName(netip.MustParseAddr("203.0.113.3"), "late.example")
	b.tick(time.Minute)
	if n := len(b.alerts()); n != 3 {
		t.Errorf("%d alerts", n)
	}
	// After a long time away it is a break.
	b.out("203.0.113.4:443")
	b.out("203.0.113.5:443")
	b.commit()
	b.crash()
	b.clock.Advance(time.Hour)
	b.tick(3 * time.Second)
	b.tick(3 * time.Second)
	b.expect("new-host 203.0.113.2(two.example), new-host 203.0.113.1, new-host 203.0.113.3, digest 2/2")
	// A clock that is set back holds nothing up.
	b.out("203.0.113.6:443")
	b.tick(-time.Hour)
	if n := len(b.alerts()); n != 5 {
		t.Errorf("%d alerts", n)
	}
	// What has a name does not wait, and only so many do.
	b.tick(time.Hour)
	b.tick(time.Minute)
	b.see(capture.Out, "192.168.1.10:5", "web.example=203.0.113.7:443")
	if n := len(b.alerts()); n != 6 {
		t.Errorf("%d alerts", n)
	}
	for i := range 2 * maxWaiting {
		b.out(netip.AddrPortFrom(public(i), 443).String())
	}
	if n := len(b.waiting); n != maxWaiting {
		t.Errorf("%d waiting", n)
	}
}

func TestWake(t *testing.T) {
	b := newBench(t, book.Options{}, Options{})
	wake, stop := b.Wake()
	b.out("203.0.113.1:443")
	select {
	case <-wake:
		t.Error("woken before it is written")
	default:
	}
	b.commit()
	select {
	case <-wake:
	default:
		t.Error("not woken")
	}
	stop()
	b.out("203.0.113.2:443")
	b.commit()
	select {
	case <-wake:
		t.Error("woken after stop")
	default:
	}
}

func TestAlertsAreBounded(t *testing.T) {
	b := newBench(t, book.Options{}, Options{Keep: 10})
	for i := range 40 {
		b.out(netip.AddrPortFrom(public(i), 443).String())
		b.commit()
		b.tick(2 * time.Minute)
	}
	list := b.alerts()
	if len(list) != 10 || list[9].Host != public(39) {
		t.Errorf("%s", short(list))
	}
	before := b.Last()
	b.reopen()
	b.out("203.0.113.1:443")
	if list := b.alerts(); list[9].ID <= before {
		t.Errorf("%d after %d", list[9].ID, before)
	}
}
