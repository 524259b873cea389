package ui

// Reasons are those that are known.
func Reasons() []string { return reasons[:] }

// Unsaid are the known reasons that are none of some reasons.
func Unsaid(said map[string]string) (unsaid []string) {
	for _, k := range knownReasons() {
		found := false
		for _, reason := range said {
			found = found || k.pattern.MatchString(reason)
		}
		if !found {
			unsaid = append(unsaid, k.text)
		}
	}
	return unsaid
}
