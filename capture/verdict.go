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
	for i := 0; i < len(text); i++ {
		if !letter(text[i]) {
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

// verdictOfWord knows words of letters.
func verdictOfWord(w string) Verdict {
	var lower [len("permitted")]byte
	if len(w) < len("drop") || len(w) > len(lower) {
		return 0
	}
	switch w[0] | 0x20 { // hardly any word begins so
	case 'd', 'r', 'b', 'a', 'p', 'f':
	default:
		return 0
	}
	for i := range len(w) {
		lower[i] = w[i] | 0x20
	}
	switch string(lower[:len(w)]) {
	case "drop", "dropped", "deny", "denied", "reject", "rejected", "block", "blocked":
		return Blocked
	case "accept", "accepted", "allow", "allowed", "pass", "passed", "permit", "permitted", "forward", "forwarded":
		return Allowed
	}
	return 0
}
