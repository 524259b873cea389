package filter

import (
	"slices"
	"strings"

	"linklog/capture"
	"linklog/phrase"
)

// compileCategory compiles what destination ports are for: web, "smart home"; "*" is any.
func compileCategory(fd *field, list []pattern, services Services) (Condition, error) {
	named := func(*portSet, string) (bool, phrase.Phrase) { return true, phrase.Phrase{} }
	return fd.ports(list, services, named, resolveCategories)
}

// resolveCategories puts the ports of categories into the sets of the patterns that ask for
// them.
func resolveCategories(fd *field, tests []nameTest, services Services) error {
	if services == nil {
		return fd.error(tests[0].pattern, phrase.Say("what ports are for is not known here: write them as numbers"))
	}
	var known []string
	for category, ports := range services.Categories() {
		known = append(known, category)
		for i := range tests {
			t := &tests[i]
			if !match(&t.name, category) {
				continue
			}
			t.found = true
			ports(func(port uint16, proto capture.Protocol) bool {
				t.set.addNamed(port, proto)
				return true
			})
		}
	}
	for i := range tests {
		if t := &tests[i]; !t.found {
			if near := phrase.Nearest(t.pattern, slices.Values(known)); near != "" {
				return fd.error(t.pattern, phrase.Say("unknown category: did you mean {{.Name}}?", "Name", near))
			}
			return fd.error(t.pattern, phrase.Say("unknown category: the categories are {{.Names}}", "Names", strings.Join(known, ", ")))
		}
	}
	return nil
}
