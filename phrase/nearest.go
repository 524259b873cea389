package phrase

import (
	"iter"
	"strings"
)

// maxGuess bounds the words for which a near one is looked for, in bytes. The
// longest known are protocols and services, of 32 bytes.
const maxGuess = 32

// Nearest gives the candidate that a person most likely meant by word, the
// first of several, or "" if none is near.
func Nearest(word string, candidates iter.Seq[string]) string {
	if len(word) < 2 || len(word) > maxGuess {
		return ""
	}
	word = strings.ToLower(word)
	best, limit := "", 2
	if len(word) < 6 {
		limit = 1
	}
	for c := range candidates {
		if d := distance(word, strings.ToLower(c), limit); d <= limit {
			best, limit = c, d-1
		}
	}
	return best
}

// distance is the number of bytes to insert, delete, replace or swap with their
// neighbour that make b of a; more than limit is only told as more.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit || len(b) > 2*maxGuess {
		return limit + 1
	}
	var rows [3][2*maxGuess + 1]int // the two rows before and this one
	for j := range len(b) + 1 {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		this, last, before := &rows[i%3], &rows[(i+2)%3], &rows[(i+1)%3]
		this[0] = i
		for j := 1; j <= len(b); j++ {
			replace := last[j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			this[j] = min(this[j-1]+1, last[j]+1, replace)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				this[j] = min(this[j], before[j-2]+1)
			}
		}
	}
	return rows[len(a)%3][len(b)]
}
