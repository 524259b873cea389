package filter

import (
	"strings"

	"linklog/capture"
	"linklog/phrase"
)

// compileMAC compiles patterns over hardware addresses: of the devices that had the addresses
// of an attempt at its time.
func compileMAC(fd *field, list []pattern, _ Services) (c Condition, err error) {
	var s sought[[]glob]
	for _, p := range list {
		text := strings.ReplaceAll(strings.ToLower(p.text), "-", ":")
		if mac, ok := capture.ParseMAC(text); ok {
			text = mac.String()
		} else if !strings.Contains(text, "*") || strings.Trim(text, "0123456789abcdef:*") != "" {
			return c, fd.error(p.text, phrase.Say("is not a hardware address such as 02:00:5e:10:00:22"))
		}
		set := s.of(c.ask(p))
		*set = append(*set, newGlob(text))
	}
	c.devices, c.cost = true, costName
	c.look(func(_ *capture.Event, end *capture.Endpoint, ask Verdict) Verdict {
		if end.MAC == (capture.MAC{}) {
			return 0
		}
		var buf [len("02:00:5e:10:00:22")]byte
		text := end.MAC.AppendTo(buf[:0])
		return search(ask, &s, func(g *[]glob) bool { return matchAny(*g, text) })
	}, endsOf[fd.where]...)
	return c, nil
}
