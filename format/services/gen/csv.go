package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// fromCSV reads IANA's own file. Its columns: service name, port number or
// range, transport protocol, then description, dates and more.
func fromCSV(path string) (*registry, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows := csv.NewReader(f)
	rows.FieldsPerRecord = -1
	records, err := rows.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	r := &registry{
		source: []string{fmt.Sprintf("Source: IANA's %s of %s.", filepath.Base(path), info.ModTime().Format("2006-01-02"))},
		names:  map[key][]string{},
	}
	for _, rec := range records {
		if len(rec) >= 3 {
			r.add(rec[0], rec[1], rec[2])
		}
	}
	return r, nil
}

// add takes one row of the registry. Rows without a name (reserved,
// unassigned), without a port (names of DNS-SD) or without a protocol are none
// of ours.
func (r *registry) add(name, ports, proto string) {
	if name == "" || !slices.Contains(protocols, proto) {
		return
	}
	from, to, isRange := strings.Cut(ports, "-")
	first, err := strconv.Atoi(from)
	if err != nil {
		return
	}
	if !isRange {
		k := key{first, proto}
		r.names[k] = append(r.names[k], name)
		return
	}
	if last, err := strconv.Atoi(to); err == nil {
		r.ranges = append(r.ranges, portRange{first, last, proto, name})
	}
}
