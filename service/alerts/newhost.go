package alerts

import (
	"net/netip"
	"time"

	"linklog/service/book"
	"linklog/service/settings"
)

// waiting is a new host whose alert waits for the host's name.
type waiting struct {
	host *book.NewHost
	due  time.Time
}

// maxWaiting bounds how many new hosts wait for their names. In a burst of more,
// names would not be shown anyway.
const maxWaiting = 256

// Met decides whether a new host is to be told about.
func (a *Alerts) Met(n *book.NewHost) {
	if a.o.Learning > 0 {
		ago := max(a.at.Now().Sub(n.Event.Time), 0) // it may have waited in the spool
		if a.at.Steady().Add(-ago).Before(a.learningUntil()) {
			a.at.Usual(n)
			return
		}
	}
	if a.o.NameWait < 0 || a.at.Named(n) || len(a.waiting) >= maxWaiting {
		a.settle(n, a.at.Steady())
		return
	}
	a.at.Hold(n)
	a.waiting = append(a.waiting, waiting{n, a.at.Steady().Add(a.o.NameWait)})
}

// Pending is a host that was to be told about when the process ended. What was long
// ago then comes as the digest of a break.
func (a *Alerts) Pending(n *book.NewHost) {
	a.waiting = append(a.waiting, waiting{n, a.at.Steady().Add(max(a.o.NameWait, 0))})
}

// Answered makes the alert that waits for the name of a host, and lets rules that look at names see
// what it did.
func (a *Alerts) Answered(r book.Ref) {
	a.judgeAnswered(r)
	for i, w := range a.waiting {
		if w.host.Ref() == r {
			a.waiting = append(a.waiting[:i:i], a.waiting[i+1:]...)
			a.settle(w.host, a.at.Steady())
			return
		}
	}
}

// settle is the end of the wait for a name: the host is told about, or will be with
// others, or not at all.
func (a *Alerts) settle(n *book.NewHost, now time.Time) {
	m := a.at.Settle(n)
	ev := m.Event
	if a.builtin[settings.NewHost].rule.Off || a.ignores.match(ev) {
		return
	}
	one := Alert{
		Kind: NewHost, Host: n.Ref().Addr, Name: m.Host.Name, Device: m.Device.Addr, DeviceName: m.Device.Name,
		Dir: ev.Dir, Proto: ev.Proto, Port: ev.Dst.Port, Service: a.o.Services.Name(ev.Dst.Port, ev.Proto),
		Seq: ev.Seq, Router: ev.Router, Count: 1, Since: ev.Time.UTC(),
	}
	if !m.Own {
		one.Device, one.DeviceName = netip.Addr{}, ""
		if !m.Device.Addr.IsValid() {
			one.DeviceName = m.Device.Name
		}
	}
	a.builtin[settings.NewHost].coalesce(&one, a.moment(now))
}

// LearningUntil is when the learning period ends; zero: there is none.
func (a *Alerts) LearningUntil() time.Time {
	a.at.Lock()
	defer a.at.Unlock()
	if a.o.Learning == 0 {
		return time.Time{}
	}
	return a.learningUntil().Add(-a.steadier())
}

func (a *Alerts) learningUntil() time.Time { return nanos(a.state.installed).Add(a.o.Learning) }

// emit makes an alert.
func (a *Alerts) emit(one Alert) {
	one.ID = a.state.next
	a.state.next++
	one.Time = a.at.Now().UTC()
	a.outbox = append(a.outbox, one)
	a.at.Changed()
}

// maxOutbox bounds the alerts that cannot be written. When it is reached, new hosts
// are only counted, to be told in one alert.
const maxOutbox = 100

// stuck reports whether there are too many alerts already that cannot be written.
func (a *Alerts) stuck() bool { return len(a.outbox) >= maxOutbox }
