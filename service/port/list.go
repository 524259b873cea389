package port

import (
	"strconv"
	"strings"
)

// List writes ports one after another, with something between.
func List[N uint16 | int](ports []N, between string) string {
	words := make([]string, len(ports))
	for i, n := range ports {
		words[i] = strconv.Itoa(int(n))
	}
	return strings.Join(words, between)
}
