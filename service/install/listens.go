package install

import (
	"errors"
	"io/fs"

	"linklog/service/settings"
)

// listensOn says where a service with this command line will listen: on its own ports, or
// on those of the settings it will use.
func listensOn(words []string) settings.Listen {
	config, typed := "", ""
	for i := range len(words) - 1 {
		switch words[i] {
		case "--port":
			typed = words[i+1]
		case "--config":
			config = words[i+1]
		}
	}
	s, err := settings.Load(config)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s, err = settings.Load(config + ".last-good") // see settings.File
	}
	if err != nil {
		s = settings.Defaults()
	}
	if ports := typedPorts(typed); len(ports) > 0 {
		s.Listen.Only(ports)
	}
	return s.Listen
}
