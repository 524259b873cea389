package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"linklog/capture"
	"linklog/capture/oldlogs"
	"linklog/format/services"
	"linklog/service/api"
	"linklog/service/client"
)

// importer reads files and sends their events to the service.
type importer struct {
	client  *client.Client
	options oldlogs.Options
	dryRun  bool
	stderr  *os.File
	stdout  io.Writer
	mark    *uint64

	added, known, failed int
}

func importCommand(stderr *os.File) *cobra.Command {
	var socket, format, router, zone string
	im := &importer{stderr: stderr}
	var list []string
	for _, f := range oldlogs.Formats() {
		list = append(list, fmt.Sprintf("  %-12s %s", f.Name, f.Description))
	}
	cmd := &cobra.Command{
		Use:   "import file...",
		Short: "Read old logs and captures into the history",
		Long: `linklog import reads logs of LinkLog, of the programs that came before it and of
other firmware, and captures of traps, gzip-compressed or not; - is standard input.
Importing a file twice adds nothing twice. Only an administrator may import (sudo),
since it adds to the history of all users. Imported events are kept apart from
received ones, and are not removed with age. The format is recognized by the
content, unless --format names it:

` + strings.Join(list, "\n"),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{errors.New("no file given (- is standard input)")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			im.stdout = cmd.OutOrStdout()
			im.options.Services = services.Default()
			if format != "" {
				f, ok := oldlogs.ParseFormat(format)
				if !ok {
					return usageError{fmt.Errorf("--format: %q is not a known format; linklog import --help lists them", format)}
				}
				im.options.Format = f
			}
			if router != "" {
				a, err := netip.ParseAddr(router)
				if err != nil {
					return usageError{fmt.Errorf("--router: %q is not a valid address", router)}
				}
				im.options.Router = a
			}
			if zone != "" {
				l, err := time.LoadLocation(zone)
				if err != nil {
					return usageError{fmt.Errorf("--zone: %q is not a valid time zone such as Europe/Berlin or UTC", zone)}
				}
				im.options.Location = l
			}
			im.client = newClient(socket)
			defer im.client.Close()
			if !im.dryRun {
				h, err := im.client.Hello(cmd.Context())
				if err != nil {
					return err
				}
				if h.Role != "administrator" {
					err := &client.Error{Status: http.StatusForbidden, Message: h.User + " may read the history, but only an administrator may add to it"}
					return orOwn(cmd.Context(), im.client, err, "import")
				}
			}
			for _, file := range args {
				if err := im.file(cmd.Context(), file, cmd.InOrStdin()); err != nil {
					return fmt.Errorf("%s: %w", capture.Clean(file), err) // who packed the files chose their names
				}
			}
			if im.failed > 0 {
				return exitError(exitFailure) // each was told
			}
			return nil
		},
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVar(&format, "format", "", "the `format`, if it is not recognized")
	fs.StringVar(&router, "router", "", "the router's `address`, for logs that do not name it")
	fs.StringVar(&zone, "zone", "", "the time `zone` of times that name none (default: this computer's)")
	fs.BoolVar(&im.dryRun, "dry-run", false, "read and report, but store nothing")
	socketFlag(fs, &socket)
	return cmd
}

// maxTold bounds how many lines of a file are told that could not be read.
const maxTold = 20

// maxBatch bounds a request in bytes, about: a quarter of what the service takes.
const maxBatch = 4 << 20

// weight is about how many bytes an event has in a request.
func weight(ev *capture.Event) int {
	return 512 + len(ev.Raw)*4/3 + 2*(len(ev.Text)+len(ev.Src.Name)+len(ev.Dst.Name))
}

// file imports one file.
func (im *importer) file(ctx context.Context, path string, stdin io.Reader) error {
	in, size, name := stdin, int64(0), capture.Clean(path)
	options := im.options
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return errors.Unwrap(err) // the name is said already
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			size, options.FileTime = info.Size(), info.ModTime()
		}
		in = f
	}
	r, err := oldlogs.Open(in, options)
	if err != nil {
		return err
	}
	p := newProgress(im.stderr, name, size)
	defer p.end()
	batch := make([]capture.Event, 0, api.MaxImportEvents)
	before, known, foreign, failed, bytes := im.total(), im.known, 0, 0, 0
	for {
		ev, err := r.Next()
		var bad *oldlogs.LineError
		switch {
		case err == nil:
			batch = append(batch, ev)
			bytes += weight(&ev)
		case errors.As(err, &bad) && bad.Foreign:
			foreign++
		case errors.As(err, &bad):
			if failed++; failed <= maxTold {
				p.clear()
				fmt.Fprintf(im.stderr, "linklog: %s: %v\n", name, bad)
			}
		case err != io.EOF:
			return err
		}
		if len(batch) == cap(batch) || bytes >= maxBatch || err == io.EOF && len(batch) > 0 {
			if sendErr := im.send(ctx, batch); sendErr != nil {
				return sendErr
			}
			batch, bytes = batch[:0], 0
		}
		p.at(r.Offset(), im.total()+len(batch)-before)
		if err == io.EOF {
			break
		}
	}
	p.end()
	if failed > maxTold {
		fmt.Fprintf(im.stderr, "linklog: %s: … and %s more\n", name, number(failed-maxTold))
	}
	im.failed += failed
	im.report(name, r, im.total()-before, im.known-known, foreign, failed)
	return nil
}

func (im *importer) total() int { return im.added + im.known }

func (im *importer) send(ctx context.Context, batch []capture.Event) error {
	if im.dryRun {
		im.added += len(batch)
		return nil
	}
	out, err := im.client.Import(ctx, im.mark, batch)
	if err != nil {
		return err
	}
	im.mark = &out.Mark
	im.added += out.Added
	im.known += out.Known
	return nil
}

// report says what became of a file.
func (im *importer) report(name string, r *oldlogs.Reader, read, known, foreign, failed int) {
	s := fmt.Sprintf("%s: %s: %s read", name, formatText(r.Format()), count(read, "event"))
	switch {
	case im.dryRun:
		s += ", none stored (--dry-run)"
	case known > 0:
		s += fmt.Sprintf(", %s of them there already", number(known))
	}
	if foreign > 0 {
		s += fmt.Sprintf("; %s about something else", count(foreign, "line"))
	}
	if failed > 0 {
		s += fmt.Sprintf("; %s not understood", count(failed, "line"))
	}
	fmt.Fprintln(im.stdout, s+".")
	for _, note := range r.Notes() {
		fmt.Fprintln(im.stdout, "  "+note)
	}
}

func formatText(f oldlogs.Format) string {
	for _, info := range oldlogs.Formats() {
		if info.Format == f {
			return info.Description
		}
	}
	return "nothing in it"
}
