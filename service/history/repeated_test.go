package history

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"testing"

	"linklog/capture"
	"linklog/service/sqlite"
)

// repeating makes events from hosts that come again when the file does not find them any more:
// of IPv4 and IPv6, with names and without an address.
func repeating(hosts, rounds int) (events []capture.Event) {
	for n := range hosts * rounds {
		e := attempt(n + 1)
		i := n % hosts
		e.Src.Addr = netip.AddrFrom4([4]byte{8, byte(i >> 16), byte(i >> 8), byte(i)})
		switch {
		case i%7 == 0:
			e.Src.Addr = netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 14: byte(i >> 8), 15: byte(i)})
		case i%97 == 0:
			e.Src.Name = fmt.Sprintf("named-%d.example", i)
		case i == 8:
			e.Src = capture.Endpoint{Name: "nobody.example", Port: 80}
		}
		events = append(events, e)
	}
	return events
}

// repeatedIn is the highest id of the hosts that a file has again and again.
func repeatedIn(t *testing.T, h *History, seg *segment) (most uint32) {
	t.Helper()
	err := h.read(seg, func(r *reader) (err error) {
		_, most, err = r.repeated()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return most
}

// What a file has again and again is tried once, and all the same every event is found: by
// addresses, names, owners, and by devices whose address changed hands.
func TestRepeatedHosts(t *testing.T) {
	takesLong(t)
	const hosts, rounds = 36_000, 3
	dir := t.TempDir()
	h := mustOpen(t, dir, Options{SegmentRows: hosts * rounds, unsafe: true})
	events := repeating(hosts, rounds)
	mustAppend(t, h, events)
	mustAppend(t, h, attempts(len(events)+1, len(events)+10))
	settle(t, h)
	seg := h.list()[0]
	if most := repeatedIn(t, h, seg); int(most) < 2*hosts || most%packSize != 0 {
		t.Fatalf("hosts up to %d", most)
	}
	if most := repeatedIn(t, h, h.list()[1]); most != 0 {
		t.Errorf("in the file that is written: up to %d", most)
	}

	held, parted := events[9*256+9].Src.Addr, events[7*100].Src.Addr
	names := naming{called: called{netip.MustParseAddr("8.0.1.2"): "user.example"}, holders: map[netip.Addr][]holder{
		held:   {{since: math.MinInt64, mac: tvMAC, name: "tv.lan", wins: true}},
		parted: {{since: math.MinInt64, mac: tvMAC, name: "tv.lan"}, {since: events[hosts+hosts/2].Time.UnixNano(), mac: phoneMAC, name: "phone.lan"}},
	}}
	if err := h.SetName(netip.MustParseAddr("8.0.3.4"), "dns.example", start); err != nil {
		t.Fatal(err)
	}
	count := func(text string) int64 {
		t.Helper()
		h.LooksChanged() // nothing is kept of earlier queries
		n, err := h.Count(t.Context(), Query{Filter: mustFilter(t, text), Names: names})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	want := map[string]int64{
		"ip:8.0.5.6": rounds, "src:8.0.5.6": rounds, "dst:8.0.5.6": 0, "ip:2001:db8::/32 !ip:" + parted.String(): (hosts/7)*rounds + 0,
		"host:named-97.example": rounds, "host:nobody.example": rounds, "host:user.example": rounds, "host:dns.example": rounds,
		"host:tv.lan": 2*rounds - 1, "host:phone.lan": 1, "mac:" + tvMAC.String(): 2*rounds - 1, "!mac:* ip:" + parted.String(): 0,
		"owner:example-of-none": 0, "owner:AS3356,AS13335 !ip:8.0.5.6": -1, "country:US": -1, "!country:US": -1, "!host:*": -1, "ip:9.0.0.0/8": 0,
	}
	for text, n := range want {
		if got := count(text); n < 0 {
			want[text] = got
		} else if got != n {
			t.Errorf("%s: %d events, not %d", text, got, n)
		}
	}
	for _, text := range []string{"owner:AS3356,AS13335 !ip:8.0.5.6", "country:US", "!country:US"} {
		m, n := mustFilter(t, text), int64(0)
		for _, e := range append(events, attempts(len(events)+1, len(events)+10)...) {
			if m.Match(&e) {
				n++
			}
		}
		if n == 0 || want[text] != n {
			t.Errorf("%s: %d events, not %d", text, want[text], n)
		}
	}

	// A file without, as of an earlier build, says the same.
	change := func(what string) {
		t.Helper()
		seg.mu.Lock()
		defer seg.mu.Unlock()
		h.closeReaders(seg, false)
		defer h.openReaders(seg)
		w, err := seg.writer(&h.o)
		if err == nil {
			err = w.c.Exec(what)
		}
		if err != nil {
			t.Fatal(err)
		}
		w.close()
		seg.w = nil
	}
	change("DELETE FROM columns WHERE id < 0")
	if most := repeatedIn(t, h, seg); most != 0 {
		t.Errorf("still up to %d", most)
	}
	for text, n := range want {
		if got := count(text); got != n {
			t.Errorf("%s without: %d events, not %d", text, got, n)
		}
	}

	// A file that is sealed again, as an event is removed, has it again, without what was removed.
	named := netip.AddrFrom4([4]byte{8, 0, 0, 97})
	var ranges []Range
	for i := range events {
		if events[i].Src.Addr == named {
			ranges = append(ranges, Range{events[i].Seq, events[i].Seq})
		}
	}
	again := func() {
		t.Helper()
		settle(t, h)
		if most := repeatedIn(t, h, seg); int(most) < 2*hosts {
			t.Errorf("sealed again: up to %d", most)
		}
	}
	for range 2 { // of a file that has none, and of one that has
		if _, err := h.Remove(t.Context(), ranges); err != nil {
			t.Fatal(err)
		}
		again()
		data := bytesOf(t, dir)
		if bytes.Contains(data, []byte("named-97.example")) || !bytes.Contains(data, []byte("named-194.example")) {
			t.Error("what was removed is there, or what was not is gone")
		}
		ranges = append(ranges, Range{events[98].Seq, events[98].Seq})
	}
	if got := count("host:named-97.example"); got != 0 {
		t.Errorf("of what was removed: %d", got)
	}

	// Addresses that became networks are no longer in it.
	if _, _, err := h.Shorten(t.Context(), attempt(len(events)+1).Time, func(a netip.Addr) bool { return !a.IsPrivate() }, false); err != nil {
		t.Fatal(err)
	}
	if most := repeatedIn(t, h, seg); int(most) < 2*hosts {
		t.Errorf("shortened: up to %d", most)
	}
	if data := bytesOf(t, dir); bytes.Contains(data, []byte("named-194.example")) {
		t.Error("a name of a shortened address is there")
	}
	for text, n := range map[string]int64{"ip:8.0.5.6": 0, "ip:8.0.5.0": (256 - 37) * rounds, "host:named-*": 0} {
		if got := count(text); got != n {
			t.Errorf("%s, shortened: %d events, not %d", text, got, n)
		}
	}

	// What is not in order is damage.
	for _, wrong := range []string{
		"UPDATE columns SET data = x'80' WHERE id = -1", "UPDATE columns SET data = x'ffffffffffffffff7f' WHERE id = -1",
		"UPDATE columns SET data = substr(data, 1, length(data) - 3) WHERE id = -1", "DELETE FROM columns WHERE id = -2",
		"UPDATE columns SET data = substr(data, 1, length(data) / 2) WHERE id = -2", "UPDATE columns SET data = x'ffffffff07' WHERE id = -2",
	} {
		change("CREATE TABLE whole AS SELECT * FROM columns WHERE id < 0; " + wrong)
		r, err := openReader(seg)
		if err != nil {
			t.Fatal(err)
		}
		s, err := h.search(t.Context(), Query{Filter: mustFilter(t, "ip:8.0.0.0/8")})
		if err == nil {
			_, err = s.plan(r)
		}
		if !errors.Is(err, sqlite.ErrDamaged) {
			t.Errorf("%s: %v", wrong, err)
		}
		r.close()
		change("DELETE FROM columns WHERE id < 0; INSERT INTO columns SELECT * FROM whole; DROP TABLE whole")
	}
}

// Where most hosts are there once, as in a flood from invented addresses, they stay as they are.
func TestHostsThatAreThereOnce(t *testing.T) {
	takesLong(t)
	const hosts = minRepeated + packSize
	h := mustOpen(t, t.TempDir(), Options{SegmentRows: hosts, unsafe: true})
	mustAppend(t, h, repeating(hosts, 1))
	mustAppend(t, h, attempts(hosts+1, hosts+10))
	settle(t, h)
	if most := repeatedIn(t, h, h.list()[0]); most != 0 {
		t.Errorf("up to %d", most)
	}
}
