package app

import (
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"github.com/pelletier/go-toml/v2"

	"linklog/assets/icons"
)

// Build is what the build put into the program.
type Build struct {
	FyneApp string // FyneApp.toml
	Version string // "dev": that of FyneApp.toml
	Licence string // of LinkLog
	Notices string // of what it contains
}

// metadata is what FyneApp.toml says, as Fyne wants it.
func (b *Build) metadata() (m fyne.AppMetadata, err error) {
	var file struct {
		Details struct {
			Name, ID, Version string
			Build             int
		}
		Migrations map[string]bool
	}
	if err := toml.NewDecoder(strings.NewReader(b.FyneApp)).Decode(&file); err != nil {
		return m, fmt.Errorf("FyneApp.toml: %w", err)
	}
	d := &file.Details
	if b.Version == "dev" {
		b.Version = d.Version + "-dev"
	}
	return fyne.AppMetadata{ID: d.ID, Name: d.Name, Version: b.Version, Build: d.Build, Icon: icons.App(), Migrations: file.Migrations}, nil
}
