//go:build unix

package doctor

import "linklog/phrase"

// isOn is the Finding of a firewall that is on, and what lets messages through it.
func isOn(name, do, command string) Finding {
	f := Finding{Kind: Note, About: Firewall, Title: phrase.Say("The firewall {{.Firewall}} is on.", "Firewall", name), Type: command}
	f.Do = phrase.Say(do)
	return f
}
