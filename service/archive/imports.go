package archive

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"linklog/capture"
	"linklog/service/datafile"
	"linklog/service/history"
	"linklog/service/sqlite"
)

// Import is what is kept of an import that stored events.
type Import struct {
	Number     int       `json:"number"` // from 1, never given twice
	When       time.Time `json:"when"`   // it began
	Files      []string  `json:"files"`  // the first maxFiles it read
	MoreFiles  int       `json:"more_files,omitempty"`
	Added      int64     `json:"added"`                // events it stored
	Known      int64     `json:"known"`                // events that were there before
	Unrecorded int64     `json:"unrecorded,omitempty"` // events that were not to be stored
	Since      time.Time `json:"since"`                // the time of the earliest and of the latest event it stored
	Until      time.Time `json:"until"`
	Undoing    bool      `json:"undoing,omitempty"` // it is being removed, or was not removed in full

	Seqs    []history.Range `json:"seqs"`              // that were set aside for it, in their order
	Pending bool            `json:"pending,omitempty"` // a batch is being stored: Added may be wrong
	last    string          // the file that was read last
}

// maxFiles names of files are kept of an import.
const maxFiles = 100

// ledger says which Seqs belong to which import. It is in a file that is replaced as a
// whole: before a batch is stored its Seqs are in it, so that after a crash none is of an
// import that nobody knows. No Seq is given to a second import, also not one that a crash
// left without event.
type ledger struct {
	path string
	log  *slog.Logger
	mu   sync.Mutex
	kept
}

// kept is the file.
type kept struct {
	Imported int       `json:"imported"` // the highest number that was given
	Last     uint64    `json:"last_seq"` // the highest Seq
	Imports  []*Import `json:"imports"`
}

// load reads the file. There is none in an archive of an earlier version; one that
// cannot be read is set aside: what was imported is still there, without numbers.
func (l *ledger) load(dir string, log *slog.Logger) {
	l.path, l.log = filepath.Join(dir, "imports.json"), log
	data, err := datafile.Read(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err == nil {
		if err = json.Unmarshal(data, &l.kept); err == nil {
			err = l.kept.check()
		}
	}
	if err != nil {
		l.kept = kept{}
		name, aside := sqlite.SetAside(l.path, time.Now())
		log.Error("the list of imports cannot be read and was set aside; imports so far have no numbers", "file", name, "error", errors.Join(err, aside))
	}
}

// check is an error if the list cannot be right.
func (k *kept) check() error {
	for i, im := range k.Imports {
		switch {
		case im == nil || im.Number < 1 || im.Number > k.Imported || i > 0 && im.Number <= k.Imports[i-1].Number:
			return fmt.Errorf("import %d of the list has no valid number", i+1)
		case slices.ContainsFunc(im.Seqs, func(r history.Range) bool { return r.First == 0 || r.First > r.Last || r.Last > k.Last }):
			return fmt.Errorf("import %d has no valid range of events", im.Number)
		}
	}
	return nil
}

// save writes the file. The caller holds mu.
func (l *ledger) save() error {
	data, err := json.MarshalIndent(&l.kept, "", " ")
	if err == nil {
		err = datafile.Replace(l.path, append(data, '\n'), 0o600)
	}
	return err
}

// next gives the Seqs from one on, or from one that begins a run, if some before it were
// given already.
func (l *ledger) next(seq uint64) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if seq <= l.Last {
		seq = l.Last | runMask + 1
	}
	return seq
}

// begin notes that events, which have their Seqs and are in the order of time, are about
// to be stored for an import; nil begins one.
func (l *ledger) begin(im *Import, events []capture.Event) (*Import, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before, fresh := l.kept, im == nil
	if fresh {
		l.Imported++
		im = &Import{Number: l.Imported, When: time.Now().UTC().Truncate(time.Second)}
		l.Imports = append(slices.Clone(l.Imports), im)
	}
	was := *im
	first, last := events[0].Seq, events[len(events)-1].Seq
	im.Seqs = slices.Clone(im.Seqs)
	if n := len(im.Seqs); n > 0 && im.Seqs[n-1].Last == l.Last {
		im.Seqs[n-1].Last = last
	} else {
		im.Seqs = append(im.Seqs, history.Range{First: first, Last: last})
	}
	if from := events[0].Time; im.Since.IsZero() || from.Before(im.Since) {
		im.Since = from
	}
	if to := events[len(events)-1].Time; to.After(im.Until) {
		im.Until = to
	}
	l.Last, im.Pending = last, true
	if err := l.save(); err != nil {
		*im, l.kept = was, before
		return nil, err
	}
	return im, nil
}

// end notes what became of a batch.
func (l *ledger) end(im *Import, file string, added, known, left int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	im.Added += int64(added)
	im.Known += int64(known)
	im.Unrecorded += int64(left)
	im.Pending = false
	if file != im.last && file != "" {
		if im.last = file; len(im.Files) < maxFiles {
			im.Files = append(im.Files, file)
		} else {
			im.MoreFiles++
		}
	}
	return l.save()
}

// Imports lists the imports that stored events, oldest first, and gives the number of
// events of earlier ones, which have no numbers.
func (a *Archive) Imports() (list []Import, unnumbered int64) {
	for _, s := range a.Segments() {
		unnumbered += s.Rows
	}
	a.imports.mu.Lock()
	defer a.imports.mu.Unlock()
	for _, im := range a.imports.Imports {
		list = append(list, *im)
		unnumbered -= im.Added
	}
	return list, max(unnumbered, 0)
}

// Numbers gives the number of the import that stored an event, by its Seq;
// capture.Unnumbered: of an earlier version. It knows the imports there are now.
func (a *Archive) Numbers() func(seq uint64) int32 {
	type span struct {
		history.Range
		number int32
	}
	var spans []span
	a.imports.mu.Lock()
	for _, im := range a.imports.Imports {
		for _, r := range im.Seqs {
			spans = append(spans, span{r, int32(min(im.Number, math.MaxInt32))})
		}
	}
	a.imports.mu.Unlock()
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.First, b.First) })
	last := span{}
	return func(seq uint64) int32 {
		if last.First <= seq && seq <= last.Last && last.number != 0 { // as a rule
			return last.number
		}
		i, found := slices.BinarySearchFunc(spans, seq, func(s span, seq uint64) int {
			if seq < s.First {
				return 1
			} else if seq > s.Last {
				return -1
			}
			return 0
		})
		if !found {
			return capture.Unnumbered
		}
		last = spans[i]
		return last.number
	}
}

// NumberError says that there is no import with a number.
type NumberError struct {
	Number int
	There  []int // the numbers there are
}

// Error says which numbers there are.
func (e *NumberError) Error() string {
	if len(e.There) == 0 {
		return fmt.Sprintf("there is no import %d: no import has a number", e.Number)
	}
	return fmt.Sprintf("there is no import %d; the numbers are %s", e.Number, e.Numbers())
}

// Numbers lists the numbers there are, as ranges where they follow each other: the last 20
// of these, and an ellipsis in front if there are more.
func (e *NumberError) Numbers() string {
	const most = 20
	var ranges []string
	for i := 0; i < len(e.There); {
		first := i
		for i++; i < len(e.There) && e.There[i] == e.There[i-1]+1; i++ {
		}
		r := strconv.Itoa(e.There[first])
		if i-first > 1 {
			r += "–" + strconv.Itoa(e.There[i-1])
		}
		ranges = append(ranges, r)
	}
	if n := len(ranges); n > most {
		ranges = append([]string{"…"}, ranges[n-most:]...)
	}
	return strings.Join(ranges, ", ")
}

// Undo removes what an import stored, and returns how many events that were. After an
// error, a crash or power loss it is gone on with at the next Open, or Undo.
func (a *Archive) Undo(ctx context.Context, number int) (removed int64, err error) {
	a.adding.Lock()
	defer a.adding.Unlock()
	a.mu.Lock()
	err = a.failed
	if a.closed {
		err = history.ErrClosed
	}
	a.mu.Unlock()
	if err != nil {
		return 0, err
	}
	l := &a.imports
	l.mu.Lock()
	var im *Import
	missing := &NumberError{Number: number}
	for _, other := range l.Imports {
		if missing.There = append(missing.There, other.Number); other.Number == number {
			im = other
		}
	}
	if im == nil {
		l.mu.Unlock()
		return 0, missing
	}
	was := im.Undoing
	im.Undoing = true
	if err = l.save(); err != nil {
		im.Undoing = was
	}
	l.mu.Unlock()
	if err != nil {
		return 0, fmt.Errorf("undo import %d: %w", number, err)
	}
	a.mu.Lock()
	a.sessions = slices.DeleteFunc(a.sessions, func(s *session) bool { return s.entry == im }) // nothing is added to it any more
	a.mu.Unlock()
	return a.remove(ctx, im)
}

// remove removes the events of an import, and then itself. The caller holds adding.
func (a *Archive) remove(ctx context.Context, im *Import) (removed int64, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("undo import %d: %w", im.Number, err)
		}
	}()
	removed, err = a.there().Remove(ctx, im.Seqs)
	a.runs.forget()
	a.changes.Add(1)
	if err != nil {
		return removed, err
	}
	l := &a.imports
	l.mu.Lock()
	defer l.mu.Unlock()
	l.Imports = slices.DeleteFunc(slices.Clone(l.Imports), func(other *Import) bool { return other == im })
	return removed, l.save()
}

// resume ends what a crash interrupted.
func (a *Archive) resume() {
	for _, im := range slices.Clone(a.imports.Imports) {
		var err error
		switch {
		case im.Undoing:
			_, err = a.remove(context.Background(), im)
		case im.Pending:
			if im.Added, err = a.history.CountRanges(context.Background(), im.Seqs); err == nil {
				err = a.imports.end(im, "", 0, 0, 0)
			}
		}
		if err != nil {
			a.o.Log.Warn("an interrupted import could not be put in order", "import", im.Number, "error", err)
		}
	}
}
