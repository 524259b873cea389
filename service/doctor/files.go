package doctor

import (
	"errors"
	"io/fs"
	"net/netip"
	"path/filepath"
	"slices"

	"linklog/phrase"
	"linklog/service/api"
	"linklog/service/datafile"
	"linklog/service/health"
	"linklog/service/install"
	"linklog/service/settings"
)

// files looks at the settings of the service, its data folder and the disk with it,
// as far as this user may.
func (x *examination) files() {
	folder := ""
	switch {
	case x.status != nil && filepath.IsAbs(x.status.Data):
		folder = x.status.Data
	case x.managed.Installed:
		folder = install.Default().DataDir
	default:
		return
	}
	x.settings(filepath.Join(folder, "linklog.toml"))
	x.disk(folder)
	x.access(folder)
}

// settings reads the settings as the service does at its next start.
func (x *examination) settings(path string) {
	s, err := (&settings.File{Path: path, Optional: true}).Load()
	if a := s.Listen.Address.Addr; x.status == nil && err == nil && a.IsValid() && !a.IsUnspecified() {
		x.bound = []netip.Addr{a} // at its next start
	}
	if err == nil || errors.Is(err, fs.ErrPermission) || x.status != nil && slices.ContainsFunc(x.status.Troubles, isAboutSettings) {
		return // the service says it, too, and which settings it uses instead
	}
	verb := "service reload"
	if x.status == nil {
		verb = "service restart"
	}
	x.add(Finding{
		Kind: Wrong, About: Files, Title: phrase.Say("The settings of the service have an error."), Text: phrase.Say("{{.Error}}", "Error", err),
		Do: phrase.Say("Correct it, then run:"), Type: x.asAdministrator(verb),
	})
}

func isAboutSettings(t api.Trouble) bool { return t.Code == health.SettingsWrong }

// littleRoom is what a disk that is as good as full has left, in bytes: a minute of
// a burst.
const littleRoom = 16 << 20

func (x *examination) disk(folder string) {
	free, err := freeSpace(folder)
	if err != nil || free >= littleRoom {
		return
	}
	x.add(Finding{
		Kind: Wrong, About: Files, Title: phrase.Say("The disk with {{.Folder}} is full: {{.Free}} left.", "Folder", folder, "Free", settings.Size(free).String()),
		Do: phrase.Say("Free some space, or limit the history with max_size in the settings of the service."),
	})
}

// shownFiles is how many files are listed one by one.
const shownFiles = 3

// access looks for files that the service may not use: a backup that root copied
// back leaves such.
func (x *examination) access(folder string) {
	found, _ := datafile.Examine(folder) // an error: this user may not look
	if len(found) > shownFiles && !slices.ContainsFunc(found, func(e *datafile.Error) bool { return e.Owner == e.User || e.Type() == "" }) {
		if command, err := datafile.Mend(folder); err == nil {
			x.add(Finding{
				Kind: Wrong, About: Files, Title: phrase.Say("The service has no access to {{.Count}} files in {{.Folder}}.", "Count", len(found), "Folder", folder),
				Text: phrase.Say("{{.File}} {{.Why}}.", "File", found[0].Path, "Why", found[0].Why()), Do: phrase.Say("To fix this:"), Type: command,
			})
			return
		}
	}
	for _, e := range found {
		f := Finding{Kind: Wrong, About: Files, Title: phrase.Say("{{.File}} {{.Why}}.", "File", e.Path, "Why", e.Why()), Do: phrase.Say("{{.Do}}.", "Do", e.Do()), Type: e.Type()}
		if f.Type != "" {
			f.Do = phrase.Say("{{.Do}}:", "Do", e.Do())
		}
		x.add(f)
	}
}
