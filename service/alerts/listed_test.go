package alerts

import (
	"strings"
	"testing"
	"time"

	"linklog/assets/listed"
	"linklog/capture"
	"linklog/service/book"
)

// TestListed holds that an attempt to reach who is on a list is told once a day for a device and a
// host, and that nothing else is: not who comes from there, nor quiet lists.
func TestListed(t *testing.T) {
	read := func(text string) *listed.Set {
		s, err := listed.Read(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	listed.Use(&listed.Lists{All: []listed.List{{Name: "tor", Set: read("203.0.113.0/24"), Quiet: true}, {Name: "bad", Set: read("203.0.113.64/26\n")}}})
	defer listed.Use(nil)
	b := newBench(t, book.Options{}, Options{Rules: rulesOf(t, quietHosts)})
	b.see(capture.In, "203.0.113.70:5", "192.168.1.10:80")
	b.see(capture.Out, "192.168.1.10:5", "203.0.113.1:443")
	b.see(capture.Out, "192.168.1.10:5", "198.51.100.1:443")
	b.commit()
	b.want("")
	b.see(capture.Out, "192.168.1.10:5", "203.0.113.70:443")
	b.see(capture.Out, "192.168.1.10:6", "203.0.113.70:80")
	first := "attempt to reach a listed host, bad (203.0.113.64/26): out TCP from 192.168.1.10 to 203.0.113.70, port 443 (https)"
	b.commit()
	b.want(first)
	b.crash()
	b.see(capture.Out, "192.168.1.10:7", "203.0.113.70:80")
	b.clock.Advance(23 * time.Hour)
	b.see(capture.Out, "192.168.1.10:8", "203.0.113.70:80")
	b.commit()
	b.want(first)
	b.see(capture.Out, "192.168.1.11:8", "203.0.113.70:443")
	second := strings.Replace(first, "1.10 to", "1.11 to", 1)
	b.commit()
	b.want(first + "\n" + second)
	b.clock.Advance(2 * time.Hour)
	b.see(capture.Out, "192.168.1.10:9", "203.0.113.70:443")
	b.commit()
	b.want(first + "\n" + second + "\n" + first)
	// A flood is one alert, and what is known of it is bounded.
	w := b.builtin["listed"]
	for i := range 3 * maxListed {
		w.own.Listed = append(w.own.Listed, toldListed{Host: public(i), At: b.clock.Now().UnixNano()})
		if len(w.own.Listed) > maxListed {
			w.own.Listed = w.own.Listed[1:]
		}
	}
	b.see(capture.Out, "192.168.1.12:9", "203.0.113.71:443")
	if n := len(w.own.Listed); n > maxListed {
		t.Errorf("%d are remembered", n)
	}
	off := newBench(t, book.Options{}, Options{Rules: rulesOf(t, quietHosts+"[[rule]]\nbuiltin = \"listed\"\noff = true\n")})
	off.see(capture.Out, "192.168.1.10:5", "203.0.113.70:443")
	off.commit()
	off.want("")
}
