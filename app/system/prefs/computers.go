package prefs

import "slices"

// Computer is a computer whose service the window can show, besides this one.
type Computer struct {
	Name    string `json:"name"`    // by the user
	Address string `json:"address"` // ssh://…, as package overssh reads it
}

// MaxComputers bounds how many are kept: each has a connection while the app runs.
const MaxComputers = 16

// AddComputer keeps a computer; false: there are too many, or a different one has its name.
func (p *Prefs) AddComputer(c Computer) (added bool) {
	p.Change(func(all *Choices) {
		if added = len(all.Computers) < MaxComputers && indexOfComputer(all.Computers, c.Name) < 0; added {
			all.Computers = append(slices.Clone(all.Computers), c)
		}
	})
	return added
}

// RemoveComputer forgets a computer. This one is shown then, if it was that.
func (p *Prefs) RemoveComputer(name string) {
	p.Change(func(all *Choices) {
		all.Computers = without(all.Computers, name, func(c Computer) string { return c.Name })
		if all.Computer == name {
			all.Computer = ""
		}
	})
}

func indexOfComputer(list []Computer, name string) int {
	return slices.IndexFunc(list, func(c Computer) bool { return c.Name == name })
}
