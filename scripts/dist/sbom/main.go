// Command sbom writes what a program is made of as CycloneDX 1.6 JSON (https://cyclonedx.org/docs/1.6/json/). It reads that out of
// the program itself, where Go's linker has put it; so it cannot tell of another build.
//
//	sbom PROGRAM > SBOM.cdx.json
//
// LINKLOG_VERSION and SOURCE_DATE_EPOCH say what it is and when it was built.
package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	if len(os.Args) != 2 {
		fatal(fmt.Errorf("usage: sbom PROGRAM"))
	}
	doc, err := describe(os.Args[1])
	if err != nil {
		fatal(err)
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	if err := out.Encode(doc); err != nil {
		fatal(err)
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "sbom:", err)
	os.Exit(1)
}

type document struct {
	Format       string       `json:"bomFormat"`
	SpecVersion  string       `json:"specVersion"`
	Version      int          `json:"version"`
	Metadata     metadata     `json:"metadata"`
	Components   []component  `json:"components"`
	Dependencies []dependency `json:"dependencies"`
}

type metadata struct {
	Timestamp  string     `json:"timestamp"`
	Component  component  `json:"component"`
	Properties []property `json:"properties"`
}

type component struct {
	Ref      string    `json:"bom-ref"`
	Type     string    `json:"type"`
	Name     string    `json:"name"`
	Version  string    `json:"version"`
	Hashes   []hash    `json:"hashes,omitempty"`
	Licenses []licence `json:"licenses,omitempty"`
	PURL     string    `json:"purl,omitempty"` // https://github.com/package-url/purl-spec
}

type hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type licence struct {
	License struct {
		ID string `json:"id"`
	} `json:"license"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type dependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn"`
}

func describe(program string) (document, error) {
	version := os.Getenv("LINKLOG_VERSION")
	seconds, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64)
	if err != nil || version == "" {
		return document{}, fmt.Errorf("LINKLOG_VERSION and SOURCE_DATE_EPOCH have to be set: scripts/dist/build does it")
	}
	data, err := os.ReadFile(program)
	if err != nil {
		return document{}, err
	}
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return document{}, fmt.Errorf("%s: %w", program, err)
	}
	sum := sha256.Sum256(data)
	name := filepath.Base(program)
	ours := licence{}
	ours.License.ID = "BSD-2-Clause"
	d := document{Format: "CycloneDX", SpecVersion: "1.6", Version: 1}
	d.Metadata.Timestamp = time.Unix(seconds, 0).UTC().Format(time.RFC3339)
	d.Metadata.Component = component{
		Ref: name, Type: "application", Name: name, Version: version,
		Hashes: []hash{{"SHA-256", hex.EncodeToString(sum[:])}}, Licenses: []licence{ours},
	}
	for _, s := range info.Settings {
		if s.Key == "-tags" || s.Key == "-buildmode" || s.Key == "CGO_ENABLED" || strings.HasPrefix(s.Key, "GO") {
			d.Metadata.Properties = append(d.Metadata.Properties, property{"go:" + s.Key, s.Value})
		}
	}
	goVersion := strings.TrimPrefix(info.GoVersion, "go")
	d.Components = append(d.Components, module("std", goVersion, ""))
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		d.Components = append(d.Components, module(m.Path, m.Version, m.Sum))
	}
	slices.SortFunc(d.Components, func(a, b component) int { return strings.Compare(a.Ref, b.Ref) })
	all := dependency{Ref: name}
	for _, c := range d.Components {
		all.DependsOn = append(all.DependsOn, c.Ref)
	}
	d.Dependencies = []dependency{all}
	return d, nil
}

// module is a Go module; its sum is that of go.sum: of a list of the files with their sums.
func module(path, version, sum string) component {
	purl := "pkg:golang/" + path + "@" + version
	c := component{Ref: purl, Type: "library", Name: path, Version: version, PURL: purl}
	if raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(sum, "h1:")); err == nil && len(raw) == sha256.Size {
		c.Hashes = []hash{{"SHA-256", hex.EncodeToString(raw)}}
	}
	return c
}
