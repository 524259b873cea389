package view

import "testing"

func TestInOrder(t *testing.T) {
	for _, c := range []struct {
		text     string
		domain   bool
		want     string
		leftGoes bool
	}{
		{"Anna's laptop", false, "Anna's laptop", false},
		{"cdn.example.com", true, "cdn.example.com", true},
		{"Küche 漢字", false, "Küche 漢字", false},
		{"שלום", false, "םולש", true},
		{"המחשב של דני", false, "ינד לש בשחמה", true},
		{"מחשב 12", false, "12 בשחמ", true},
		{"דני iPhone", false, "iPhone ינד", true},
		{"iPhone של דני", false, "iPhone ינד לש", false},
		{"שלום.example.com", true, "םולש.example.com", true},
		{"www.שלום.עולם", true, "www.םלוע.םולש", true},
		{"תלפון 5 חדש", false, "שדח 5 ןופלת", true},
	} {
		var p pen
		for range 2 { // again, from what is kept
			got, leftGoes := p.inOrder([]byte(c.text), c.domain)
			if string(got) != c.want || leftGoes != c.leftGoes {
				t.Errorf("%s is drawn as %s, left goes: %v; want %s, %v", c.text, got, leftGoes, c.want, c.leftGoes)
			}
		}
	}
}

// Whatever a name is made of, no character is lost or added.
func FuzzInOrder(f *testing.F) {
	for _, s := range []string{"שלום", "a שלום 1 b", "\u200f", "\xff\xd7", "ا1ب", "(שלום)"} {
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, s string, domain bool) {
		var p pen
		got, _ := p.inOrder([]byte(s), domain)
		count := func(s string) map[rune]int {
			all := make(map[rune]int)
			for _, r := range s {
				all[r]++
			}
			for _, mirrored := range "()[]{}<>«»" { // which ReverseString turns round
				delete(all, mirrored)
			}
			delete(all, '\u200e')
			return all
		}
		want, have := count(s), count(string(got))
		for r, n := range have {
			if r < 0x2000 && want[r] != n {
				t.Fatalf("%q is drawn as %q", s, got)
			}
		}
	})
}
