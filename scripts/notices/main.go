// Command notices writes the licences of everything that is linked into the given packages, for all systems we build for:
//
//	notices ./cmd/linklog > THIRD_PARTY_NOTICES.md
//
// The output depends on go.mod alone: no dates, no paths of this computer, sorted.
package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"linklog/assets/origin"
)

// Beside the licence itself, NOTICE files are part of the Apache licence's terms.
var licenceFile = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying|notice)([.-].*)?$`)

// fonts are in the app, too. Their files are those that package look embeds.
var fonts = []struct{ name, licence string }{
	{"Inter (font)", "app/ui/look/fonts/Inter-OFL.txt"},
	{"JetBrains Mono (font)", "app/ui/look/fonts/JetBrainsMono-OFL.txt"},
}

// data is what tables in the programs were made of.
var data = []struct{ name, source string }{
	{"Vendors of network hardware (assets/vendors)", "From the IEEE's public listings MA-L, MA-M and MA-S, in which the IEEE asserts no copyright (https://standards.ieee.org/faqs/regauth),\nby way of the npm package oui-data by silverwind (BSD-2-Clause)."},
	{"Owners and countries of addresses (assets/origin)", origin.Attribution},
	{"Names of services (format/services)", "From IANA's registry of service names and port numbers, which is in the public domain (CC0 1.0, https://www.iana.org/help/licensing-terms)."},
}

type module struct {
	path, version, dir string
}

func main() {
	if len(os.Args) < 2 {
		fatal(fmt.Errorf("usage: notices PACKAGE…"))
	}
	linked, err := modules(os.Args[1:])
	if err != nil {
		fatal(err)
	}
	var out bytes.Buffer
	fmt.Fprint(&out, "# Third-party notices\n\nLinkLog contains the software listed here, under the licences that follow. Written by `make notices`.\n")
	if err := goLicence(&out, linked); err != nil {
		fatal(err)
	}
	for _, m := range sorted(linked) {
		if err := section(&out, m, linked[m]); err != nil {
			fatal(err)
		}
	}
	for _, f := range fonts {
		fmt.Fprintf(&out, "\n## %s\n", f.name)
		if err := text(&out, filepath.Base(f.licence), f.licence); err != nil {
			fatal(err)
		}
	}
	for _, d := range data {
		fmt.Fprintf(&out, "\n## %s\n\n%s\n", d.name, d.source)
	}
	os.Stdout.Write(out.Bytes())
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "notices:", err)
	os.Exit(1)
}

// modules returns what the packages link, on any system: each module with the folders of the packages used from it.
func modules(packages []string) (map[module][]string, error) {
	linked := map[module][]string{}
	for _, system := range []string{"linux", "darwin", "windows"} {
		const fields = "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}\t{{$.Dir}}{{end}}{{end}}"
		list := exec.Command("go", append([]string{"list", "-deps", "-f", fields}, packages...)...)
		list.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=1") // the app needs cgo, and what is linked only with it counts
		list.Stderr = os.Stderr
		out, err := list.Output()
		if err != nil {
			return nil, fmt.Errorf("go list for %s: %w", system, err)
		}
		for line := range strings.Lines(string(out)) {
			f := strings.Split(strings.TrimSpace(line), "\t")
			if len(f) != 4 {
				continue // the standard library and our own
			}
			m := module{f[0], f[1], f[2]}
			linked[m] = append(linked[m], f[3])
		}
	}
	return linked, nil
}

func sorted(linked map[module][]string) []module {
	var all []module
	for m := range linked {
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b module) int { return cmp.Compare(a.path, b.path) })
	return all
}

// section writes a module's licence files: those at its root and beside or above any package used, as some carry code of others.
func section(w io.Writer, m module, packages []string) error {
	dirs := map[string]bool{}
	for _, dir := range packages {
		for ; strings.HasPrefix(dir, m.dir); dir = filepath.Dir(dir) {
			dirs[dir] = true
		}
	}
	var files []string
	for dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.Type().IsRegular() && licenceFile.MatchString(e.Name()) && filepath.Ext(e.Name()) != ".go" {
				files = append(files, filepath.Join(dir, e.Name()))
			}
		}
	}
	if len(files) == 0 {
		return fmt.Errorf("%s %s has no licence file", m.path, m.version)
	}
	slices.Sort(files)
	fmt.Fprintf(w, "\n## %s %s\n", m.path, m.version)
	for _, file := range files {
		name, err := filepath.Rel(m.dir, file)
		if err != nil {
			return err
		}
		if err := text(w, filepath.ToSlash(name), file); err != nil {
			return err
		}
	}
	return nil
}

// goLicence writes Go's own: its runtime and standard library are in every program. Distributions leave the file out of GOROOT;
// golang.org/x modules carry the same one.
func goLicence(w io.Writer, linked map[module][]string) error {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env GOROOT: %w", err)
	}
	places := []string{strings.TrimSpace(string(root))}
	for m := range linked {
		if strings.HasPrefix(m.path, "golang.org/x/") {
			places = append(places, m.dir)
		}
	}
	for _, dir := range places {
		file := filepath.Join(dir, "LICENSE")
		if _, err := os.Stat(file); err == nil {
			fmt.Fprint(w, "\n## The Go standard library\n")
			return text(w, "LICENSE", file)
		}
	}
	return fmt.Errorf("no LICENSE of Go in %v", places)
}

func text(w io.Writer, name, file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s:\n\n~~~~text\n", name)
	for line := range strings.Lines(strings.TrimRight(string(content), " \t\r\n")) {
		fmt.Fprintln(w, strings.TrimRight(line, " \t\r\n"))
	}
	fmt.Fprint(w, "~~~~\n")
	return nil
}
