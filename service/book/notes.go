package book

import (
	"fmt"
	"strings"

	"linklog/phrase"
)

// SetNote keeps what the user writes about a host or a device, in lines; "" takes it away. It
// stays also when the host is forgotten.
func (s *Store) SetNote(r Ref, note string) error {
	lines := strings.Split(strings.ReplaceAll(note, "\r\n", "\n"), "\n")
	for i := range lines {
		lines[i] = tidyWritten(strings.ReplaceAll(lines[i], "\t", " "))
	}
	note = strings.Trim(strings.Join(lines, "\n"), "\n")
	s.mu.Lock()
	r = s.labelRef(r)
	_, had := s.notes[r]
	full := !had && len(s.notes) >= maxNotes
	s.mu.Unlock()
	what := "note about"
	switch {
	case r.IsZero():
		return fmt.Errorf("note about a host: there is no address")
	case len(note) > maxNote:
		return Refusal{phrase.Say("a note may have {{.Limit}} bytes, this one has {{.Bytes}}", "Limit", maxNote, "Bytes", len(note))}
	case note == "":
		what = "remove the note about"
	case full:
		return Refusal{phrase.Say("there are already {{.Count}} notes", "Count", maxNotes)}
	}
	if err := s.writeText("notes", "note", s.notes, r, note); err != nil {
		return fmt.Errorf("%s %s: %w", what, r, err)
	}
	return nil
}
