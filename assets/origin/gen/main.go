// Command gen writes origin.gz, the table built into package origin, from lists of ranges
// of addresses: who announces them to the internet, and in which country they were given out.
//
//	go run ./gen                                         # from npm packages
//	go run ./gen DATE ASN-IPV4 ASN-IPV6 COUNTRY-IPV4 COUNTRY-IPV6 # from files, as of DATE
//
// Files are CSV, "first,last,AS number,name" and "first,last,country", with addresses as
// text or as numbers. Releases of https://github.com/sapics/ip-location-db have them newer
// than the npm packages, which are no longer updated.
//
// The owners come from RouteViews (https://www.routeviews.org) and DB-IP (https://db-ip.com),
// the countries from the statistics of the five registries that the NRO publishes
// (https://www.nro.net). All are under CC BY 4.0; names are shortened, ranges merged.
package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"math/big"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"linklog/scripts/npm"
	"linklog/scripts/organisation"
)

// output is relative to the folder of package origin, where go generate runs.
const output = "origin.gz"

const (
	version = "2.3.2026061719" // of both packages
	date    = "2026-06-17"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("gen: ")
	if err := generate(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func generate(args []string) error {
	var t table
	switch len(args) {
	case 0:
		t.date = date
		for _, p := range []string{"@ip-location-db/asn", "@ip-location-db/asn-country"} {
			if err := npm.Each(p, version, t.packed); err != nil {
				return err
			}
		}
	case 5:
		if _, err := time.Parse(time.DateOnly, args[0]); err != nil {
			return err
		}
		t.date = args[0]
		for i, file := range args[1:] {
			f, err := os.Open(file)
			if err != nil {
				return err
			}
			if err := t.read(f, i >= 2); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			f.Close()
		}
	default:
		return errors.New("no arguments, or a date and four files")
	}
	if len(t.owners.ranges) < 300_000 || len(t.countries.ranges) < 100_000 {
		return fmt.Errorf("only %d ranges of owners and %d of countries: has the source changed its form?", len(t.owners.ranges), len(t.countries.ranges))
	}
	var zipped bytes.Buffer
	z, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		return err
	}
	if err := t.write(z); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(output, zipped.Bytes(), 0o644)
}

// span is a range of addresses and what it has, by number.
type span struct {
	first, last netip.Addr
	value       uint32
}

// set are ranges with values that have numbers, from 1 on.
type set struct {
	ranges []span
	number map[string]uint32
	values []string // by number
}

// table is what is read.
type table struct {
	date              string
	owners, countries set
}

var csvFile = regexp.MustCompile(`^package/asn(-country)?-ipv[46]\.csv$`)

func (t *table) packed(file string, r io.Reader) error {
	if m := csvFile.FindStringSubmatch(file); m != nil {
		return t.read(r, m[1] != "")
	}
	return nil
}

// read reads one file, of countries or of owners.
func (t *table) read(r io.Reader, countries bool) error {
	rows := csv.NewReader(r)
	rows.ReuseRecord = true
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if len(row) < 3 {
			return fmt.Errorf("%q is too short", row)
		}
		first, err1 := address(row[0])
		last, err2 := address(row[1])
		if err1 != nil || err2 != nil || last.Less(first) || first.Is4() != last.Is4() {
			return fmt.Errorf("%q is not a range", row)
		}
		if countries {
			if c := row[2]; len(c) == 2 && c != "ZZ" && strings.Trim(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
				t.countries.add(first, last, c)
			}
			continue
		}
		n, err := strconv.ParseUint(row[2], 10, 32)
		if err != nil || len(row) < 4 {
			return fmt.Errorf("%q is not an owner", row)
		}
		if n == 0 {
			continue
		}
		name := organisation.Short(row[3])
		for len(name) > 100 { // there are none, or few
			name = name[:strings.LastIndexByte(name, ' ')]
		}
		if name == "" || name == "-" {
			name = "AS" + row[2]
		}
		t.owners.add(first, last, fmt.Sprintf("%010d %s", n, name))
	}
}

func address(s string) (netip.Addr, error) {
	if strings.ContainsAny(s, ".:") {
		return netip.ParseAddr(s)
	}
	n, ok := new(big.Int).SetString(s, 10)
	if !ok || n.Sign() < 0 || n.BitLen() > 128 {
		return netip.Addr{}, fmt.Errorf("%q is not an address", s)
	}
	if n.BitLen() <= 32 {
		return netip.AddrFrom4([4]byte(n.FillBytes(make([]byte, 4)))), nil
	}
	return netip.AddrFrom16([16]byte(n.FillBytes(make([]byte, 16)))), nil
}

func (s *set) add(first, last netip.Addr, value string) {
	if s.number == nil {
		s.number, s.values = map[string]uint32{}, []string{""}
	}
	n, known := s.number[value]
	if !known {
		n = uint32(len(s.values))
		s.number[value], s.values = n, append(s.values, strings.Clone(value))
	}
	s.ranges = append(s.ranges, span{first, last, n})
}

// sorted numbers the values anew, in their order.
func (s *set) sorted() {
	values := slices.Sorted(maps.Keys(s.number))
	number := map[string]uint32{}
	for i, v := range values {
		number[v] = uint32(i + 1)
	}
	for i, r := range s.ranges {
		s.ranges[i].value = number[s.values[r.value]]
	}
	s.values, s.number = append([]string{""}, values...), number
}

// special are addresses that stand for something, and that nobody owns: an entry for them
// would only tell who misuses them, or who carries a tunnel (IANA's registries of special
// addresses).
var special = func() (list []netip.Prefix) {
	for _, s := range strings.Fields(`0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24
		192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3
		::/3 2001::/23 2001:db8::/32 2002::/16 3fff::/20 4000::/2 8000::/1`) {
		list = append(list, netip.MustParsePrefix(s))
	}
	return list
}()

// run is where a value begins; it holds until the next. high are the first 32 or 64 bits.
type run struct {
	high  uint64
	value uint32
}

// runs gives the ranges of one family without overlaps. Where several lie over each
// other, the smallest counts. A special address has no value.
func (s *set) runs(v4 bool) []run {
	of := func(a netip.Addr) bool { return a.Is4() == v4 }
	var spans []span
	for _, r := range s.ranges {
		if of(r.first) {
			spans = append(spans, r)
		}
	}
	for _, p := range special {
		if of(p.Addr()) {
			spans = append(spans, span{p.Addr(), last(p), none})
		}
	}
	slices.SortStableFunc(spans, func(a, b span) int { return a.first.Compare(b.first) })
	var out []run
	type edge struct {
		at    netip.Addr
		value uint32
	}
	var edges []edge
	var active []span // those that cover the place, the smallest at the end
	place := func(at netip.Addr) {
		value := uint32(0)
		if len(active) > 0 {
			value = active[len(active)-1].value
		}
		for _, a := range active {
			if a.value == none {
				value = 0
			}
		}
		if n := len(edges); n > 0 && edges[n-1].at == at {
			edges[n-1].value = value
			return
		}
		edges = append(edges, edge{at, value})
	}
	// expire ends what ends before a place.
	expire := func(before netip.Addr) {
		for {
			end := -1
			for i, a := range active {
				if a.last.Less(before) && (end < 0 || a.last.Less(active[end].last)) {
					end = i
				}
			}
			if end < 0 {
				return
			}
			at := active[end].last
			active = slices.DeleteFunc(active, func(a span) bool { return a.last == at })
			if next := at.Next(); next.IsValid() {
				place(next)
			}
		}
	}
	for _, sp := range spans {
		expire(sp.first)
		active = append(active, sp)
		slices.SortStableFunc(active, func(a, b span) int { return size(b).Cmp(size(a)) })
		place(sp.first)
	}
	var highest netip.Addr
	if v4 {
		highest = netip.AddrFrom4([4]byte{255, 255, 255, 255})
	} else {
		highest = last(netip.MustParsePrefix("::/0"))
	}
	expire(highest)
	// To 64 bits: of a network of a single household we cannot say less than all, so that
	// one with several values has none.
	for _, e := range edges {
		high, low := bits(e.at)
		add := func(r run) {
			if n := len(out); n > 0 && out[n-1].high == r.high {
				out[n-1] = r
				return
			}
			out = append(out, r)
		}
		if low != 0 {
			if n := len(out); n > 0 && out[n-1].high == high+1 { // a further one in it
				out[n-1].value = e.value
				continue
			}
			add(run{high, 0})
			high++
		}
		add(run{high, e.value})
	}
	return compact(out)
}

const none = ^uint32(0)

func size(s span) *big.Int {
	a, b := new(big.Int).SetBytes(s.first.AsSlice()), new(big.Int).SetBytes(s.last.AsSlice())
	return b.Sub(b, a)
}

func last(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < 8*len(b); i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

func bits(a netip.Addr) (high, low uint64) {
	if a.Is4() {
		b := a.As4()
		return uint64(binary.BigEndian.Uint32(b[:])), 0
	}
	b := a.As16()
	return binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
}

func compact(runs []run) []run {
	out := runs[:0]
	for _, r := range runs {
		if n := len(out); n > 0 && out[n-1].value == r.value || n == 0 && r.value == 0 {
			continue
		}
		out = append(out, r)
	}
	return out
}

// write writes the table; package origin says how (load.go).
func (t *table) write(w io.Writer) error {
	t.owners.sorted()
	t.countries.sorted()
	out := bytes.NewBuffer([]byte("LinkLog origin 1\n" + t.date + "\n"))
	number := func(n uint64) { out.Write(binary.AppendUvarint(nil, n)) }

	number(uint64(len(t.countries.values) - 1))
	for _, c := range t.countries.values[1:] {
		out.WriteString(c)
	}

	names := map[string]bool{}
	for _, v := range t.owners.values[1:] {
		names[v[11:]] = true
	}
	sorted := slices.Sorted(maps.Keys(names))
	number(uint64(len(sorted))) // tells how many lines there are
	text := strings.Join(sorted, "\n") + "\n"
	number(uint64(len(text)))
	out.WriteString(text)

	number(uint64(len(t.owners.values) - 1))
	before := uint64(0)
	var order []byte
	for _, v := range t.owners.values[1:] {
		n, err := strconv.ParseUint(v[:10], 10, 32)
		if err != nil {
			return err
		}
		number(n - before)
		before = n
		at, _ := slices.BinarySearch(sorted, v[11:])
		order = append(order, byte(at), byte(at>>8), byte(at>>16))
	}
	planes(out, order, 3)

	for _, v4 := range []bool{true, false} {
		joined := join(t.owners.runs(v4), t.countries.runs(v4))
		number(uint64(len(joined)))
		before := uint64(0)
		var owners, countries []byte
		for _, r := range joined {
			number(r.high - before)
			before = r.high
			owners = append(owners, byte(r.owner), byte(r.owner>>8), byte(r.owner>>16))
			countries = append(countries, byte(r.country))
		}
		planes(out, owners, 3)
		out.Write(countries)
		log.Printf("%d ranges", len(joined))
	}
	if len(t.owners.values) > 1<<24 || len(t.countries.values) > 1<<8 || len(sorted) > 1<<24 {
		return errors.New("too many owners or countries")
	}
	log.Printf("%d owners, %d names, %d countries, %d bytes", len(t.owners.values)-1, len(sorted), len(t.countries.values)-1, out.Len())
	_, err := out.WriteTo(w)
	return err
}

// planes writes the first bytes of all numbers, then the second: they pack better.
func planes(out *bytes.Buffer, b []byte, width int) {
	for p := range width {
		for i := p; i < len(b); i += width {
			out.WriteByte(b[i])
		}
	}
}

// both is where an owner or a country begins.
type both struct {
	high           uint64
	owner, country uint32
}

func join(owners, countries []run) (out []both) {
	var now both
	for len(owners)+len(countries) > 0 {
		switch {
		case len(countries) == 0 || len(owners) > 0 && cmp.Less(owners[0].high, countries[0].high):
			now.high, now.owner, owners = owners[0].high, owners[0].value, owners[1:]
		case len(owners) == 0 || countries[0].high < owners[0].high:
			now.high, now.country, countries = countries[0].high, countries[0].value, countries[1:]
		default:
			now.high, now.owner, now.country = owners[0].high, owners[0].value, countries[0].value
			owners, countries = owners[1:], countries[1:]
		}
		out = append(out, now)
	}
	return out
}
