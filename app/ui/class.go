package ui

import (
	"strings"

	"fyne.io/fyne/v2/lang"

	"linklog/filter"
)

// Class is what lists say of what hosts or attempts have in common.
type Class struct {
	Key  string
	Name string
	Only filter.Filter // what finds the attempts; the zero value: nothing does
}

// ClassOf is the Class of a name by one of api.Classes; "": of all of which it is not known.
func ClassOf(by, name string) Class {
	c := Class{Key: name, Name: name}
	if name == "" {
		c.Key = "?" // which is none of them
	}
	switch by {
	case "owner":
		c.Only.Owner = "=" + strings.ReplaceAll(name, ",", "*") // a comma would part two patterns
		if name == "" {
			c.Name, c.Only.Owner = lang.L("no owner known"), "!*"
		}
	case "country":
		c.Only.Country = name
		if name == "" {
			c.Name, c.Only.Country = lang.L("no country known"), "!*"
		}
	case "domain":
		if name == "" {
			c.Name = lang.L("no domain known") // and no filter finds these: devices have names, too
			break
		}
		c.Only.Host = name + ",*." + name
	case "category":
		c.Name, c.Only.Category = category(name), name
		if name == "" {
			c.Name, c.Only.Category = lang.L("no category known"), "!*"
		}
	}
	return c
}

// category is what attempts to a port are counted as, in the user's language.
func category(name string) string {
	switch name {
	case "web":
		return lang.X("category.web", "Web")
	case "names and time":
		return lang.X("category.names", "Names and time")
	case "mail":
		return lang.X("category.mail", "Mail")
	case "messages and push":
		return lang.X("category.messages", "Messages and push")
	case "calls and meetings":
		return lang.X("category.calls", "Calls and meetings")
	case "television and music":
		return lang.X("category.television", "Television and music")
	case "games":
		return lang.X("category.games", "Games")
	case "smart home":
		return lang.X("category.home", "Smart home")
	case "cameras":
		return lang.X("category.cameras", "Cameras")
	case "remote control":
		return lang.X("category.remote", "Remote control")
	case "tunnels":
		return lang.X("category.tunnels", "Tunnels")
	case "files and backup":
		return lang.X("category.files", "Files and backup")
	case "peer to peer":
		return lang.X("category.peers", "Peer to peer")
	case "printing and scanning":
		return lang.X("category.printing", "Printing and scanning")
	case "servers":
		return lang.X("category.servers", "Servers")
	case "network management":
		return lang.X("category.management", "Network management")
	}
	return name
}
