package main

import (
	"encoding/xml"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"
)

// maintainer stands in the packages and in the changelog.
const maintainer = "LinkLog authors <linklog@users.noreply.github.com>"

// entry is a release in CHANGELOG.md.
type entry struct {
	version string // "Unreleased" at first
	date    time.Time
	changes []string // each one line, however it is broken in the file
}

// head is a release's title: ## [1.2.3] - 2026-11-23
var head = regexp.MustCompile(`^## \[?([^\] ]+)\]?(?: - (\d{4}-\d\d-\d\d))?`)

// entries reads CHANGELOG.md (https://keepachangelog.com/en/1.1.0/), newest first.
func entries(text string) []entry {
	var list []entry
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if m := head.FindStringSubmatch(line); m != nil {
			e := entry{version: m[1]}
			if m[2] != "" {
				e.date, _ = time.Parse(time.DateOnly, m[2]) // zero for a day there is none
			}
			list = append(list, e)
			continue
		}
		if len(list) == 0 {
			continue
		}
		last := &list[len(list)-1]
		if text, found := strings.CutPrefix(line, "- "); found {
			last.changes = append(last.changes, plain(text))
		} else if strings.HasPrefix(line, "  ") && len(last.changes) > 0 {
			last.changes[len(last.changes)-1] += " " + plain(line)
		}
	}
	return list
}

// plain is Markdown without its marks.
func plain(s string) string {
	return strings.NewReplacer("`", "", "**", "").Replace(strings.TrimSpace(s))
}

// current is the entry of what is built, which may not have its own title yet.
func (r release) current() entry {
	list := entries(r.log)
	for _, e := range list {
		if e.version == r.version {
			return entry{r.version, r.date, e.changes}
		}
	}
	if len(list) > 0 && list[0].version == "Unreleased" {
		return entry{r.version, r.date, list[0].changes}
	}
	return entry{r.version, r.date, []string{"Built from the source between two releases."}}
}

// older are the releases before it.
func (r release) older() []entry {
	var list []entry
	for _, e := range entries(r.log) {
		if e.version != "Unreleased" && e.version != r.version && !e.date.IsZero() {
			list = append(list, e)
		}
	}
	return list
}

// debianChangelog is the changelog of a package: deb-changelog(5).
func (r release) debianChangelog(name string) string {
	var b strings.Builder
	for _, e := range append([]entry{r.current()}, r.older()...) {
		fmt.Fprintf(&b, "%s (%s) unstable; urgency=medium\n\n", name, e.version)
		for _, change := range e.changes {
			begin := "  * "
			for _, line := range wrap(change, 76) {
				b.WriteString(begin + line + "\n")
				begin = "    "
			}
		}
		fmt.Fprintf(&b, "\n -- %s  %s\n\n", maintainer, e.date.Format(time.RFC1123Z))
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// wrap breaks a text into lines of at most width bytes, unless a word is longer.
func wrap(text string, width int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// metainfo is the app's AppStream file: the static text with the releases in it.
func (r release) metainfo() ([]byte, error) {
	text, err := os.ReadFile("packaging/linux/io.github.linklog.LinkLog.metainfo.xml")
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for _, e := range append([]entry{r.current()}, r.older()...) {
		kind := "stable"
		if strings.ContainsAny(e.version, "~+") || strings.HasPrefix(e.version, "0.0.0") {
			kind = "development"
		}
		fmt.Fprintf(&b, "    <release version=\"%s\" date=\"%s\" type=\"%s\">\n      <description>\n        <ul>\n", e.version, e.date.Format(time.DateOnly), kind)
		for _, change := range e.changes {
			b.WriteString("          <li>")
			_ = xml.EscapeText(&b, []byte(change)) // a Builder does not fail
			b.WriteString("</li>\n")
		}
		b.WriteString("        </ul>\n      </description>\n    </release>\n")
	}
	whole := strings.Replace(string(text), "    <!-- releases -->\n", b.String(), 1)
	if whole == string(text) {
		return nil, fmt.Errorf("the metainfo file has no line <!-- releases -->")
	}
	return []byte(whole), nil
}
