package export

import (
	"encoding/csv"
	"encoding/json"
	"io"

	"linklog/format"
)

// Table are the formats of what are no events.
func Table() []Format { return []Format{{"CSV", ".csv"}, {"JSON", ".json"}} }

// WriteTable writes rows in one of them: as JSON, one object a line, or as CSV with a header, in which
// cells makes the cells of a row.
func WriteTable[T any](format int, w io.Writer, rows []T, header []string, cells func(*T) []string, wrote func()) error {
	if Table()[format].End == ".json" {
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
	out := csv.NewWriter(w)
	if err := out.Write(header); err != nil {
		return err
	}
	for i := range rows {
		line := cells(&rows[i])
		for k := range line {
			line[k] = harmless(line[k])
		}
		if err := out.Write(line); err != nil {
			return err
		}
		wrote()
	}
	out.Flush()
	return out.Error()
}

// harmless is a text that no spreadsheet takes for a formula.
func harmless(s string) string {
	if format.StartsFormula(s) {
		return "'" + s
	}
	return s
}
