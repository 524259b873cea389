package book

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"linklog/capture"
)

const (
	tvMAC    = "02:00:5e:10:00:22"
	phoneMAC = "02:00:5e:10:00:33"
)

func (b *bench) sight(s capture.Sighting) bool {
	b.t.Helper()
	s.Time, s.Router = b.clock.T, router
	return b.Sight(&s)
}

func hardware(t testing.TB, text string) capture.MAC {
	t.Helper()
	mac, ok := capture.ParseMAC(text)
	if !ok && text != "" {
		t.Fatalf("not a hardware address: %q", text)
	}
	return mac
}

func (b *bench) lease(addr, mac, name string) bool {
	b.t.Helper()
	return b.sight(capture.Sighting{Kind: capture.Lease, Addr: netip.MustParseAddr(addr), MAC: hardware(b.t, mac), Name: name})
}

func (b *bench) packet(addr, mac string) bool {
	b.t.Helper()
	return b.sight(capture.Sighting{Kind: capture.Neighbour, Addr: netip.MustParseAddr(addr), MAC: hardware(b.t, mac)})
}

func (b *bench) answer(client, name, addr string) {
	b.t.Helper()
	s := capture.Sighting{Kind: capture.Answer, Addr: netip.MustParseAddr(addr), Name: name}
	if client != "" {
		s.Client = netip.MustParseAddr(client)
	}
	b.sight(s)
}

// shows shows an attempt to the Store and gives it as it is then.
func (b *bench) shows(dir capture.Direction, src, dst string) capture.Event {
	b.t.Helper()
	b.seq++
	ev := attempt(b.seq, b.clock.T, dir, src, dst)
	b.Observe(&ev)
	return ev
}

// device gives the one device with a name.
func (b *bench) device(name string) Device {
	b.t.Helper()
	var found []Device
	for _, d := range b.Devices() {
		if d.Name == name {
			found = append(found, d)
		}
	}
	if len(found) != 1 {
		b.t.Fatalf("%d devices are called %q: %+v", len(found), name, b.Devices())
	}
	return found[0]
}

const web = "203.0.113.9:443"

// A device stays itself when its address changes: its name, its counts and the hosts that
// it talked to go along, also over a restart.
func TestDeviceMoves(t *testing.T) {
	b := newBench(t, Options{})
	b.lease("192.168.1.10", tvMAC, "tv-living")
	b.packet("192.168.1.10", tvMAC)
	if ev := b.shows(capture.Out, "192.168.1.10:1", web); ev.Src.Name != "tv-living" {
		t.Errorf("the first event: %+v", ev)
	}
	b.shows(capture.In, web, "192.168.1.10:80")
	b.label("192.168.1.10", "Television")
	b.commit()
	b.reopen()
	if b.lease("192.168.1.10", tvMAC, "tv-living") {
		t.Error("what is known already tells of another name")
	}
	if !b.lease("192.168.1.77", tvMAC, "tv-living") {
		t.Error("nobody is told that the address has a name now")
	}
	if ev := b.shows(capture.Out, "192.168.1.77:1", web); ev.Src.Name != "tv-living" {
		t.Errorf("the event keeps the name %q", ev.Src.Name)
	}
	for range 2 {
		d := b.device("Television")
		if d.Addr.String() != "192.168.1.77" || d.MAC.String() != tvMAC || d.Label != "Television" || d.LeaseName != "tv-living" || d.In != 1 || d.Out != 2 || d.Hosts != 1 {
			t.Errorf("%+v", d)
		}
		h := b.host("203.0.113.9")
		if len(h.Devices) != 1 || h.Devices[0].Name != "Television" || h.Devices[0].Count != 3 {
			t.Errorf("the host's devices: %+v", h.Devices)
		}
		if list := b.hostList(HostQuery{Device: netip.MustParseAddr("192.168.1.77")}); len(list) != 1 {
			t.Errorf("hosts of the device: %+v", list)
		}
		if name, _ := b.NameOf(netip.MustParseAddr("192.168.1.77")); name != "Television" {
			t.Errorf("the address is called %q", name)
		}
		if name, ok := b.NameOf(netip.MustParseAddr("192.168.1.10")); ok {
			t.Errorf("the old address is called %q", name)
		}
		b.reopen()
	}
	// Somebody else gets the old address, and is nobody's heir.
	b.lease("192.168.1.10", phoneMAC, "phone")
	b.shows(capture.Out, "192.168.1.10:1", web)
	if d := b.device("phone"); d.Out != 1 || d.Label != "" || d.MAC.String() != phoneMAC {
		t.Errorf("%+v", d)
	}
}

// Two devices that exchange their addresses, and one that gets that of a third which was
// only known by it.
func TestAddressesChangeHands(t *testing.T) {
	b := newBench(t, Options{})
	b.lease("192.168.1.10", tvMAC, "tv")
	b.lease("192.168.1.11", phoneMAC, "phone")
	b.shows(capture.Out, "192.168.1.10:1", web)
	b.shows(capture.Out, "192.168.1.11:1", web)
	b.shows(capture.Out, "192.168.1.11:2", web)
	b.lease("192.168.1.11", tvMAC, "tv")
	if d := b.device("phone"); d.Addr.IsValid() || d.Out != 2 {
		t.Errorf("who lost its address: %+v", d)
	}
	b.commit()
	b.reopen()
	b.lease("192.168.1.10", phoneMAC, "phone")
	b.shows(capture.Out, "192.168.1.10:1", web)
	if tv, phone := b.device("tv"), b.device("phone"); tv.Addr.String() != "192.168.1.11" || tv.Out != 1 || phone.Addr.String() != "192.168.1.10" || phone.Out != 3 {
		t.Errorf("%+v %+v", tv, phone)
	}
	b.shows(capture.Out, "192.168.1.12:1", web) // before any log said whose that is
	b.lease("192.168.1.12", tvMAC, "tv")
	if tv := b.device("tv"); tv.Out != 2 || b.Stats().Devices != 2 {
		t.Errorf("%+v, %d devices", tv, b.Stats().Devices)
	}
}

// What the user called an address is the device's name once that is known.
func TestLabelOfAnAddress(t *testing.T) {
	b := newBench(t, Options{})
	b.shows(capture.Out, "192.168.1.10:1", web)
	b.label("192.168.1.10", "Television")
	b.label("192.168.1.20", "Phone") // nothing came from it yet
	b.packet("192.168.1.10", tvMAC)
	b.packet("192.168.1.20", phoneMAC)
	b.shows(capture.Out, "192.168.1.20:1", web)
	b.commit()
	for range 2 {
		if tv, phone := b.device("Television"), b.device("Phone"); tv.MAC.String() != tvMAC || phone.MAC.String() != phoneMAC || phone.Label != "Phone" {
			t.Errorf("%+v %+v", tv, phone)
		}
		b.reopen()
	}
	b.lease("192.168.1.30", tvMAC, "")
	b.label(tvMAC, "TV") // by its hardware address
	if got := b.Addresses(ParseRef(tvMAC)); !slices.Equal(got, []Address{{netip.MustParseAddr("192.168.1.10"), hardware(t, tvMAC), true}, {netip.MustParseAddr("192.168.1.30"), hardware(t, tvMAC), false}}) {
		t.Errorf("addresses: %v", got)
	}
	if d := b.device("TV"); d.Addr.String() != "192.168.1.30" {
		t.Errorf("%+v", d)
	}
	b.label("192.168.1.30", "")
	if name, ok := b.NameOf(netip.MustParseAddr("192.168.1.30")); ok {
		t.Errorf("still called %q", name)
	}
}

// A device has many addresses of IPv6. Their network is one's own as soon as a device is
// seen there, and then says the direction.
func TestIPv6(t *testing.T) {
	const six, other, far = "2001:db8:50::10", "2001:db8:50::beef", "[2001:db8:9::9]:443"
	b := newBench(t, Options{})
	b.lease("192.168.1.10", tvMAC, "tv")
	b.shows(capture.Out, "192.168.1.10:1", web)
	if ev := b.shows(capture.In, "["+six+"]:1", far); ev.Dir != capture.In {
		t.Errorf("nothing tells that it is at home, but the direction is %v", ev.Dir)
	}
	b.packet(six, tvMAC)
	if ev := b.shows(capture.In, "["+six+"]:1", far); ev.Dir != capture.Out || ev.Src.Name != "tv" {
		t.Errorf("%+v", ev)
	}
	b.packet(other, tvMAC)
	b.shows(capture.Out, "["+other+"]:1", far)
	if ev := b.shows(capture.Out, far, "["+other+"]:80"); ev.Dir != capture.In || ev.Dst.Name != "tv" {
		t.Errorf("%+v", ev)
	}
	if d := b.device("tv"); d.Out != 3 || d.In != 1 || d.Addr.String() != "192.168.1.10" || b.Stats().Devices != 1 {
		t.Errorf("%+v, %d devices", d, b.Stats().Devices)
	}
	if list := b.hostList(HostQuery{}); len(list) != 2 {
		t.Errorf("the device's own address is a host: %+v", list)
	}
	// A packet with a hardware address that is nobody's at home is the provider's.
	b.packet("2001:db8:77::1", phoneMAC)
	if ev := b.shows(capture.In, "[2001:db8:77::1]:1", far); ev.Dir != capture.In {
		t.Errorf("%+v", ev)
	}
}

// A provider gives other networks day by day: directions are right in each from the first
// packet of a device on, and the device stays one.
func TestIPv6NetworkChanges(t *testing.T) {
	const far = "[2001:db8:9::9]:443"
	b := newBench(t, Options{})
	b.lease("192.168.1.10", tvMAC, "tv")
	b.shows(capture.Out, "192.168.1.10:1", web)
	const days = 3 * maxLearned
	for day := range days {
		six := fmt.Sprintf("2001:db8:%x::10", 0x100+day)
		b.packet(six, tvMAC)
		if ev := b.shows(capture.In, "["+six+"]:1", far); ev.Dir != capture.Out || ev.Src.Name != "tv" {
			t.Errorf("day %d, out: %+v", day, ev)
		}
		if ev := b.shows(capture.Out, far, "["+six+"]:80"); ev.Dir != capture.In || ev.Dst.Name != "tv" {
			t.Errorf("day %d, in: %+v", day, ev)
		}
		b.clock.Advance(24 * time.Hour)
	}
	if d := b.device("tv"); d.Out != 1+days || d.In != days || b.Stats().Devices != 1 {
		t.Errorf("%+v, %d devices", d, b.Stats().Devices)
	}
}

// A repeater sends the packets of several devices as its own: it is none of them.
func TestRepeater(t *testing.T) {
	b := newBench(t, Options{})
	for range 3 {
		for _, a := range []string{"192.168.1.10", "192.168.1.11"} {
			b.packet(a, tvMAC)
			b.shows(capture.Out, a+":1", web)
			b.clock.Advance(time.Minute)
		}
	}
	b.clock.Advance(5 * time.Hour) // one of them sleeps
	b.packet("192.168.1.11", tvMAC)
	b.shows(capture.Out, "192.168.1.11:1", web)
	if n := b.Stats().Devices; n != 2 {
		t.Errorf("%d devices", n)
	}
	// With leases, which tell more, it is known at once.
	b.lease("192.168.1.12", phoneMAC, "phone")
	b.shows(capture.Out, "192.168.1.12:1", web)
	b.packet("192.168.1.12", "02:00:5e:10:00:99")
	b.packet("2001:db8:50::12", "02:00:5e:10:00:99")
	if d := b.device("phone"); d.MAC.String() != phoneMAC {
		t.Errorf("%+v", d)
	}
}

// Without leases, a device that goes on elsewhere after its address was silent is the same.
func TestDeviceMovesWithoutLeases(t *testing.T) {
	b := newBench(t, Options{})
	b.packet("192.168.1.10", tvMAC)
	b.shows(capture.Out, "192.168.1.10:1", web)
	b.clock.Advance(2 * silence)
	b.packet("192.168.1.77", tvMAC)
	b.shows(capture.Out, "192.168.1.77:1", web)
	if list := b.Devices(); len(list) != 1 || list[0].Out != 2 || list[0].Addr.String() != "192.168.1.77" {
		t.Errorf("%+v", list)
	}
}

// A connection is called by what its device asked for shortly before.
func TestAskedNames(t *testing.T) {
	b := newBench(t, Options{})
	b.lease("192.168.1.10", tvMAC, "tv")
	b.answer("192.168.1.10", "www.shop.example", "203.0.113.9")
	b.answer("192.168.1.20", "cdn.example", "203.0.113.9")
	b.answer("", "nobody.example", "203.0.113.10")
	if ev := b.shows(capture.Out, "192.168.1.10:1", web); ev.Dst.Name != "www.shop.example" || ev.Src.Name != "tv" {
		t.Errorf("%+v", ev)
	}
	if ev := b.shows(capture.Out, "192.168.1.10:2", web); ev.Dst.Name != "www.shop.example" {
		t.Errorf("once more, after the device is known: %+v", ev)
	}
	if ev := b.shows(capture.Out, "192.168.1.20:1", web); ev.Dst.Name != "cdn.example" {
		t.Errorf("%+v", ev)
	}
	// What others asked for names no connection, but the host if nothing else does.
	if ev := b.shows(capture.Out, "192.168.1.30:1", web); ev.Dst.Name != "" {
		t.Errorf("%+v", ev)
	}
	if name, _ := b.NameOf(netip.MustParseAddr("203.0.113.9")); name != "cdn.example" {
		t.Errorf("the host is called %q", name)
	}
	if h := b.host("203.0.113.9"); h.RouterName != "" || h.AskedName != "cdn.example" {
		t.Errorf("%+v", h)
	}
	if _, wins := b.Called(netip.MustParseAddr("203.0.113.9")); wins {
		t.Error("what one device asked for now wins over what an event was called then")
	}
	b.shows(capture.Out, "192.168.1.30:1", "203.0.113.10:443")
	if h := b.host("203.0.113.10"); h.Name != "nobody.example" || h.AskedName != "nobody.example" || h.RouterName != "" {
		t.Errorf("%+v", h)
	}
	b.SetDNSName(netip.MustParseAddr("203.0.113.10"), "a23.deploy.example")
	for range 2 {
		if h := b.host("203.0.113.10"); h.Name != "a23.deploy.example" || h.AskedName != "nobody.example" {
			t.Errorf("%+v", h)
		}
		if list := b.hostList(HostQuery{Find: "nobody"}); len(list) != 1 {
			t.Errorf("found by the name that was asked for: %+v", list)
		}
		b.reopen()
	}
	// After a restart nothing is remembered of answers.
	if ev := b.shows(capture.Out, "192.168.1.10:1", web); ev.Dst.Name != "" {
		t.Errorf("%+v", ev)
	}
	// The device keeps its answers when its address changes, for a while.
	b.answer("192.168.1.10", "www.shop.example", "203.0.113.9")
	b.lease("192.168.1.77", tvMAC, "tv")
	if ev := b.shows(capture.Out, "192.168.1.77:1", web); ev.Dst.Name != "www.shop.example" {
		t.Errorf("%+v", ev)
	}
	if ev := b.shows(capture.In, web, "192.168.1.77:1"); ev.Src.Name != "" {
		t.Errorf("who comes from outside was not asked for: %+v", ev)
	}
	if ev := b.shows(capture.Out, "192.168.1.77:1", "said.example="+web); ev.Dst.Name != "said.example" {
		t.Errorf("what the router says counts: %+v", ev)
	}
	b.clock.Advance(askedWithin + time.Minute)
	if ev := b.shows(capture.Out, "192.168.1.77:1", web); ev.Dst.Name != "" {
		t.Errorf("an hour later: %+v", ev)
	}
}

// What a host is called, in an event as it is shown: by the user, else by what this device
// asked for shortly before, else by the router, else by reverse DNS, and only then by what
// other devices asked for; also where a better name is learned after the event.
func TestWhichNameCounts(t *testing.T) {
	const host = "203.0.113.9"
	addr := netip.MustParseAddr(host)
	learn := map[string]func(b *bench){
		"user": func(b *bench) { b.label(host, "Mine") },
		"own":  func(b *bench) { b.answer("192.168.1.10", "own.example", host) },
		"told": func(b *bench) { b.shows(capture.In, "router.example="+web, "192.168.1.30:1") },
		"dns":  func(b *bench) { b.SetDNSName(addr, "reverse.example") },
		"other": func(b *bench) {
			b.answer("192.168.1.20", "other.example", host)
			b.shows(capture.Out, "192.168.1.20:1", web)
		},
	}
	for _, test := range []struct {
		before, after []string // the event
		want          string
	}{
		{nil, nil, ""},
		{[]string{"other"}, nil, "other.example"},
		{[]string{"other", "dns"}, nil, "reverse.example"},
		{[]string{"other"}, []string{"dns"}, "reverse.example"},
		{[]string{"other", "dns"}, []string{"told"}, "router.example"},
		{[]string{"told"}, []string{"other", "dns"}, "router.example"},
		{[]string{"own"}, nil, "own.example"},
		{[]string{"own"}, []string{"dns"}, "own.example"},
		{[]string{"own", "dns", "other"}, nil, "own.example"},
		{[]string{"told", "own"}, nil, "own.example"},
		{[]string{"own"}, []string{"told", "other", "dns"}, "own.example"},
		{[]string{"other", "own", "told", "dns"}, []string{"other"}, "own.example"},
		{[]string{"own", "told"}, []string{"user"}, "Mine"},
		{[]string{"user", "other", "own", "told", "dns"}, nil, "Mine"},
		{nil, []string{"own"}, ""}, // it is not that of what was before
	} {
		b := newBench(t, Options{})
		for _, what := range append([]string{"nothing"}, test.before...) {
			if what == "nothing" {
				b.shows(capture.Out, "192.168.1.10:2", web) // devices and host are known
				continue
			}
			learn[what](b)
		}
		ev := b.shows(capture.Out, "192.168.1.10:1", web)
		for _, what := range test.after {
			b.clock.Advance(time.Minute)
			learn[what](b)
		}
		b.commit()
		shown := func() string {
			name, wins := b.Called(addr)
			if wins || ev.Dst.Name == "" {
				return name
			}
			return ev.Dst.Name
		}
		for _, when := range []string{"at once", "from the file"} {
			if got := shown(); got != test.want {
				t.Errorf("before %v, after %v, %s: %q, want %q", test.before, test.after, when, got, test.want)
			}
			listed := ""
			if err := b.EachName(func(a netip.Addr, name string, wins bool) error {
				if a == addr {
					if listed = name; !wins && ev.Dst.Name != "" {
						listed = ev.Dst.Name
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if listed != test.want {
				t.Errorf("before %v, after %v, %s, searched for: %q, want %q", test.before, test.after, when, listed, test.want)
			}
			b.reopen()
		}
	}
}

// Names of public hosts must not become those of devices and routers.
func TestAnswersNameNobodyAtHome(t *testing.T) {
	b := newBench(t, Options{})
	b.wanIs("198.51.100.7")
	b.answer("192.168.1.10", "evil.example", "192.168.1.20")
	b.answer("192.168.1.10", "evil.example", "198.51.100.7")
	b.answer("203.0.113.66", "evil.example", "203.0.113.9") // asked from outside
	for _, dst := range []string{"192.168.1.20:1", "198.51.100.7:1"} {
		if ev := b.shows(capture.Out, "192.168.1.10:1", dst); ev.Dst.Name != "" {
			t.Errorf("%+v", ev)
		}
	}
	if ev := b.shows(capture.Out, "203.0.113.66:1", web); ev.Dst.Name != "" {
		t.Errorf("%+v", ev)
	}
}

// Forged sightings make no devices, take no room without end, and take no answers from
// who is honest.
func TestForgedSightings(t *testing.T) {
	const limit = 64
	b := newBench(t, Options{Limits: Limits{Devices: limit}})
	b.lease("192.168.1.10", tvMAC, "tv")
	b.answer("192.168.1.10", "www.shop.example", "203.0.113.9")
	b.shows(capture.Out, "192.168.1.10:1", web)
	b.label("192.168.1.10", "Television")
	for i := range 20_000 {
		a := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}).String()
		mac := fmt.Sprintf("02:00:00:%02x:%02x:%02x", i>>16, i>>8&255, i&255)
		b.lease(a, mac, "forged")
		b.packet(fmt.Sprintf("2001:db8:%x::1", i), tvMAC)
		b.answer(a, "forged.example", public(i).String())
		b.answer("192.168.1.20", "forged.example", public(i).String())
		if i%100 == 0 {
			b.answer("192.168.1.10", "www.shop.example", "203.0.113.9") // a device that is in use asks again
			b.clock.Advance(time.Second)
		}
	}
	if ev := b.shows(capture.Out, "192.168.1.10:1", web); ev.Dst.Name != "www.shop.example" || ev.Dir != capture.Out {
		t.Errorf("%+v", ev)
	}
	b.device("Television")
	d := &b.devices
	if n := b.Stats().Devices; n != 1 || len(d.waiting) > limit || len(d.relays) > limit || len(d.byAddr) > 1+maxAddresses || len(b.learned) > maxLearned || len(b.own.four) > 6 || len(b.own.six) > 3+maxLearned {
		t.Errorf("%d devices, %d waiting, %d relays, %d addresses, %d networks", n, len(d.waiting), len(d.relays), len(d.byAddr), len(b.own.four)+len(b.own.six))
	}
	if len(b.answers.of) > maxAskers || len(b.answers.anyone.latest) > maxAnyone || len(b.answers.of[ByAddr(netip.MustParseAddr("192.168.1.20"))].latest) > maxAnswers {
		t.Errorf("%d askers, %d answers", len(b.answers.of), len(b.answers.anyone.latest))
	}
	// Attempts make devices, as ever, and no more than the limit.
	for i := range 300 {
		a := netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}).String()
		b.lease(a, fmt.Sprintf("02:00:01:00:%02x:%02x", i>>8, i&255), "forged")
		b.shows(capture.Out, a+":1", web)
	}
	b.device("Television")
	if n := b.Stats().Devices; n > limit || len(d.byMAC) > limit || len(d.byAddr) > limit*(1+maxAddresses) {
		t.Errorf("%d devices, %d hardware addresses, %d addresses", n, len(d.byMAC), len(d.byAddr))
	}
	b.commit()
	b.reopen()
	b.device("Television")
}

func BenchmarkSight(b *testing.B) {
	s := newBench(b, Options{})
	s.lease("192.168.1.10", tvMAC, "tv")
	s.shows(capture.Out, "192.168.1.10:1", web)
	for name, x := range map[string]capture.Sighting{
		"packet": {Kind: capture.Neighbour, Addr: netip.MustParseAddr("192.168.1.10"), MAC: hardware(b, tvMAC)},
		"answer": {Kind: capture.Answer, Addr: netip.MustParseAddr("203.0.113.9"), Client: netip.MustParseAddr("192.168.1.10"), Name: "www.shop.example"},
	} {
		x.Time = s.clock.T
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Sight(&x)
			}
		})
	}
}

// The name of a lease is not lost when the router's log shows a packet of the device before
// anything of it is an event, as every line about its first connection does.
func TestLeaseThenPacket(t *testing.T) {
	b := newBench(t, Options{})
	b.lease("192.168.1.10", tvMAC, "tv-living")
	b.packet("192.168.1.10", tvMAC)
	b.shows(capture.Out, "192.168.1.10:1", web)
	if d := b.device("tv-living"); d.LeaseName != "tv-living" || d.MAC.String() != tvMAC || d.Addr.String() != "192.168.1.10" {
		t.Errorf("%+v", d)
	}
	// A repeater sends the packets of others as its own: the lease says whose they are.
	b.lease("192.168.1.11", phoneMAC, "phone")
	b.packet("192.168.1.11", "02:00:5e:10:00:77")
	b.shows(capture.Out, "192.168.1.11:1", web)
	b.packet("192.168.1.12", "02:00:5e:10:00:77")
	b.shows(capture.Out, "192.168.1.12:1", web)
	if d := b.device("phone"); d.MAC.String() != phoneMAC || b.Stats().Devices != 3 {
		t.Errorf("%+v, %d devices", d, b.Stats().Devices)
	}
	// Who gets an address that was promised to somebody else has not that name.
	b.lease("192.168.1.13", "02:00:5e:10:00:88", "tablet")
	b.lease("192.168.1.13", "02:00:5e:10:00:99", "")
	b.shows(capture.Out, "192.168.1.13:1", web)
	for _, d := range b.Devices() {
		if d.Addr.String() == "192.168.1.13" && (d.MAC.String() != "02:00:5e:10:00:99" || d.LeaseName != "") {
			t.Errorf("%+v", d)
		}
	}
}

// Whoever may send lines about connections does not rename a device that has its name from
// DHCP, nor what it did before; the user does.
func TestLeaseWinsOverLine(t *testing.T) {
	const evil = "evil-name=192.168.1.10:1012"
	for _, c := range []struct {
		name   string
		before bool // a line said a name before the lease did
		moves  bool // the lease is told again
	}{{"lease first", false, false}, {"line first", true, false}, {"lease again", true, true}} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, Options{})
			if c.before {
				if ev := b.shows(capture.Out, evil, web); ev.Src.Name != "evil-name" {
					t.Errorf("of a device without a name: got %q, want that of the line", ev.Src.Name)
				}
				b.device("evil-name")
			}
			b.lease("192.168.1.10", tvMAC, "real-name")
			is := func(want string) {
				t.Helper()
				for range 2 {
					if ev := b.shows(capture.Out, evil, web); ev.Src.Name != "real-name" {
						t.Errorf("out: the event is from %q", ev.Src.Name)
					}
					if ev := b.shows(capture.In, web, evil); ev.Dst.Name != "real-name" {
						t.Errorf("in: the event is to %q", ev.Dst.Name)
					}
				}
				b.device(want)
				name, wins := b.Called(netip.MustParseAddr("192.168.1.10"))
				if name != want || (c.before || want != "real-name") != wins { // where no line renamed it, names were good for their time
					t.Errorf("events of before are called %q (%v), want %q", name, wins, want)
				}
			}
			is("real-name")
			if c.moves {
				b.lease("192.168.1.10", tvMAC, "real-name")
			}
			b.commit()
			b.reopen()
			is("real-name")
			b.label("192.168.1.10", "Television")
			is("Television")
		})
	}
}
