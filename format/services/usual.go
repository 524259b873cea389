package services

import (
	_ "embed"
	"iter"
	"maps"
	"slices"

	"linklog/capture"
)

// usual is a table of what ports are really used for, made by hand; it says from where and
// when.
//
//go:embed usual.txt
var usual string

// nameless stands in usual for the name of a port that has a good one in IANA's table.
const nameless = "-"

// service is a port of one of the transports.
type service struct {
	port      uint16
	transport uint8
}

// addCategory says what a port is counted as; the first counts.
func (b *builder) addCategory(category string, port uint16, transport int) {
	at := service{port, uint8(transport)}
	if _, known := b.table.categories[at]; known || category == "" {
		return
	}
	if b.table.categories == nil {
		b.table.categories = map[service]string{}
	}
	b.table.categories[at] = category
}

// Category says what attempts to a port are counted as, such as "mail" or "games"; "": that
// is not known. Protocol 0 is as for Name.
func (t *Table) Category(port uint16, proto capture.Protocol) string {
	if t == nil {
		return ""
	}
	if proto == 0 {
		return agreed(t.categories[service{port, 0}], t.categories[service{port, 1}])
	}
	if i, ok := transport(proto); ok {
		return t.categories[service{port, uint8(i)}]
	}
	return ""
}

// Categories yields all of them by alphabet, each with its ports; protocol 0 is as for Category.
func (t *Table) Categories() iter.Seq2[string, iter.Seq2[uint16, capture.Protocol]] {
	return func(yield func(string, iter.Seq2[uint16, capture.Protocol]) bool) {
		if t == nil {
			return
		}
		of := make(map[string][]service)
		for s, category := range t.categories {
			of[category] = append(of[category], s)
		}
		for _, category := range slices.Sorted(maps.Keys(of)) {
			ports := func(yield func(uint16, capture.Protocol) bool) {
				for _, s := range of[category] {
					first := s.transport == 0 || s.transport == 1 && t.categories[service{s.port, 0}] == ""
					if !yield(s.port, transports[s.transport]) || first && t.Category(s.port, 0) == category && !yield(s.port, 0) {
						return
					}
				}
			}
			if !yield(category, ports) {
				return
			}
		}
	}
}
