// Package porttest gives tests ports that nobody else takes before they are used.
package porttest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"testing"
)

// The ports are below those that systems give to who asks for any (32768 and above on Linux,
// 49152 elsewhere), so that no such socket takes one of them by chance. Whoever holds port
// n+owned of the loopback by TCP owns n: that keeps the tests of several processes apart.
const first, count, owned = 20_000, 2_700, 10_000

// turn is where the search goes on, at random at first.
var turn atomic.Uint32

// Free is a port that nobody has, by UDP or by TCP, at any address. No other test is given it
// until this one ends.
func Free(t testing.TB) uint16 {
	t.Helper()
	turn.CompareAndSwap(0, rand.Uint32N(count)+1)
	for range count {
		n := first + turn.Add(1)%count
		mine, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", n+owned))
		if err != nil {
			continue
		}
		if !unused(n) {
			mine.Close()
			continue
		}
		t.Cleanup(func() { mine.Close() })
		return uint16(n)
	}
	t.Fatal("no port is free")
	return 0
}

func unused(n uint32) bool {
	address := fmt.Sprintf(":%d", n)
	c, err := net.ListenPacket("udp", address)
	if err != nil {
		return false
	}
	defer c.Close()
	l, err := net.Listen("tcp", address)
	if err != nil {
		return false
	}
	l.Close()
	return true
}

// Taken is a port that the test has by UDP, at every address, until it closes the socket or
// ends; nobody has it by TCP.
func Taken(t testing.TB) (*net.UDPConn, uint16) {
	t.Helper()
	n := Free(t)
	c, err := net.ListenUDP("udp", &net.UDPAddr{Port: int(n)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, n
}
