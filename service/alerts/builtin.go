package alerts

import (
	"net/netip"
	"slices"
	"time"

	"linklog/assets/listed"
	"linklog/capture"
	"linklog/service/settings"
)

// builtinKinds are the alerts of the rules that are built in.
var builtinKinds = map[string][3]AlertKind{
	settings.NewHost:       {NewHost, NewHosts, Digest},
	settings.PublicAddress: {WANChange, WANChange, WANChange},
	settings.NewDevice:     {NewDevice, NewDevice, NewDevice},
	settings.Listed:        {Listed, Listed, Listed},
	settings.PortScan:      {PortScan, PortScan, PortScan},
	settings.RouterSilent:  {RouterSilent, RouterSilent, RouterSilent},
	settings.Trouble:       {Trouble, Trouble, Trouble},
}

// newBuiltins makes the rules that are built in as the settings want them.
func newBuiltins(rules []settings.Rule) map[string]*watch {
	all := make(map[string]*watch)
	for i, name := range settings.BuiltinRules {
		w := &watch{key: "builtin:" + name}
		w.rule = settings.Rule{Builtin: name, Off: i >= settings.OnByDefault}
		if at := slices.IndexFunc(rules, func(r settings.Rule) bool { return r.Builtin == name }); at >= 0 {
			w.rule = rules[at]
		}
		kinds := builtinKinds[name]
		w.single, w.several, w.digest = kinds[0], kinds[1], kinds[2]
		all[name] = w
	}
	return all
}

// own is what rules that are built in know, each of one thing.
type own struct {
	Joined   []joined     `json:",omitempty"`
	Scans    []scanning   `json:",omitempty"`
	Scanned  []scanned    `json:",omitempty"`
	Routers  []silence    `json:",omitempty"`
	Listed   []toldListed `json:",omitempty"`
	Troubles []lasting    `json:",omitempty"`
}

// joined is a new device of which it is not clear yet who it is: what it is called, and
// whether it is one that is known by its hardware address, the log often says after its
// first attempt.
type joined struct {
	ID   int64
	Seq  uint64
	Time int64 // of the attempt, ns since 1970
	Due  int64 // steady
}

const (
	maxJoined = 256
	// joinWait is how long it is waited for that.
	joinWait = 10 * time.Second
)

// Joined is a new device.
func (a *Alerts) Joined(id int64) {
	w := a.builtin[settings.NewDevice]
	now := a.at.Steady()
	if w.rule.Off || len(w.own.Joined) >= maxJoined || a.o.Learning > 0 && now.Before(a.learningUntil()) {
		return
	}
	_, seq, _ := a.at.Device(id)
	w.own.Joined = append(slices.Clip(w.own.Joined), joined{id, seq, a.at.Now().UnixNano(), now.Add(joinWait).UnixNano()})
	w.unsaved = true
}

// tellJoined tells about devices that are new.
func (a *Alerts) tellJoined(w *watch, m *moment) {
	for len(w.own.Joined) > 0 {
		j := w.own.Joined[0]
		if wait := j.Due - m.now.UnixNano(); wait > 0 && wait <= int64(joinWait) {
			return
		}
		w.own.Joined = slices.Clone(w.own.Joined[1:])
		w.unsaved = true
		d, seq, found := a.at.Device(j.ID)
		// Of IPv6 a device makes ever new addresses: only its hardware address tells it.
		if !found || w.rule.Off || seq < j.Seq || d.MAC == (capture.MAC{}) && !d.Addr.Is4() {
			continue
		}
		one := Alert{Count: 1, Since: nanos(j.Time), Seq: j.Seq, Device: d.Addr, DeviceName: d.Name}
		if d.MAC != (capture.MAC{}) {
			one.Message = d.MAC.String()
		}
		w.coalesce(&one, m)
	}
}

// A port scan is a host that tries so many ports, or the same at so many addresses, in a time.
const (
	scanPorts  = 15
	scanWithin = time.Minute
	maxScans   = 256
	// scanPause is how long a host is not told about again.
	scanPause  = 24 * time.Hour
	maxScanned = 1000
)

// scanning is what a host tried lately.
type scanning struct {
	Host  netip.Addr
	Since int64 // ns since 1970
	Tried []netip.AddrPort
}

// scanned is a host that was told about.
type scanned struct {
	Host netip.Addr
	At   int64
}

// lookForScan takes an attempt, and tells about its source if that scans.
func (a *Alerts) lookForScan(w *watch, s *subject, m *moment) {
	ev := s.ev
	// Answers that come when nobody waits for them any more are no scan.
	if ev.Dir != capture.In || s.host == nil || !s.host.Addr.IsValid() || ev.Proto != capture.TCP && ev.Proto != capture.UDP ||
		ev.Src.Port < 1024 && ev.Dst.Port >= 1024 {
		return
	}
	host, at := s.host.Addr, ev.Time.UnixNano()
	list := w.own.Scans
	i := slices.IndexFunc(list, func(x scanning) bool { return x.Host == host })
	switch {
	case i < 0 && len(list) < maxScans:
		list = append(list, scanning{Host: host, Since: at})
		i = len(list) - 1
	case i < 0:
		i = 0
		for k := range list {
			if list[k].Since < list[i].Since {
				i = k
			}
		}
		list[i] = scanning{Host: host, Since: at, Tried: list[i].Tried[:0]}
	}
	x := &list[i]
	if passed := at - x.Since; passed < 0 || passed > int64(scanWithin) {
		x.Since, x.Tried = at, x.Tried[:0]
	}
	w.own.Scans, w.unsaved = list, true
	tried := netip.AddrPortFrom(ev.Dst.Addr, ev.Dst.Port)
	if slices.Contains(x.Tried, tried) {
		return
	}
	if x.Tried = append(x.Tried, tried); len(x.Tried) < scanPorts {
		return
	}
	x.Tried = x.Tried[:0]
	w.own.Scanned = slices.DeleteFunc(w.own.Scanned, func(x scanned) bool { passed := at - x.At; return passed < 0 || passed > int64(scanPause) })
	if slices.ContainsFunc(w.own.Scanned, func(x scanned) bool { return x.Host == host }) {
		return
	}
	if len(w.own.Scanned) >= maxScanned {
		w.own.Scanned = slices.Delete(w.own.Scanned, 0, 1)
	}
	w.own.Scanned = append(w.own.Scanned, scanned{host, at})
	w.coalesce(s.alert(&a.world), m)
}

// silence is when a router was heard.
type silence struct {
	Addr        netip.Addr
	First, Last int64 // ns since 1970, steady
	Told        bool
}

const (
	// A router that reported for so long and then says nothing for routerSilence is told about.
	routerUsual   = time.Hour
	routerSilence = time.Hour
	maxSilences   = 64
)

// Heard is when a router was heard last.
type Heard struct {
	Addr netip.Addr
	Last time.Time
}

// Routers takes when routers were heard last, and tells about those that fell silent. It is to
// be called about once a minute.
func (a *Alerts) Routers(list []Heard) {
	a.at.Lock()
	defer a.at.Unlock()
	w := a.builtin[settings.RouterSilent]
	if w.rule.Off {
		return
	}
	m := a.moment(a.at.Steady())
	known := slices.Clone(w.own.Routers)
	for _, h := range list {
		last := m.now.Add(h.Last.Sub(m.wall)).UnixNano()
		i := slices.IndexFunc(known, func(s silence) bool { return s.Addr == h.Addr })
		switch {
		case i >= 0 && last > known[i].Last+int64(time.Second): // else the same, by another clock
			known[i].Last, known[i].Told = last, false
		case i < 0 && len(known) < maxSilences:
			known = append(known, silence{Addr: h.Addr, First: last, Last: last})
		}
	}
	for i := range known {
		s := &known[i]
		s.First, s.Last = min(s.First, m.now.UnixNano()), min(s.Last, m.now.UnixNano())
		if s.Told || s.Last-s.First < int64(routerUsual) || m.now.UnixNano()-s.Last < int64(routerSilence) {
			continue
		}
		s.Told = true
		at := m.wall.Add(nanos(s.Last).Sub(m.now)).UTC()
		w.coalesce(&Alert{Count: 1, Since: m.wall.UTC(), Router: s.Addr, Host: s.Addr, Message: at.Format(time.RFC3339)}, m)
	}
	// Who has been silent for a month is no router of this household any more.
	w.own.Routers = slices.DeleteFunc(known, func(s silence) bool { return m.now.UnixNano()-s.Last > int64(30*24*time.Hour) })
	w.unsaved = true
	a.at.Changed()
}

// Problem is something that does not work.
type Problem struct {
	What string // a name for it that stays
	Text string // a sentence in English
}

// lasting is something that does not work, or did lately.
type lasting struct {
	What  string
	Since int64 // steady, ns since 1970
	Over  int64 // since when it works again; 0: it does not
	Told  bool
}

const (
	// Trouble is told about when it lasts so long: much is over by itself.
	troubleLasts = time.Minute
	// What is over for so long is told about when it comes again.
	troublePause = time.Hour
	maxTroubles  = 64
)

// Problems takes all that does not work now, and tells about what lasts. It is to be called
// every few seconds.
func (a *Alerts) Problems(list []Problem) {
	a.at.Lock()
	defer a.at.Unlock()
	w := a.builtin[settings.Trouble]
	if w.rule.Off || len(list)+len(w.own.Troubles) == 0 {
		return
	}
	m := a.moment(a.at.Steady())
	now := m.now.UnixNano()
	known := slices.Clone(w.own.Troubles)
	for i := range known {
		t := &known[i]
		is := slices.ContainsFunc(list, func(p Problem) bool { return p.What == t.What })
		switch {
		case is && t.Over != 0 && now-t.Over < int64(troublePause):
			t.Over = 0
		case is && t.Over != 0:
			*t = lasting{What: t.What, Since: now}
		case !is && t.Over == 0:
			t.Over = now
		}
	}
	for _, p := range list {
		i := slices.IndexFunc(known, func(t lasting) bool { return t.What == p.What })
		if i < 0 {
			if len(known) >= maxTroubles {
				continue
			}
			known = append(known, lasting{What: p.What, Since: now})
			i = len(known) - 1
		}
		if t := &known[i]; !t.Told && t.Over == 0 && now-t.Since >= int64(troubleLasts) {
			t.Told = true
			w.coalesce(&Alert{Count: 1, Since: m.wall.UTC(), Message: p.Text}, m)
			a.at.Changed()
		}
	}
	known = slices.DeleteFunc(known, func(t lasting) bool { return t.Over != 0 && now-t.Over >= int64(troublePause) })
	if !slices.Equal(known, w.own.Troubles) {
		w.own.Troubles, w.unsaved = known, true
		a.at.Changed()
	}
}

// shift moves the times by which the steady time was set.
func (o *own) shift(by time.Duration) {
	o.Joined, o.Routers, o.Troubles = slices.Clone(o.Joined), slices.Clone(o.Routers), slices.Clone(o.Troubles)
	var all []*int64
	for i := range o.Joined {
		all = append(all, &o.Joined[i].Due)
	}
	for i := range o.Routers {
		all = append(all, &o.Routers[i].First, &o.Routers[i].Last)
	}
	for i := range o.Troubles {
		all = append(all, &o.Troubles[i].Since, &o.Troubles[i].Over)
	}
	for _, t := range all {
		if *t != 0 {
			*t += int64(by)
		}
	}
}

// dueJoined is when tellJoined has something to do.
func (o *own) dueJoined(now time.Time) time.Time {
	due := nanos(o.Joined[0].Due)
	if due.Sub(now) > joinWait { // the clock was set back
		return now
	}
	return due
}

// builtinEvent lets the rules that are built in see an event.
func (a *Alerts) builtinEvent(s *subject) {
	if w := a.builtin[settings.PortScan]; !w.rule.Off && s.ev.Kind == capture.Traffic {
		a.lookForScan(w, s, a.moment(a.at.Steady()))
	}
	if w := a.builtin[settings.Listed]; listed.Using() && !w.rule.Off && s.ev.Kind == capture.Traffic {
		a.lookForListed(w, s, a.moment(a.at.Steady()))
	}
	if w := a.builtin[settings.Trouble]; !w.rule.Off && s.ev.Kind == capture.Gap && s.ev.Lost > 0 {
		w.coalesce(s.alert(&a.world), a.moment(a.at.Steady()))
	}
}
