package origin

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/oschwald/maxminddb-golang/v2"

	"linklog/capture"
)

// maxFile bounds the size of a file, in bytes. The largest that people have, of all the
// world's cities, have some 130 MB.
const maxFile = 512 << 20

// Files are databases in the MaxMind DB format, as GeoLite2, DB-IP and IPinfo come in.
type Files struct{ owners, countries *file }

// Open reads files with owners (autonomous systems) and with countries, each "" if there
// is none; of none at all it is nil, which is what is built in. A file may have both.
func Open(owners, countries string) (*Files, error) {
	if owners == "" && countries == "" {
		return nil, nil
	}
	var f Files
	var err error
	if owners != "" {
		if f.owners, err = open(owners, func(o Origin) bool { return o.AS != 0 || o.Owner != "" }, "autonomous systems"); err != nil {
			return nil, err
		}
	}
	if countries != "" {
		if f.countries, err = open(countries, func(o Origin) bool { return o.Country != "" }, "countries"); err != nil {
			return nil, err
		}
	}
	return &f, nil
}

// file is one database. What it has about the networks that were asked for is kept, as its
// records take some time to read.
type file struct {
	db *maxminddb.Reader

	mu   sync.RWMutex
	kept map[uintptr]Origin // by place of the record
}

// maxName bounds a name, in bytes. A longer one is none.
const maxName = 200

// maxKept bounds the records that are kept.
const maxKept = 1 << 16

func open(path string, useful func(Origin) bool, what string) (*file, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	db, err := maxminddb.OpenBytes(data)
	if err != nil {
		return nil, fmt.Errorf("%s is not a MaxMind DB file: %w", path, err)
	}
	f := &file{db: db, kept: map[uintptr]Origin{}}
	// One that holds something else, cities by names or proxies, would never answer.
	n := 0
	for network := range db.Networks() {
		if network.Err() != nil {
			return nil, fmt.Errorf("%s is damaged: %w", path, network.Err())
		}
		if useful(decode(network)) {
			return f, nil
		}
		if n++; n >= 1000 {
			break
		}
	}
	return nil, fmt.Errorf("%s has no %s: it is of the type %q", path, what, capture.Clean(db.Metadata.DatabaseType))
}

// readFile reads a file into memory: one that is replaced or cut while it is used would
// otherwise end the program.
func readFile(path string) ([]byte, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() { // opening a pipe would not return
		return nil, fmt.Errorf("%s is not a file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case info.Size() > maxFile:
		return nil, fmt.Errorf("%s is larger than %d MB", path, maxFile>>20)
	case info.Size() == 0:
		return nil, fmt.Errorf("%s: %w", path, errors.New("the file is empty"))
	}
	data := make([]byte, info.Size()) // once: what grows takes several times as much
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return data, nil
}

// fill says who an address belongs to.
func (f *Files) fill(o *Origin, a netip.Addr) {
	if f.owners == nil || f.countries == nil {
		*o = builtIn().of(a)
	}
	if f.owners != nil {
		found := f.owners.of(a)
		o.AS, o.Owner = found.AS, found.Owner
	}
	if f.countries != nil {
		o.Country = f.countries.of(a).Country
	}
}

func (f *file) of(a netip.Addr) Origin {
	if !a.IsValid() {
		return Origin{}
	}
	found := f.db.Lookup(a.WithZone(""))
	if !found.Found() {
		return Origin{}
	}
	at := found.Offset()
	f.mu.RLock()
	o, known := f.kept[at]
	f.mu.RUnlock()
	if known {
		return o
	}
	o = decode(found)
	f.mu.Lock()
	if len(f.kept) >= maxKept {
		clear(f.kept)
	}
	f.kept[at] = o
	f.mu.Unlock()
	return o
}

// decode reads a record. Each maker has names of its own; what has another type than
// expected, or is damaged, is not known.
func decode(r maxminddb.Result) (o Origin) {
	text := func(path ...any) string {
		var s string
		if r.DecodePath(&s, path...) != nil || len(s) > maxName {
			return ""
		}
		return capture.Clean(s)
	}
	// GeoLite2 and DB-IP have a number, IPinfo a text: "AS15169".
	if r.DecodePath(&o.AS, "autonomous_system_number") != nil || o.AS == 0 {
		n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToUpper(text("asn")), "AS"), 10, 32)
		if err == nil {
			o.AS = uint32(n)
		} else {
			o.AS = 0
		}
	}
	for _, key := range []string{"autonomous_system_organization", "as_name", "name"} {
		if o.Owner = text(key); o.Owner != "" {
			break
		}
	}
	for _, path := range [][]any{{"registered_country", "iso_code"}, {"country", "iso_code"}, {"country_code"}, {"country"}} {
		if c := strings.ToUpper(text(path...)); len(c) == 2 && strings.Trim(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
			o.Country = c
			break
		}
	}
	return o
}
