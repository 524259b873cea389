package ui

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"fyne.io/fyne/v2/lang"

	"linklog/phrase"
	"linklog/service/client"
	"linklog/service/client/overssh"
)

// Cause says why something could not be done, for a person: that the service cannot
// be reached without the paths and the words of the system that were tried.
func Cause(err error) string {
	var far *overssh.Error
	switch {
	case errors.As(err, &far) && far.Kind == overssh.NotRunning:
		return lang.L("LinkLog's service does not run on {{.Host}}. To find out why: {{.Command}}", map[string]any{"Host": far.Host.Name, "Command": far.Host.Command("linklog", "doctor")})
	case errors.As(err, &far) && far.Kind == overssh.NotAsked:
		return lang.L("LinkLog's service on {{.Host}} cannot be asked: {{.Error}}. To find out why: {{.Command}}", map[string]any{"Host": far.Host.Name, "Error": far.Err, "Command": far.Host.Command("linklog", "doctor")})
	case errors.As(err, &far):
		return Say(far.Phrase())
	case errors.Is(err, client.ErrNotAsked) && errors.Is(err, fs.ErrPermission):
		return lang.L("You have no access to LinkLog's service. An administrator can grant it.")
	case errors.Is(err, client.ErrNoAnswer):
		return lang.L("LinkLog's service is running, but does not answer.")
	case errors.Is(err, client.ErrNoService):
		return lang.L("LinkLog's service does not answer. The Setup page shows what to do.")
	}
	return Say(of(err))
}

// of is what an error says. What the system says of a file is said in words of ours: its own are
// English, and others on each system.
func of(err error) phrase.Phrase {
	var errno syscall.Errno
	p := phrase.Of(err)
	if p.Format != "{{.Text}}" || !errors.As(err, &errno) {
		return p
	}
	before, ok := strings.CutSuffix(err.Error(), errno.Error())
	if !ok {
		return p
	}
	var why string
	switch {
	case errors.Is(errno, fs.ErrNotExist):
		why = lang.L("no such file or folder")
	case errors.Is(errno, fs.ErrPermission):
		why = lang.L("permission denied")
	case errno == syscall.EISDIR:
		why = lang.L("a folder, not a file")
	case errno == syscall.ENOTDIR:
		why = lang.L("not a folder")
	case errno == syscall.ENOSPC:
		why = lang.L("the disk is full")
	default:
		return p
	}
	return phrase.Say("{{.Text}}", "Text", before+why)
}
