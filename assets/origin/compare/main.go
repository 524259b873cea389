// Command compare compares the countries of package origin with those of another source, in
// the form that Tor's lists have ("first,last,country", as Debian's package tor-geoipdb
// installs them), at 1,000 addresses that somebody owns, 700 of IPv4 and 300 of IPv6:
//
//	go run ./compare /usr/share/tor/geoip /usr/share/tor/geoip6
//
// The addresses are the same each time; docs/origin.md has what came out.
package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"log"
	"maps"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"

	"linklog/assets/origin"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: compare GEOIP GEOIP6")
	}
	for i, n := range []int{700, 300} {
		list, err := read(os.Args[i+1])
		if err != nil {
			log.Fatal(err)
		}
		compare(list, n)
	}
}

type span struct {
	first, last netip.Addr
	country     string
}

func read(path string) (list []span, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		part := strings.Split(lines.Text(), ",")
		if len(part) != 3 {
			continue // a comment
		}
		first, err1 := address(part[0])
		last, err2 := address(part[1])
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		if part[2] != "??" {
			list = append(list, span{first, last, part[2]})
		}
	}
	return list, nil
}

func address(s string) (netip.Addr, error) {
	if strings.Contains(s, ":") {
		return netip.ParseAddr(s)
	}
	n, err := strconv.ParseUint(s, 10, 32)
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}), err
}

// compare takes addresses of the whole of IPv4 that somebody owns; of IPv6, which is
// nearly empty, one in the network of a provider (/32) that the other list has something of.
func compare(list []span, n int) {
	random := rand.New(rand.NewPCG(16, 1))
	same, tried, unknown := 0, 0, 0
	others := map[string]int{}
	var providers []netip.Prefix
	for _, s := range list {
		if p, err := s.first.Prefix(32); err == nil && (len(providers) == 0 || providers[len(providers)-1] != p) {
			providers = append(providers, p)
		}
	}
	for tried < n {
		var a netip.Addr
		if list[0].first.Is4() {
			x := random.Uint32()
			a = netip.AddrFrom4([4]byte{byte(x >> 24), byte(x >> 16), byte(x >> 8), byte(x)})
		} else {
			b := providers[random.IntN(len(providers))].Addr().As16()
			b[5], b[15] = byte(random.Uint32()), 1
			a = netip.AddrFrom16(b)
		}
		at, exact := slices.BinarySearchFunc(list, a, func(s span, a netip.Addr) int { return s.first.Compare(a) })
		if !exact {
			at--
		}
		ours := origin.Of(a)
		if at < 0 || list[at].last.Less(a) || ours.AS == 0 {
			continue
		}
		tried++
		switch theirs := list[at].country; ours.Country {
		case theirs:
			same++
		case "":
			unknown++
		default:
			others[fmt.Sprintf("%s registered in %s", theirs, ours.Country)]++
		}
	}
	fmt.Printf("%d addresses: %d the same, %d of a country not known here, others:\n", n, same, unknown)
	for _, kind := range slices.SortedFunc(maps.Keys(others), func(a, b string) int {
		return cmp.Or(cmp.Compare(others[b], others[a]), cmp.Compare(a, b))
	}) {
		fmt.Printf("%4d %s\n", others[kind], kind)
	}
}
