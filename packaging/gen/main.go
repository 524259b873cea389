// Command gen writes those files of the packages that follow from the program itself, from CHANGELOG.md or from the version,
// each in its place below a folder:
//
//	gen linklog FOLDER       units, group, guides, changelog and copyright of the package linklog
//	gen linklog-app FOLDER   AppStream metainfo, changelog and copyright of the package linklog-app
//	gen macos FILE           launchd's file for the service
//
// LINKLOG_VERSION and SOURCE_DATE_EPOCH say what is built; it runs in the root of the repository.
package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"linklog/assets/origin"
	"linklog/service/install"
)

func main() {
	if len(os.Args) != 3 {
		fatal(fmt.Errorf("usage: gen linklog|linklog-app|macos TARGET"))
	}
	if err := generate(os.Args[1], os.Args[2]); err != nil {
		fatal(err)
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "gen:", err)
	os.Exit(1)
}

// release is what is built.
type release struct {
	version string
	date    time.Time // of the commit, so that two builds give the same bytes
	log     string    // CHANGELOG.md
}

func read() (release, error) {
	r := release{version: os.Getenv("LINKLOG_VERSION")}
	seconds, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64)
	if err != nil || r.version == "" {
		return r, fmt.Errorf("LINKLOG_VERSION and SOURCE_DATE_EPOCH (seconds since 1970) have to be set: scripts/dist/build does it")
	}
	r.date = time.Unix(seconds, 0).UTC()
	text, err := os.ReadFile("CHANGELOG.md")
	r.log = string(text)
	return r, err
}

func generate(what, target string) error {
	if what == "macos" {
		return write(target, []byte(install.LaunchDaemon(install.Config{}).Content))
	}
	r, err := read()
	if err != nil {
		return err
	}
	doc := filepath.Join(target, "usr/share/doc", what)
	changelog, err := compress([]byte(r.debianChangelog(what)))
	if err != nil {
		return err
	}
	licence, err := os.ReadFile("LICENSE")
	if err != nil {
		return err
	}
	files := map[string][]byte{
		filepath.Join(doc, "changelog.gz"): changelog,
		filepath.Join(doc, "copyright"):    []byte(copyright(string(licence))),
	}
	switch what {
	case "linklog":
		for _, f := range install.Units(install.Config{Packaged: true}) {
			files[filepath.Join(target, f.Path)] = []byte(f.Content)
		}
		if err := guides(doc, files); err != nil {
			return err
		}
	case "linklog-app":
		metainfo, err := r.metainfo()
		if err != nil {
			return err
		}
		files[filepath.Join(target, "usr/share/metainfo/io.github.linklog.LinkLog.metainfo.xml")] = metainfo
	default:
		return fmt.Errorf("%q: there is no such package", what)
	}
	for path, data := range files {
		if err := write(path, data); err != nil {
			return err
		}
	}
	return nil
}

// guides adds docs/*.md, except release.md, which is for who makes a release.
func guides(doc string, files map[string][]byte) error {
	found, err := filepath.Glob("docs/*.md")
	if err != nil {
		return err
	}
	for _, path := range found {
		name := filepath.Base(path)
		if name == "release.md" {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if files[filepath.Join(doc, name+".gz")], err = compress(text); err != nil {
			return err
		}
	}
	return nil
}

func write(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

// compress is gzip -9n: no name, no time.
func compress(data []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(data); err != nil {
		return nil, err
	}
	err = z.Close()
	return b.Bytes(), err
}

// copyright is the licence in Debian's form:
// https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
func copyright(licence string) string {
	_, terms, _ := strings.Cut(licence, "\n\n")
	holder, terms, _ := strings.Cut(terms, "\n\n")
	var b strings.Builder
	fmt.Fprintf(&b, `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: LinkLog
Comment:
 The program contains libraries of others. Their licences are in
 THIRD_PARTY_NOTICES.md.gz in this folder.

Files: *
Copyright: %s
License: BSD-2-Clause

Files: assets/origin/origin.gz
Copyright: University of Oregon RouteViews Project; DB-IP; Number Resource Organization
License: CC-BY-4.0
Comment:
%s
License: CC-BY-4.0
 Creative Commons Attribution 4.0 International:
 https://creativecommons.org/licenses/by/4.0/legalcode

License: BSD-2-Clause
`, strings.TrimPrefix(strings.TrimSpace(holder), "Copyright (c) "), indent(origin.Attribution))
	b.WriteString(indent(terms))
	return b.String()
}

// indent makes a text part of a field.
func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimSpace(text) + "\n") {
		if line = strings.TrimRight(line, "\n"); line == "" {
			line = "."
		}
		b.WriteString(" " + line + "\n")
	}
	return b.String()
}
