package export

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"linklog/app/ui"
	"linklog/format"
)

// table are the formats of what are no events.
func table() []Format { return []Format{{"CSV", ".csv"}, {"JSON", ".json"}} }

// AskTable is Ask for a table, whose rows list has each time it is asked. name begins the file's
// name, header names the cells that cells makes of a row.
func AskTable[T any](c *ui.Context, name string, list func(context.Context) ([]T, error), header []string, cells func(*T) []string) {
	Ask(c, Source{
		Name: name + "-" + time.Now().Format(time.DateOnly), Formats: table(),
		Count: func(ctx context.Context, _ time.Time) (int64, error) {
			rows, err := list(ctx)
			return int64(len(rows)), err
		},
		Write: func(ctx context.Context, format int, _ time.Time, w io.Writer, wrote func()) error {
			rows, err := list(ctx)
			if err != nil {
				return err
			}
			return writeTable(format, w, rows, header, cells, wrote)
		},
	})
}

// writeTable writes rows in one of them: as JSON, one object a line, or as CSV with a header, in which
// cells makes the cells of a row.
func writeTable[T any](chosen int, w io.Writer, rows []T, header []string, cells func(*T) []string, wrote func()) error {
	if table()[chosen].End == ".json" {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		for i := range rows {
			if err := e.Encode(&rows[i]); err != nil {
				return err
			}
			wrote()
		}
		return nil
	}
	return format.WriteCSV(w, header, rows, func(row *T) []string {
		wrote()
		return cells(row)
	})
}
