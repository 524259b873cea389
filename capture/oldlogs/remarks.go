package oldlogs

import (
	"cmp"
	"fmt"
	"slices"
)

// remarks counts what had to be assumed, by the sentence that tells it.
type remarks struct{ counts map[string]int }

// maxRemarks bounds how many different sentences there may be: parts of them
// come from the file.
const maxRemarks = 20

// add counts a sentence.
func (r *remarks) add(sentence string) {
	if _, known := r.counts[sentence]; !known && len(r.counts) >= maxRemarks {
		sentence = "more assumptions of these kinds"
	}
	if r.counts == nil {
		r.counts = make(map[string]int)
	}
	r.counts[sentence]++
}

// list gives the sentences with the counts, in alphabetical order.
func (r *remarks) list() (list []string) {
	for sentence, n := range r.counts {
		list = append(list, fmt.Sprintf("%s (%d)", sentence, n))
	}
	slices.SortFunc(list, cmp.Compare[string])
	return list
}
