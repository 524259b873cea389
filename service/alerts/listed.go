package alerts

import (
	"net/netip"
	"slices"
	"time"

	"linklog/assets/listed"
	"linklog/capture"
)

// A device that tries to reach the same listed host is told about once in listedPause.
const (
	listedPause = 24 * time.Hour
	maxListed   = 1000
)

// toldListed is a device with a listed host that was told about.
type toldListed struct {
	Device, Host netip.Addr
	Name         string // of the host, where nothing else is known
	At           int64  // ns since 1970
}

// lookForListed takes an attempt, and tells about it if it is one to reach who is on a list. Who
// comes from outside is not: half of the internet's scanners are on one.
func (a *Alerts) lookForListed(w *watch, s *subject, m *moment) {
	ev := s.ev
	if ev.Dir != capture.Out || s.host == nil {
		return
	}
	hit, found := listed.Match(s.host.Addr, s.host.Name)
	if !found || hit.Quiet {
		return
	}
	t := toldListed{Host: s.host.Addr, At: ev.Time.UnixNano()}
	if !t.Host.IsValid() {
		t.Name = s.host.Name
	}
	if s.device != nil {
		t.Device = s.device.Addr
	}
	over := func(o toldListed) bool { passed := t.At - o.At; return passed < 0 || passed > int64(listedPause) }
	told := func(o toldListed) bool {
		if over(o) {
			return false
		}
		o.At = t.At
		return o == t
	}
	if slices.ContainsFunc(w.own.Listed, told) {
		return // so are most: the list is copied only for one that is told
	}
	known := slices.DeleteFunc(slices.Clone(w.own.Listed), over)
	if len(known) >= maxListed {
		known = slices.Delete(known, 0, 1)
	}
	w.own.Listed, w.unsaved = append(known, t), true
	one := *s.alert(&a.world)
	one.Message = hit.Name + " (" + hit.Entry() + ")"
	w.coalesce(&one, m)
}
