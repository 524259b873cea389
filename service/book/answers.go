package book

import (
	"net/netip"
	"time"

	"linklog/capture"
)

// answers are what devices asked DNS for lately, and what the answers were. All of it is
// bounded: of each device, so that one that asks for much, or in whose name much is
// forged, takes nothing from the others.
type answers struct {
	of     map[Ref]*answered
	anyone answered // all answers
}

const (
	askedWithin = time.Hour // an answer names connections for so long
	maxAnswers  = 512       // of a device, in each half of answered
	maxAnyone   = 4096
	maxAskers   = 128
)

// answered are the answers to a device: the latest, and those before.
type answered struct {
	begun       time.Time
	last        time.Time
	latest, old map[netip.Addr]answer
}

// answer is the name for which an address was the answer.
type answer struct {
	name string
	at   time.Time
}

// add notes an answer to a device; the zero Ref is nobody known. met tells from which
// devices something came already: others make room first.
func (a *answers) add(x *capture.Sighting, who Ref, met func(Ref) bool) {
	if !x.Own {
		a.anyone.add(x, maxAnyone)
	}
	if who.IsZero() {
		return
	}
	own := a.of[who]
	if own == nil {
		if len(a.of) >= maxAskers {
			a.forget(met)
		}
		if a.of == nil {
			a.of = make(map[Ref]*answered)
		}
		own = new(answered)
		a.of[who] = own
	}
	own.add(x, maxAnswers)
}

// become lets the answers of who was known by an address go along.
func (a *answers) become(from, to Ref) {
	if own := a.of[from]; own != nil && from != to {
		delete(a.of, from)
		a.of[to] = own
	}
}

// forget makes room: of those who were not met, else of all, who has not asked for longest
// goes.
func (a *answers) forget(met func(Ref) bool) {
	var longest Ref
	known := true
	for who, own := range a.of {
		here := met(who)
		if longest.IsZero() || known && !here || known == here && own.last.Before(a.of[longest].last) {
			longest, known = who, here
		}
	}
	delete(a.of, longest)
}

func (a *answered) add(x *capture.Sighting, limit int) {
	a.last = x.Time
	if age := x.Time.Sub(a.begun); a.latest == nil || len(a.latest) >= limit || age > askedWithin || age < 0 {
		a.latest, a.old = a.old, a.latest
		if a.latest == nil {
			a.latest = make(map[netip.Addr]answer)
		}
		clear(a.latest)
		a.begun = x.Time
	}
	a.latest[x.Addr] = answer{x.Name, x.Time}
}

// name is what was asked for shortly before a time, with this answer, or was logged just
// after it; "": nothing.
func (a *answered) name(addr netip.Addr, at time.Time) string {
	if a == nil {
		return ""
	}
	n, ok := a.latest[addr]
	if !ok {
		n = a.old[addr]
	}
	if age := at.Sub(n.at); n.name == "" || age > askedWithin || age < -LateWithin {
		return ""
	}
	return n.name
}

// asker is who has an address, as far as that is known; the zero Ref: nobody at home.
func (s *home) asker(a netip.Addr) Ref {
	if v := s.devices.byAddr[a]; v != nil {
		return v.ref
	}
	if !s.own.contains(a) {
		return Ref{}
	}
	return ByAddr(a)
}

// met reports whether something came from a device.
func (s *home) met(r Ref) bool {
	if r.Addr.IsValid() {
		return s.devices.byAddr[r.Addr] != nil
	}
	mac, _ := capture.ParseMAC(r.Name)
	return s.devices.byMAC[mac] != nil
}

// awaitsAnswer reports whether the host of an attempt has no name and may get one of an
// answer: DNS is logged.
func (s *home) awaitsAnswer(ev *capture.Event) bool {
	return ev.Kind == capture.Traffic && ev.Dir == capture.Out && ev.Dst.Name == "" && s.isHost(&ev.Dst) &&
		len(s.answers.anyone.latest) > 0 && ev.Time.Sub(s.answers.anyone.last).Abs() <= askedWithin
}

// nameHost gives the host of an attempt that went out the name that the device asked for
// shortly before, and tells it; else it tells the one that anyone asked for.
func (s *home) nameHost(ev *capture.Event) (asked string) {
	if ev.Dir != capture.Out || ev.Dst.Name != "" || !ev.Dst.Addr.IsValid() || len(s.answers.anyone.latest)+len(s.answers.of) == 0 {
		return ""
	}
	name := s.answers.of[s.asker(ev.Src.Addr)].name(ev.Dst.Addr, ev.Time)
	if name == "" {
		return s.answers.anyone.name(ev.Dst.Addr, ev.Time)
	}
	ev.Dst.Name = name
	return name
}
