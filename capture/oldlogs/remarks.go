package oldlogs

import (
	"cmp"
	"slices"

	"linklog/phrase"
)

// remarks counts what had to be assumed, by the sentence that tells it.
type remarks struct{ said map[string]*remark }

type remark struct {
	phrase.Phrase
	count int
}

// maxRemarks bounds how many different sentences there may be: parts of them
// come from the file.
const maxRemarks = 20

// add counts a sentence.
func (r *remarks) add(p phrase.Phrase) {
	key := p.Format
	if p.Values != nil {
		key = p.String()
	}
	if r.said[key] == nil {
		if len(r.said) >= maxRemarks {
			p = phrase.Say("more assumptions of these kinds")
			key = p.Format
		}
		if r.said == nil {
			r.said = make(map[string]*remark)
		}
		if r.said[key] == nil {
			r.said[key] = &remark{Phrase: p}
		}
	}
	r.said[key].count++
}

// list gives the sentences with the counts, in alphabetical order.
func (r *remarks) list() (list []phrase.Phrase) {
	for _, one := range r.said {
		list = append(list, phrase.Say("{{.Note}} ({{.Count}})", "Note", one.Phrase, "Count", one.count))
	}
	slices.SortFunc(list, func(a, b phrase.Phrase) int { return cmp.Compare(a.String(), b.String()) })
	return list
}
