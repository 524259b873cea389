package send

import (
	"fmt"
	"math/rand/v2"
	"strconv"
)

// Demo makes the messages of an evening in a household: a few machines with their
// habits, those who knock at the door, and now and then somebody new. The same seed
// makes the same evening. The router tells names where it would know them.
type Demo struct {
	random *rand.Rand
	n      int
}

// NewDemo returns a Demo that begins with the given seed.
func NewDemo(seed uint64) *Demo { return &Demo{random: rand.New(rand.NewPCG(seed, 0x64656d6f))} }

// DemoDevice is a machine of the household.
type DemoDevice struct{ Addr, Name string }

// DemoDevices are the machines of the household, with the names their owners would
// give them. The one without a name is a visitor's.
func DemoDevices() []DemoDevice {
	return []DemoDevice{
		{"192.168.1.10", "Anna's laptop"}, {"192.168.1.12", "NAS"}, {"192.168.1.15", "Living-room TV"},
		{"192.168.1.21", "Ben's phone"}, {"192.168.1.40", "Doorbell"}, {"192.168.1.33", ""},
	}
}

// demoSite is a machine outside. Its addresses are those that are kept for
// documentation (RFC 5737), and so are its names (RFC 2606).
type demoSite struct {
	name string // "": DNS has none
	addr string
	port int
	udp  bool
}

// demoHabit is what a device does: weight is how often, of all that is done.
type demoHabit struct {
	device int
	weight int
	sites  []demoSite
}

var demoHabits = []demoHabit{
	{0, 22, []demoSite{
		{"www.news.example", "198.51.100.80", 443, false}, {"mail.example.com", "192.0.2.25", 993, false}, {"cdn-3.images.example", "198.51.100.153", 443, false},
		{"docs.example.org", "192.0.2.44", 443, false}, {"git.example.net", "198.51.100.22", 22, false}, {"", "203.0.113.180", 443, false}, {"ads.tracker.example", "203.0.113.66", 443, false},
	}},
	{1, 8, []demoSite{{"backup.storage.example", "192.0.2.201", 443, false}, {"s3.storage.example", "192.0.2.202", 443, false}, {"time.example.com", "198.51.100.123", 123, true}}},
	{2, 30, []demoSite{
		{"stream-07.video.example", "203.0.113.107", 443, false}, {"stream-12.video.example", "203.0.113.112", 443, false},
		{"telemetry.tv.example", "203.0.113.9", 8883, false}, {"ads.tracker.example", "203.0.113.66", 443, false}, {"dns.example", "198.51.100.53", 53, true},
	}},
	{3, 24, []demoSite{
		{"chat.example.com", "192.0.2.30", 5223, false}, {"push.phone.example", "192.0.2.31", 5228, false}, {"cdn-3.images.example", "198.51.100.153", 443, false},
		{"maps.example.org", "192.0.2.60", 443, false}, {"time.example.com", "198.51.100.123", 123, true}, {"dns.example", "198.51.100.53", 53, true},
	}},
	{4, 9, []demoSite{{"cloud.doorbell.example", "203.0.113.40", 443, false}, {"cloud.doorbell.example", "203.0.113.40", 8883, false}, {"time.example.com", "198.51.100.123", 123, true}}},
	{5, 4, []demoSite{{"", "198.51.100.211", 443, false}, {"www.news.example", "198.51.100.80", 80, false}, {"dns.example", "198.51.100.53", 53, true}}},
}

// demoKnocks are those who try the door.
var demoKnocks = []demoSite{
	{"scan-07.research.example", "203.0.113.77", 22, false}, {"scan-07.research.example", "203.0.113.77", 3389, false}, {"", "198.51.100.250", 23, false},
	{"", "203.0.113.201", 445, false}, {"host-201.dsl.example", "198.51.100.201", 5060, true}, {"", "192.0.2.99", 8080, false},
}

// Append appends the next message to dst.
func (d *Demo) Append(dst []byte) []byte {
	d.n++
	switch {
	case d.n == 1:
		return append(dst, "WAN(DHCP) IP is 198.51.100.120"...)
	case d.n%40 == 0: // somebody who was never here
		site := demoSite{"", fmt.Sprintf("203.0.113.%d", 120+d.n/40%100), 443, false}
		if d.n%80 == 0 {
			site.name = fmt.Sprintf("edge-%d.cdn.example", d.n/40)
		}
		return d.attempt(dst, "out", DemoDevices()[d.random.IntN(4)].Addr, site)
	case d.random.IntN(100) < 5:
		site := demoKnocks[d.random.IntN(len(demoKnocks))]
		return d.attempt(dst, "in", DemoDevices()[1].Addr, site)
	}
	all := 0
	for _, h := range demoHabits {
		all += h.weight
	}
	at := d.random.IntN(all)
	for _, h := range demoHabits {
		if at -= h.weight; at < 0 {
			return d.attempt(dst, "out", DemoDevices()[h.device].Addr, h.sites[d.random.IntN(len(h.sites))])
		}
	}
	return dst
}

// attempt appends a message about a device and a machine outside.
func (d *Demo) attempt(dst []byte, way, device string, site demoSite) []byte {
	proto := "TCP"
	if site.udp {
		proto = "UDP"
	}
	port := 30_000 + d.random.IntN(30_000)
	outside := site.addr
	if site.name != "" {
		outside = site.name + "(" + site.addr + ")"
	}
	dst = append(dst, "@"+way+" "+proto+" from "...)
	if way == "in" {
		dst = append(dst, outside+":"+strconv.Itoa(port)+" to "+device+":"+strconv.Itoa(site.port)...)
	} else {
		dst = append(dst, device+":"+strconv.Itoa(port)+" to "+outside+":"+strconv.Itoa(site.port)...)
	}
	return append(dst, '.')
}
