package main

import (
	"math/rand/v2"
	"net/netip"
	"strconv"
	"time"

	"linklog/capture"
)

// spacing is the time between two events: 50 million take 290 days.
const spacing = 500 * time.Millisecond

// household makes events as a home has them, ever the same ones: devices that talk
// to a few thousand hosts, some of them all the time, and scanners from everywhere.
// Once in a million rows a host comes that never else does.
type household struct {
	r      *rand.Rand
	begin  time.Time
	seq    uint64
	remote []netip.Addr
	often  *rand.Zipf
}

var (
	router  = netip.MustParseAddr("192.168.1.1")
	outside = netip.MustParseAddr("198.51.100.120")
	rare    = netip.MustParseAddr("198.51.100.77")
)

func newHousehold(begin time.Time) *household {
	r := rand.New(rand.NewPCG(1, 2))
	h := &household{r: r, begin: begin}
	for i := range 50_000 {
		a := [4]byte{byte(1 + r.IntN(223)), byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256))}
		if i%20 == 0 {
			a[0] = 17
		}
		h.remote = append(h.remote, netip.AddrFrom4(a))
	}
	h.often = rand.NewZipf(r, 1.1, 10, uint64(len(h.remote)-1))
	return h
}

func (h *household) next() capture.Event {
	h.seq++
	e := capture.Event{
		Seq: h.seq, Time: h.begin.Add(time.Duration(h.seq)*spacing + time.Duration(h.r.Int64N(int64(spacing)))), Router: router,
		Kind: capture.Traffic, Proto: capture.TCP, Dir: capture.Out,
		Src: capture.Endpoint{Addr: netip.AddrFrom4([4]byte{192, 168, 1, byte(10 + h.r.IntN(20))}), Port: uint16(32768 + h.r.IntN(28000))},
		Dst: capture.Endpoint{Addr: h.remote[h.often.Uint64()], Port: []uint16{443, 443, 443, 443, 80, 53, 123, 5223}[h.r.IntN(8)]},
	}
	if e.Dst.Port == 53 || e.Dst.Port == 123 {
		e.Proto = capture.UDP
	}
	switch n := h.r.IntN(1000); {
	case h.seq%1_000_000 == 50_000:
		e.Dir, e.Src, e.Dst = capture.In, capture.Endpoint{Addr: rare, Port: 4444}, capture.Endpoint{Addr: outside, Port: 6666}
	case n == 0:
		e = capture.Event{Seq: e.Seq, Time: e.Time, Router: e.Router, Kind: capture.System, Text: "login from 192.168.1." + strconv.Itoa(h.r.IntN(30))}
	case n < 400:
		e.Dir, e.Src.Addr, e.Dst.Addr = capture.In, h.remote[h.r.IntN(len(h.remote))], outside
		if e.Dst.Port = uint16(h.r.IntN(6000)); h.r.IntN(2) == 0 {
			e.Dst.Port = []uint16{22, 23, 80, 3389, 8080}[h.r.IntN(5)]
		}
	case n < 420:
		e.Dst.Name = "edge" + strconv.Itoa(int(e.Dst.Addr.As4()[3])) + ".example.com"
	}
	return e
}
