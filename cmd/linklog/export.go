package main

import (
	"compress/gzip"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"linklog/capture"
	"linklog/service/client"
	"linklog/service/datafile"
)

func exportCommand(stdout, stderr *os.File) *cobra.Command {
	o := &readOptions{liveOptions: liveOptions{stdout: stdout, stderr: stderr, color: "never", system: true, after: -1}}
	var file string
	var force bool
	cmd := &cobra.Command{
		Use:         "export [search text]",
		Short:       "Write the history to a file, as JSON, CSV or text",
		Annotations: searchHelp(), ValidArgsFunction: searchTerms,
		Long: `linklog export writes the history, or the part that a filter and times select,
oldest first: as JSON, one object per line, unless the file's name ends in .csv
or --csv or --template is given. A file whose name ends in .gz is compressed.
linklog import reads JSON and CSV back, compressed or not.`,
		Example: `  linklog export --output 2026.json.gz --since 2026-01-01
  linklog export --csv --filter-direction in > attempts.csv`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := compressesAs(file); err != nil {
				return usageError{err}
			}
			if !cmd.Flags().Changed("template") && !o.csv {
				plain := file
				if isGzip(file) {
					plain = file[:len(file)-len(filepath.Ext(file))]
				}
				o.csv = strings.EqualFold(filepath.Ext(plain), ".csv") && !o.json
				o.json = !o.csv
			}
			if file == "" {
				if i := slices.IndexFunc(args, isFileName); i >= 0 {
					return usageError{fmt.Errorf("%s would be taken as search text; to write to a file of that name: linklog export --output %s", args[i], datafile.Quote(args[i]))}
				}
			}
			q, p, err := o.read(args)
			if err != nil {
				return err
			}
			if file == "" {
				return o.print(cmd.Context(), o.stdout, q, p, false)
			}
			return o.export(cmd.Context(), q, p, file, force)
		},
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVarP(&file, "output", "o", "", "write to this `file`, which must not exist yet, compressed if it ends in .gz (default: standard output)")
	fs.BoolVar(&force, "force", false, "replace the file if it exists")
	o.filters(fs)
	o.sourceFlag(fs)
	o.output(fs)
	exitCodeFlag(fs, &o.exitCode)
	placeFlags(fs, &o.at)
	return cmd
}

// isFileName reports whether an argument is meant as a file, not as search text.
func isFileName(arg string) bool {
	switch strings.ToLower(filepath.Ext(arg)) {
	case ".json", ".jsonl", ".ndjson", ".csv", ".txt", ".log", ".gz":
		return true
	}
	return filepath.IsAbs(arg) || strings.HasPrefix(arg, "."+string(filepath.Separator))
}

// isGzip reports whether a file is to be compressed, by its name.
func isGzip(file string) bool { return strings.EqualFold(filepath.Ext(file), ".gz") }

// compressesAs refuses names that promise another compression.
func compressesAs(file string) error {
	switch ext := strings.ToLower(filepath.Ext(file)); ext {
	case ".bz2", ".xz", ".zst", ".lz4", ".zip", ".7z":
		return fmt.Errorf("--output: %s: linklog compresses only to .gz; for %s, pipe its standard output to a program that does", file, ext)
	}
	return nil
}

// export writes to a file, whole or not at all.
func (o *readOptions) export(ctx context.Context, q client.Query, p *printer, file string, force bool) error {
	mode := privateMode()
	if info, err := os.Lstat(file); err == nil {
		switch {
		case !info.Mode().IsRegular():
			return fmt.Errorf("%s is not a regular file, and is not replaced", file)
		case !force:
			return fmt.Errorf("%s exists; --force replaces it", file)
		}
		mode = info.Mode().Perm()
	}
	// Not os.CreateTemp, whose files are for their user alone: here the umask decides.
	tmp, err := os.OpenFile(filepath.Join(filepath.Dir(file), ".linklog-export-"+rand.Text()), os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return fmt.Errorf("write %s: %w", file, cause(err))
	}
	defer os.Remove(tmp.Name()) // gone already if all went well
	n := 0
	line := p.append
	p.append = func(b []byte, ev *capture.Event) []byte { n++; return line(b, ev) }
	whole := *o
	whole.exitCode = false // a file with nothing in it is what there is, too
	if isGzip(file) {
		packed := gzip.NewWriter(tmp)
		err = errors.Join(whole.print(ctx, packed, q, p, false), packed.Close())
	} else {
		err = whole.print(ctx, tmp, q, p, false)
	}
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	if err := os.Rename(tmp.Name(), file); err != nil {
		return err
	}
	fmt.Fprintf(o.stderr, "linklog: %s written to %s\n", count(n, "event"), file)
	return o.none(n)
}
