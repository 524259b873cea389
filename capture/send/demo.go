package send

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"linklog/capture"
)

// Demo makes the messages of an evening in a household: a few devices with their
// habits, those who knock at the door, and now and then somebody new. The same seed
// makes the same evening. The router tells names where it would know them.
type Demo struct {
	random *rand.Rand
	n      int
	queue  []string // lines of a system log that were made, and not sent yet
	asked  map[demoAsked]bool
}

// demoAsked is a name that a device has asked DNS for.
type demoAsked struct{ device, name string }

// NewDemo returns a Demo that begins with the given seed.
func NewDemo(seed uint64) *Demo {
	return &Demo{random: rand.New(rand.NewPCG(seed, 0x64656d6f)), asked: make(map[demoAsked]bool)}
}

// DemoDevice is a device of the household.
type DemoDevice struct{ Addr, Name string }

// DemoDevices are the devices of the household, with the names their owners would
// give them. The one without a name is a visitor's.
func DemoDevices() []DemoDevice {
	return []DemoDevice{
		{"192.168.1.10", "Anna's laptop"}, {"192.168.1.12", "NAS"}, {"192.168.1.15", "Living-room TV"},
		{"192.168.1.21", "Ben's phone"}, {"192.168.1.40", "Doorbell"}, {"192.168.1.33", ""},
	}
}

// demoSite is a host outside. Its addresses are those that are kept for
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

// Append appends the next message to dst, as routers send it in traps.
func (d *Demo) Append(dst []byte) []byte {
	k, ok := d.next()
	if !ok {
		return append(dst, "WAN(DHCP) IP is 198.51.100.120"...)
	}
	outside, inside := k.site.addr, k.device
	if k.site.name != "" {
		outside = k.site.name + "(" + outside + ")"
	}
	if k.dir == capture.In {
		return fmt.Appendf(dst, "@in %s from %s:%d to %s:%d.", k.proto(), outside, k.port, inside, k.site.port)
	}
	return fmt.Appendf(dst, "@out %s from %s:%d to %s:%d.", k.proto(), inside, k.port, outside, k.site.port)
}

// AppendLine appends the next message to dst, as a router writes it to its system log. A
// router that gives out addresses and answers for DNS writes that, too.
func (d *Demo) AppendLine(dst []byte, r *Router, at time.Time) []byte {
	for len(d.queue) == 0 {
		k, ok := d.next()
		if !ok {
			d.leases(r)
			continue
		}
		a := k.attempt()
		if asked := (demoAsked{k.device, k.site.name}); k.dir == capture.Out && r.names.answered != "" && k.site.name != "" && !d.asked[asked] {
			d.asked[asked] = true
			fill := strings.NewReplacer("{device}", k.device, "{host}", k.site.name, "{address}", k.site.addr, "{question}", strconv.Itoa(d.n))
			d.queue = append(d.queue, fill.Replace(r.names.asked), fill.Replace(r.names.answered))
		}
		d.queue = append(d.queue, string(r.attempt(nil, &a, at)))
	}
	line := d.queue[0]
	d.queue = d.queue[1:]
	return r.expand(dst, line, &attempt{}, at)
}

// leases says who got which address.
func (d *Demo) leases(r *Router) {
	for _, device := range DemoDevices() {
		if r.names.lease != "" && device.Name != "" {
			name := strings.NewReplacer("'", "", " ", "-").Replace(strings.ToLower(device.Name))
			mac := macOf(netip.MustParseAddr(device.Addr))
			fill := strings.NewReplacer("{device}", device.Addr, "{hardware}", mac, "{HARDWARE}", strings.ToUpper(mac), "{name}", name)
			d.queue = append(d.queue, fill.Replace(r.names.lease))
		}
	}
}

// demoAttempt is what a device does, or somebody does to it.
type demoAttempt struct {
	dir    capture.Direction
	device string
	site   demoSite
	port   int // of who begins
}

func (k *demoAttempt) attempt() attempt {
	a := attempt{dir: k.dir, proto: k.proto(), src: netip.MustParseAddr(k.device), dst: netip.MustParseAddr(k.site.addr), srcPort: uint16(k.port), dstPort: uint16(k.site.port)}
	if k.dir == capture.In {
		a.src, a.dst = a.dst, a.src
	}
	return a
}

func (k *demoAttempt) proto() string {
	if k.site.udp {
		return "UDP"
	}
	return "TCP"
}

// next draws what happens next; before all else, it is the router that starts.
func (d *Demo) next() (k demoAttempt, ok bool) {
	d.n++
	switch {
	case d.n == 1:
		return k, false
	case d.n%40 == 0: // somebody who was never here
		k.site = demoSite{"", fmt.Sprintf("203.0.113.%d", 120+d.n/40%100), 443, false}
		if d.n%80 == 0 {
			k.site.name = fmt.Sprintf("edge-%d.cdn.example", d.n/40)
		}
		k.dir, k.device = capture.Out, DemoDevices()[d.random.IntN(4)].Addr
	case d.random.IntN(100) < 5:
		k.dir, k.device, k.site = capture.In, DemoDevices()[1].Addr, demoKnocks[d.random.IntN(len(demoKnocks))]
	default:
		h := d.habit()
		k.dir, k.device, k.site = capture.Out, DemoDevices()[h.device].Addr, h.sites[d.random.IntN(len(h.sites))]
	}
	k.port = 30_000 + d.random.IntN(30_000)
	return k, true
}

// habit draws one by its weight.
func (d *Demo) habit() demoHabit {
	all := 0
	for _, h := range demoHabits {
		all += h.weight
	}
	at := d.random.IntN(all)
	for _, h := range demoHabits {
		if at -= h.weight; at < 0 {
			return h
		}
	}
	return demoHabits[0]
}
