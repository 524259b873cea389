package engine

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"

	"linklog/capture"
	"linklog/service/api"
	"linklog/service/datafile"
	"linklog/service/history"
)

// forgetting is what is to be removed. It is in a file until that is done, so that it is gone
// on with after a kill or power loss: who events were about cannot be found once they are gone.
type forgetting struct {
	Received      seqs          `json:"received"`
	Imported      seqs          `json:"imported"`
	Files         []int         `json:"files"` // of the history, with received ones
	ImportedFiles []int         `json:"imported_files"`
	Of            []string      `json:"of"`      // who they are about, texts of a book.Ref
	Addrs         []netip.Addr  `json:"addrs"`   // that those have and had
	Through       uint64        `json:"through"` // what came later is not looked at
	Flows         uint64        `json:"flows"`   // of those before, attempts were made: some of them are to be removed
	Found         api.Forgotten `json:"found"`
}

// steps are the files to write anew; state.db counts as one.
func (f *forgetting) steps() int { return len(f.Files) + len(f.ImportedFiles) + 1 }

func (e *Engine) forgetFile() string { return filepath.Join(e.o.DataDir, "forgetting.json") }

func (f *forgetting) write(path string) error {
	text, err := json.Marshal(f)
	if err == nil {
		err = datafile.Replace(path, text, 0o600)
	}
	return err
}

// remove removes the file: all is done.
func (f *forgetting) remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return datafile.SyncFolder(filepath.Dir(path))
}

// readForgetting reads what is to be removed still; nil: nothing.
func readForgetting(path string) (*forgetting, error) {
	// A kill may have come before it was whole, and then nothing was removed.
	err := datafile.SweepFile(path)
	text, wrong := datafile.Read(path)
	if errors.Is(wrong, fs.ErrNotExist) {
		return nil, err
	}
	var f forgetting
	if err = errors.Join(err, wrong); err == nil {
		err = json.Unmarshal(text, &f)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return &f, err
}

// beginForgetting sees to it that what is being forgotten is not stored again from the spool,
// before that is read. Nor is anything to be made of flows before settled.
func (e *Engine) beginForgetting() (settled uint64, err error) {
	f, err := readForgetting(e.forgetFile())
	if f == nil || err != nil {
		return 0, err
	}
	e.forgets.begin()
	return f.Flows, e.eraseRanges(f.Received)
}

// seqs are Seqs in ascending order, as ranges that do not touch.
type seqs []history.Range

// add adds one above all others.
func (s *seqs) add(seq uint64) {
	if n := len(*s); n > 0 && (*s)[n-1].Last+1 == seq {
		(*s)[n-1].Last = seq
		return
	}
	*s = append(*s, history.Range{First: seq, Last: seq})
}

func (s seqs) has(seq uint64) bool {
	i, found := slices.BinarySearchFunc(s, seq, func(r history.Range, seq uint64) int {
		switch {
		case r.Last < seq:
			return -1
		case r.First > seq:
			return 1
		}
		return 0
	})
	return found && i < len(s)
}

// MarshalText writes how far each end is behind the one before: there can be millions.
func (s seqs) MarshalText() ([]byte, error) {
	var b []byte
	at := uint64(0)
	for _, r := range s {
		b = binary.AppendUvarint(b, r.First-at)
		b = binary.AppendUvarint(b, r.Last-r.First)
		at = r.Last
	}
	return []byte(base64.StdEncoding.EncodeToString(b)), nil
}

// UnmarshalText reads what MarshalText wrote.
func (s *seqs) UnmarshalText(text []byte) error {
	b, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil {
		return err
	}
	*s = nil
	for at := uint64(0); len(b) > 0; {
		gap, n := binary.Uvarint(b)
		length, m := binary.Uvarint(b[max(n, 0):])
		if n <= 0 || m <= 0 || gap == 0 || gap > capture.MaxSeq-at || length > capture.MaxSeq-at-gap {
			return fmt.Errorf("not a valid list of events")
		}
		r := history.Range{First: at + gap, Last: at + gap + length}
		*s = append(*s, r)
		b, at = b[n+m:], r.Last
	}
	return nil
}
