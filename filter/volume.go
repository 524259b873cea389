package filter

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"linklog/capture"
	"linklog/phrase"
)

// volumes are runs of how much was sent.
type volumes []span[uint64]

func (s volumes) has(n uint64) bool {
	return slices.ContainsFunc(s, func(r span[uint64]) bool { return r.first <= n && n <= r.last })
}

// compileBytes compiles how many bytes both ends of an attempt sent, and compilePackets how many packets.
func compileBytes(fd *field, list []pattern, _ Services) (Condition, error) {
	return fd.volume(list, func(v capture.Volume) uint64 { return v.Bytes })
}

func compilePackets(fd *field, list []pattern, _ Services) (Condition, error) {
	return fd.volume(list, func(v capture.Volume) uint64 { return v.Packets })
}

// volume asks for how much was sent. What is not known matches nothing, and is excluded by nothing.
func (fd *field) volume(list []pattern, of func(capture.Volume) uint64) (c Condition, err error) {
	var s sought[volumes]
	for _, p := range list {
		run, reason := parseVolume(p.text)
		if !reason.IsZero() {
			return c, fd.error(p.text, reason)
		}
		set := s.of(c.ask(p))
		*set = append(*set, run)
	}
	for _, set := range [...]*volumes{&s.want, &s.not} {
		*set = mergeSpans(*set, cmp.Compare[uint64])
	}
	c.cost = costHead
	c.look(func(ev *capture.Event, _ *capture.Endpoint, ask Verdict) Verdict {
		n := of(ev.Volume())
		if n == 0 {
			return 0
		}
		return search(ask, &s, func(s *volumes) bool { return s.has(n) })
	}, Amount)
	return c, nil
}

// parseVolume reads a number, a range, one with < or > in front, or "*", which is any that is known.
func parseVolume(s string) (run span[uint64], reason phrase.Phrase) {
	run = span[uint64]{1, math.MaxUint64}
	if strings.Trim(s, "*") == "" {
		return run, reason
	}
	below, ok := true, true
	switch rest := strings.TrimLeft(s, "<>="); s[:len(s)-len(rest)] {
	case "<":
		run.last, ok = amount(rest)
		if below = run.last > 0; below {
			run.last--
		}
	case "<=":
		run.last, ok = amount(rest)
	case ">":
		if run.first, ok = amount(rest); run.first < math.MaxUint64 {
			run.first++
		}
	case ">=":
		run.first, ok = amount(rest)
	case "":
		from, to, isRange := strings.Cut(s, "-")
		if run.first, ok = amount(from); !isRange {
			to = from
		}
		last, valid := amount(to)
		run.last, ok = last, ok && valid
		if ok && run.last < run.first {
			return run, endsFirst
		}
	default:
		ok = false
	}
	switch {
	case !ok:
		return run, phrase.Say("write a number such as 1500 or 10M, >10M, <1G or a range such as 1M-20M")
	case !below || run.last == 0:
		return run, phrase.Say("0 stands for what is not known, and matches nothing: !* finds that")
	}
	run.first = max(run.first, 1)
	return run, reason
}

// amount reads a number with a unit: thousands, or those of 1024 with an i as in MiB.
func amount(s string) (n uint64, ok bool) {
	s = strings.TrimSpace(s)
	digits := s[:len(s)-len(strings.TrimLeft(s, "0123456789."))]
	unit := strings.ToLower(strings.TrimSpace(s[len(digits):]))
	unit = strings.TrimSuffix(unit, "b")
	base := 1000.0
	if short, binary := strings.CutSuffix(unit, "i"); binary {
		unit, base = short, 1024
		if unit == "" {
			return 0, false
		}
	}
	power := strings.Index("kmgtp", unit)
	if unit == "" {
		power = -1
	} else if power < 0 || len(unit) > 1 {
		return 0, false
	}
	if power < 0 {
		n, err := strconv.ParseUint(digits, 10, 64)
		return n, err == nil
	}
	x, err := strconv.ParseFloat(digits, 64)
	if x *= math.Pow(base, float64(power+1)); err != nil || x >= math.MaxUint64 {
		return 0, false
	}
	return uint64(math.Round(x)), true
}
