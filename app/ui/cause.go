package ui

import (
	"errors"
	"io/fs"

	"fyne.io/fyne/v2/lang"

	"linklog/phrase"
	"linklog/service/client"
)

// Cause says why something could not be done, for a person: that the service cannot
// be reached without the paths and the words of the system that were tried.
func Cause(err error) string {
	switch {
	case errors.Is(err, client.ErrNotAsked) && errors.Is(err, fs.ErrPermission):
		return lang.L("You have no access to LinkLog's service. An administrator can grant it.")
	case errors.Is(err, client.ErrNoAnswer):
		return lang.L("LinkLog's service is running, but does not answer.")
	case errors.Is(err, client.ErrNoService):
		return lang.L("LinkLog's service does not answer. The Setup page shows what to do.")
	}
	return Say(phrase.Of(err))
}
