package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/term"

	"linklog/capture"
	"linklog/service/api"
	"linklog/service/client"
)

// listImports lists the imports so far.
func listImports(ctx context.Context, c *client.Client, w io.Writer) error {
	got, err := c.Imports(ctx)
	if err != nil {
		return err
	}
	if len(got.Imports) == 0 && got.Unnumbered == 0 {
		_, err := fmt.Fprintln(w, "Nothing was imported.")
		return err
	}
	t := &table{columns: []column{
		{title: "Import", right: true}, {title: "When"}, {title: "Added", right: true}, {title: "Known", right: true},
		{title: "From"}, {title: "To"}, {title: "Files", least: 16},
	}}
	if got.Unnumbered > 0 {
		t.add("", "before numbering", number(got.Unnumbered), "", "", "", "")
	}
	for i := range got.Imports {
		im := &got.Imports[i]
		files := filesOf(im)
		if im.Undoing {
			files = "not removed in full yet: undo it again"
		}
		t.add(strconv.Itoa(im.Number), day(im.When), number(im.Added), number(im.Known), day(im.Since), day(im.Until), files)
	}
	if err := t.write(w, terminalWidth(w)); err != nil || got.Unnumbered == 0 {
		return err
	}
	_, err = fmt.Fprintln(w, "Events that were imported before imports had numbers cannot be undone one import at a time.")
	return err
}

func filesOf(im *api.Import) string {
	var files []string
	for _, f := range im.Files {
		files = append(files, capture.Clean(f))
	}
	if im.MoreFiles > 0 {
		files = append(files, fmt.Sprintf("and %d more", im.MoreFiles))
	}
	return strings.Join(files, ", ")
}

// undoImport removes what an import added, after it has asked.
func undoImport(ctx context.Context, c *client.Client, stdout io.Writer, stdin *os.File, n int, yes bool) error {
	if n < 1 {
		return usageError{fmt.Errorf("--undo: %d is not the number of an import; linklog import --list shows them", n)}
	}
	if !yes {
		got, err := c.Imports(ctx)
		if err != nil {
			return err
		}
		// What is not there is refused by the service, which says what is.
		if i := slices.IndexFunc(got.Imports, func(im api.Import) bool { return im.Number == n }); i >= 0 {
			im := &got.Imports[i]
			what := fmt.Sprintf("import %d, %s from %s", n, count(im.Added, "event"), filesOf(im))
			if !term.IsTerminal(int(stdin.Fd())) {
				return usageError{fmt.Errorf("--undo permanently removes %s; without a terminal to confirm on, add --yes", what)}
			}
			fmt.Fprintf(stdout, "This permanently removes %s.\n", what)
			if sure, err := confirm(stdout, stdin, "Remove it?"); err != nil {
				return err
			} else if !sure {
				return errors.New("nothing was removed")
			}
		}
	}
	removed, err := c.UndoImport(ctx, n)
	if err == nil {
		_, err = fmt.Fprintf(stdout, "import %d: %s removed\n", n, count(removed, "event"))
	}
	return err
}
