package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"linklog/capture"
	"linklog/service/client"
	"linklog/service/importing"
)

// importer reads files and sends their events to the service.
type importer struct {
	logFiles
	importing.Sender
	dryRun bool
	stdout io.Writer
}

func importCommand(stderr *os.File) *cobra.Command {
	var at place
	var list, yes bool
	var undo int
	im := &importer{logFiles: logFiles{stderr: stderr}}
	cmd := &cobra.Command{
		Use:   "import file...",
		Short: "Read old logs and captures into the history",
		Long: `linklog import reads logs of LinkLog, of the programs that came before it and of
other firmware, and captures of traps and system logs, gzip-compressed or not; of a
folder all files; - is standard input. Importing a file twice adds nothing twice.
Only an administrator may import (sudo), since it adds to the history of all users.
Imported events are kept apart from received ones, and are not removed with age.
What the service received itself and still has is not added either, so that a capture
of it, or the file of a log daemon with the same lines, adds nothing. Of what it did not
receive each line of a log is an attempt, also where reception counts a repeat, as the
same came less than a minute before; captures are read as they would be received. What a
line "last message repeated 5 times" stands for is only counted, up to 1,000 a line. Names
of devices and hosts that a log tells (DHCP, DNS) are those of its events. Every import
has a number, by which it can be undone. Imported hosts and devices are listed with all
others; a host makes no alert when it is imported, and the usual one when the router
reports it for the first time.
The format is recognized by the content, unless --format names it:

` + formatList(),
		Example: `  linklog import /var/log/syslog*
  linklog import --zone Europe/Berlin --year 2024 router.log
  linklog import --list
  linklog import --undo 3`,
		Args: func(cmd *cobra.Command, args []string) error {
			undoes := cmd.Flags().Changed("undo")
			switch {
			case list && undoes:
				return usageError{errors.New("--list and --undo cannot be used together")}
			case (list || undoes) && len(args) > 0:
				return usageError{errors.New("--list and --undo take no files")}
			case list || undoes:
				return nil
			}
			return needsFile(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			im.stdout = cmd.OutOrStdout()
			if list || cmd.Flags().Changed("undo") {
				c := at.client()
				defer c.Close()
				if list {
					return listImports(cmd.Context(), c, im.stdout)
				}
				err := undoImport(cmd.Context(), c, im.stdout, os.Stdin, undo, yes)
				if refused := (*client.Error)(nil); errors.As(err, &refused) && refused.Status == http.StatusForbidden {
					err = orOwn(cmd.Context(), c, err, "import", "--undo", strconv.Itoa(undo))
				}
				return err
			}
			if err := im.prepare(cmd); err != nil {
				return err
			}
			if !im.dryRun {
				im.Client = at.client()
				defer im.Client.Close()
				h, err := im.Client.Hello(cmd.Context())
				if err != nil {
					return err
				}
				if h.Role != "administrator" {
					err := &client.Error{Status: http.StatusForbidden, Message: h.User + " may read the history, but only an administrator may add to it"}
					return orOwn(cmd.Context(), im.Client, err, "import")
				}
			}
			err := im.each(args, func(path string) error { return im.file(cmd.Context(), path, cmd.InOrStdin()) })
			switch {
			case im.Import > 0:
				fmt.Fprintf(im.stdout, "import %d: %s added, %s known%s\n", im.Import, number(im.Added), number(im.Known), unrecorded(im.Unrecorded))
			case im.Known+im.Unrecorded > 0:
				fmt.Fprintf(im.stdout, "nothing added, %s known%s\n", number(im.Known), unrecorded(im.Unrecorded))
			}
			return err
		},
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	im.flags(fs)
	fs.BoolVar(&im.dryRun, "dry-run", false, "read and report, but store nothing")
	fs.BoolVar(&list, "list", false, "list the imports so far")
	fs.IntVar(&undo, "undo", 0, "remove what the import with this `number` added")
	fs.Lookup("undo").DefValue = ""
	fs.BoolVarP(&yes, "yes", "y", false, "with --undo: do not ask")
	placeFlags(fs, &at)
	return cmd
}

// file imports one file.
func (im *importer) file(ctx context.Context, path string, stdin io.Reader) error {
	before := im.Sender
	p := newProgress(im.stderr)
	done, err := im.File(ctx, path, stdin, im.options, im.reading(path, p, nil))
	if err = im.finished(p, &done, err); err == nil {
		im.report(capture.Clean(path), &done, &before)
	}
	return err
}

// unrecorded says how many events were left out, if any were.
func unrecorded(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", %s unrecorded (do_not_record)", number(n))
}

// report says what became of a file; before is what was imported before it.
func (im *importer) report(name string, done *importing.Outcome, before *importing.Sender) {
	known, left := im.Known-before.Known, im.Unrecorded-before.Unrecorded
	read := im.Added - before.Added + known + left
	s := fmt.Sprintf("%s: %s: %s read", name, formatText(done.Format), count(read, "event"))
	switch {
	case im.dryRun:
		s += ", none stored (--dry-run)"
	case known > 0:
		s += fmt.Sprintf(", %s of them there already", number(known))
	}
	s += unrecorded(left)
	if done.Foreign > 0 {
		s += fmt.Sprintf("; %s about something else", count(done.Foreign, unit(done)))
	}
	if done.Failed > 0 {
		s += fmt.Sprintf("; %s not understood", count(done.Failed, unit(done)))
	}
	fmt.Fprintln(im.stdout, s+".")
	for _, note := range done.Notes {
		fmt.Fprintf(im.stdout, "  %v\n", note)
	}
}

// unit is what a file is made of.
func unit(done *importing.Outcome) string {
	if done.Packets() {
		return "packet"
	}
	return "line"
}
