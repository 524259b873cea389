// Package computers are the computers whose services the app knows: this one, and those that the
// user added, which ssh reaches. The window shows one of them; of the others there is how they
// stand, and their alerts. It knows nothing of Fyne.
package computers

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"linklog/app/feed"
	"linklog/app/system/prefs"
	"linklog/capture"
	"linklog/phrase"
	"linklog/service/api"
	"linklog/service/client"
	"linklog/service/client/overssh"
)

// Computer is a computer with a connection to its service. It is used on one thread.
type Computer struct {
	Name    string // by the user; "": this one
	Address string // ssh://…, "": this one
	Wrong   error  // why there is no connection: the address was changed by hand; nil: it is right
	Host    overssh.Host
	Feed    *feed.Feed // nil: Wrong

	State    feed.State  // as it was told last
	Newest   []api.Alert // of its service, the newest first
	Digested string      // ID of the history of which it was told what came meanwhile

	end context.CancelFunc // nil: not begun
}

// Here reports whether it is this computer.
func (c *Computer) Here() bool { return c.Name == "" }

// Standing is how it stands with a computer.
type Standing uint8

// The standings of a Computer.
const (
	Connecting Standing = iota
	Connected
	Broken // Trouble says why
)

// Standing is how it stands, and what is wrong if it is Broken; nil: the service does not answer.
func (c *Computer) Standing() (s Standing, trouble error) {
	switch {
	case c.Wrong != nil:
		return Broken, c.Wrong
	case c.State.Connection == feed.Connecting:
		return Connecting, nil
	case c.State.Connection == feed.Lost, c.State.Connection == feed.Refused:
		return Broken, c.State.Err
	}
	return Connected, nil
}

// Options are what a Set needs.
type Options struct {
	Here  feed.Options // of the service on this computer, and of what is the same for all
	Prefs *prefs.Prefs
	Go    func(func()) // runs something in the background
}

// Set are the computers. It is used on one thread.
type Set struct {
	o     Options
	ctx   context.Context // of Start; nil: not yet
	list  []*Computer     // this one first
	shown *Computer
}

// New returns those that are remembered; none is connected to before Start.
func New(o Options) *Set {
	s := &Set{o: o}
	here := &Computer{}
	s.list, s.shown = []*Computer{here}, here
	chosen := o.Prefs.Get()
	for _, c := range chosen.Computers {
		if s.Named(c.Name) != nil || len(s.list) > prefs.MaxComputers {
			continue // changed by hand
		}
		added := &Computer{Name: c.Name, Address: c.Address}
		added.Host, added.Wrong = overssh.Parse(c.Address)
		s.list = append(s.list, added)
		if c.Name == chosen.Computer && added.Wrong == nil {
			s.shown = added
		}
	}
	for _, c := range s.list {
		s.feed(c)
	}
	return s
}

// feed makes the connection of a computer.
func (s *Set) feed(c *Computer) {
	if c.Wrong != nil {
		return
	}
	o := s.o.Here
	o.Quiet = c != s.shown
	if !c.Here() {
		o.Host, o.Socket, o.Embedded = c.Host, "", nil
	}
	c.Feed = feed.New(o)
}

// Start connects to all, until ctx ends.
func (s *Set) Start(ctx context.Context, failed func(error)) {
	s.ctx = ctx
	for _, c := range s.list {
		s.begin(c, failed)
	}
}

func (s *Set) begin(c *Computer, failed func(error)) {
	if s.ctx == nil || c.Feed == nil {
		return
	}
	ctx, end := context.WithCancel(s.ctx)
	c.end = end
	s.o.Go(func() {
		if err := c.Feed.Run(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
	})
}

// All are the computers, this one first. The list is not to be changed.
func (s *Set) All() []*Computer { return s.list }

// Several reports whether there are others than this one.
func (s *Set) Several() bool { return len(s.list) > 1 }

// Shown is the computer that is shown.
func (s *Set) Shown() *Computer { return s.shown }

// Named is a computer by its name, however it is written; nil: there is none.
func (s *Set) Named(name string) *Computer {
	for _, c := range s.list {
		if strings.EqualFold(c.Name, name) {
			return c
		}
	}
	return nil
}

// Show has a different computer shown. What waited of the one before goes.
func (s *Set) Show(c *Computer) {
	if c == s.shown || c.Feed == nil {
		return
	}
	if s.shown.Feed != nil {
		s.shown.Feed.SetQuiet(true)
	}
	s.shown = c
	c.Feed.SetQuiet(false)
	s.o.Prefs.Change(func(all *prefs.Choices) { all.Computer = c.Name })
}

// maxName bounds a name, in characters.
const maxName = 40

// Read reads what a user types for a computer: the address may lack its ssh://, and the name may be
// missing. The error is a Phrase.
func (s *Set) Read(name, address string) (prefs.Computer, overssh.Host, error) {
	name, address = strings.TrimSpace(name), strings.TrimSpace(address)
	if address == "" {
		return prefs.Computer{}, overssh.Host{}, phrase.Say("The address is missing, such as pi or ann@192.168.1.2")
	}
	if !strings.Contains(address, "://") {
		address = "ssh://" + address
	}
	host, err := overssh.Parse(address)
	if err != nil {
		return prefs.Computer{}, host, err
	}
	if name == "" {
		name = host.Name
	}
	switch {
	case utf8.RuneCountInString(name) > maxName || capture.Clean(name) != name:
		return prefs.Computer{}, host, phrase.Say("A name has at most {{.Count}} characters", "Count", maxName)
	case s.Named(name) != nil:
		return prefs.Computer{}, host, phrase.Say("There is a computer named {{.Name}} already", "Name", name)
	case len(s.list) > prefs.MaxComputers:
		return prefs.Computer{}, host, phrase.Say("There are {{.Count}} computers already: remove one first", "Count", prefs.MaxComputers)
	}
	return prefs.Computer{Name: name, Address: host.String()}, host, nil
}

// Add remembers a computer, and connects to it.
func (s *Set) Add(name, address string, failed func(error)) (*Computer, error) {
	kept, host, err := s.Read(name, address)
	if err != nil {
		return nil, err
	}
	if !s.o.Prefs.AddComputer(kept) {
		return nil, phrase.Say("There is a computer named {{.Name}} already", "Name", kept.Name)
	}
	c := &Computer{Name: kept.Name, Address: kept.Address, Host: host}
	s.list = append(s.list[:len(s.list):len(s.list)], c)
	s.feed(c)
	s.begin(c, failed)
	return c, nil
}

// Remove forgets a computer that is not shown, and ends its connection. This one stays.
func (s *Set) Remove(c *Computer) {
	if c.Here() || c == s.shown {
		return
	}
	s.list = slices.DeleteFunc(slices.Clone(s.list), func(other *Computer) bool { return other == c })
	if c.end != nil {
		c.end()
	}
	s.o.Prefs.RemoveComputer(c.Name)
}

// Try asks the service of a computer once, and lets go of it.
func Try(ctx context.Context, h overssh.Host, agent string) (api.Hello, error) {
	c := client.New(client.Options{Host: h, Agent: agent})
	defer c.Close()
	return c.Hello(ctx)
}
