package capture

// Verdict is what the router did with an attempt, as far as it says so.
type Verdict uint8

const (
	Allowed Verdict = iota + 1 // it let it through
	Blocked                    // it dropped or rejected it
)

// String gives "allowed", "blocked", or "" where the router does not say.
func (v Verdict) String() string {
	switch v {
	case Allowed:
		return "allowed"
	case Blocked:
		return "blocked"
	}
	return ""
}

// VerdictOf finds the verdict among the words of a rule's name, a prefix or an action:
// "DROP", "reject wan in", "[UFW BLOCK]", "ACCESS FORWARD". What says neither or both is
// unknown: it is never guessed. Beside another verdict "forward" is the name of a chain:
// "reject wan forward".
func VerdictOf(text string) (v Verdict) {
	chain := false // only "forward" said so
	for i := 0; i < len(text); {
		if !letter(text[i]) {
			i++
			continue
		}
		begin := i
		for i < len(text) && letter(text[i]) {
			i++
		}
		word := text[begin:i]
		switch w := verdictOfWord(word); {
		case w == 0:
		case equalFold(word, "FORWARD"):
			if v == 0 {
				v, chain = w, true
			}
		case v == 0 || chain:
			v, chain = w, false
		case w != v:
			return 0
		}
	}
	return v
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func verdictOfWord(w string) Verdict {
	if len(w) < 4 || len(w) > 9 { // most words are none
		return 0
	}
	switch w[0] | 0x20 {
	case 'a', 'b', 'd', 'f', 'p', 'r':
	default:
		return 0
	}
	for _, s := range [...]string{"DROP", "DROPPED", "DENY", "DENIED", "REJECT", "REJECTED", "BLOCK", "BLOCKED"} {
		if equalFold(w, s) {
			return Blocked
		}
	}
	for _, s := range [...]string{"ACCEPT", "ACCEPTED", "ALLOW", "ALLOWED", "PASS", "PASSED", "PERMIT", "PERMITTED", "FORWARD", "FORWARDED"} {
		if equalFold(w, s) {
			return Allowed
		}
	}
	return 0
}
