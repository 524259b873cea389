package spool

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"linklog/capture"
	"linklog/service/datafile"
)

// Report tells what Open found.
type Report struct {
	// New tells that there was no spool.
	New bool

	// Clean tells that the spool was closed by Close. After a crash or power
	// loss it is false, which by itself is no loss.
	Clean bool

	// Files and Bytes are what there is to read; First and Last the Seqs it
	// begins and ends with, 0 if there are no records.
	Files       int
	Bytes       int64
	First, Last uint64

	// Records is how many sound records the newest file has, the only one that
	// was read from end to end.
	Records uint64

	// Cut is how many bytes at the end were no sound record and were cut off;
	// CutKept how many of them were kept in a *.damaged file: none if they were
	// all zero, no more than 1 MiB.
	Cut, CutKept int64

	// CutFirst is the Seq behind the last sound record, where something was cut off, and
	// CutRecords how many records, from that on, begin in what was kept: at least one, if
	// that is anything. CutWhole tells that the last of them ends where the file ended, so
	// that nothing says that there were more.
	CutFirst, CutRecords uint64
	CutWhole             bool

	// Skipped are Seqs that will not be given, because they may have been
	// before the system failed. Some of them may have been records that power
	// loss took; if only the process ended (kill -9), none was. Readers do not
	// tell.
	Skipped Range

	// GivenUp is the Seq up to which records were removed by GiveUp: that these are not
	// here is no loss.
	GivenUp uint64

	// Lost are records that are known to have been and cannot be read, as far as
	// the newest file shows. Readers that come by return a DamagedError for them.
	Lost []Range

	// SetAside are files that cannot be read at all and were renamed to these
	// names. They are never removed; their records count as lost for readers.
	SetAside []string

	// Unusable says of files that could not be read, or are none, what is wrong with
	// them. They are in SetAside, but for one that can be read and not written.
	Unusable []Unusable

	// Removed are files that were removed: empty ones, and the oldest of many
	// *.damaged files with cut off ends.
	Removed []string
}

// Unusable is a file of the spool that cannot be used.
type Unusable struct {
	File string // its name
	Err  error  // why, and what became of it
}

// Sound reports whether nothing is known to be lost. After power loss something
// may be all the same: see Skipped.
func (r *Report) Sound() bool { return r.Cut == 0 && len(r.Lost) == 0 && len(r.SetAside) == 0 }

// maxLost bounds the ranges in a Report.
const maxLost = 100

// finding is what recover gathers about numbers on its way through the folder.
type finding struct {
	known uint64 // the highest Seq that was given for certain
	bound uint64 // no Seq from here on was given, if the mark is right
	guess uint64 // the same, from the size of files nobody can read
}

// unreadable notes a file of which only the first Seq and the size are known.
func (f *finding) unreadable(first uint64, size int64) {
	f.known = max(f.known, first)
	f.guess = max(f.guess, first+uint64(size/recordHead)+1)
}

// recover finds out what the folder holds and where numbering goes on.
func (s *Spool) recover() (report Report, err error) {
	files, err := s.list()
	if err != nil {
		return report, err
	}
	if err := datafile.File(s.path(markName), true); err != nil {
		if err := s.setAside(markName, err, &report); err != nil {
			return report, err
		}
	}
	m, sure, err := openMarker(s.root)
	if err != nil {
		return report, err
	}
	s.marker = m
	report.New = len(files) == 0 && m.gen == 0
	report.Clean = report.New || sure && m.mark.clean
	report.GivenUp = m.mark.givenUp

	found := finding{bound: m.mark.next}
	if m.mark.clean {
		found.known = m.mark.last
	}
	for _, info := range files {
		if err := s.take(info, &found, &report); err != nil {
			return report, fmt.Errorf("%s: %w", info.Name(), err)
		}
	}
	if n := len(s.segs); n > 0 {
		seg := s.segs[n-1]
		if err := s.scan(seg, &report); err != nil {
			return report, fmt.Errorf("%s: %w", seg.name, err)
		}
		if report.Records == 0 {
			found.known = max(found.known, seg.prev)
		} else {
			found.known = max(found.known, seg.last)
		}
		if seg.end == 0 {
			s.segs = s.segs[:n-1]
		}
	}
	s.number(found, sure, &report)
	if !sure {
		// If this fails (no room, as a rule), the first Append says so.
		_ = m.repair(mark{next: s.next})
		_ = syncFolder(s.root)
	}
	return report, s.ready(&report)
}

// list returns the spool files and what was set aside, by their first Seq.
func (s *Spool) list() (files []fs.FileInfo, err error) {
	f, err := s.root.Open(".")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all, err := f.Readdir(-1)
	for _, info := range all {
		if _, _, ok := parseName(info.Name()); ok {
			files = append(files, info)
		}
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int { return strings.Compare(a.Name(), b.Name()) })
	return files, err
}

// take looks at the header of one file and puts it where it belongs.
func (s *Spool) take(info fs.FileInfo, found *finding, report *Report) error {
	name := info.Name()
	first, whole, _ := parseName(name)
	found.bound = max(found.bound, first+1)
	if !whole {
		if !isTail(name) {
			found.known = max(found.known, first)
		}
		found.guess = max(found.guess, first+uint64(info.Size()/recordHead)+1)
		return nil
	}
	unusable := datafile.File(s.path(name), false)
	if unusable == nil && !info.Mode().IsRegular() {
		unusable = fmt.Errorf("%s is a symbolic link, not a file", s.path(name))
	}
	if unusable != nil {
		found.unreadable(first, info.Size())
		return s.setAside(name, unusable, report)
	}
	f, err := s.root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	b := make([]byte, headerSize)
	n, err := io.ReadFull(f, b)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !isBadBlock(err) {
		return err
	}
	h, ok, err := decodeHeader(b[:n])
	if err != nil {
		return err
	}
	var prev *segment // the file before this one
	if len(s.segs) > 0 {
		prev = s.segs[len(s.segs)-1]
	}
	if ok && h.first == first && (prev == nil || h.prev >= prev.prev) {
		if prev != nil {
			prev.last = h.prev
		}
		s.segs = append(s.segs, &segment{name: name, header: h, end: info.Size()})
		return nil
	}
	if zero, _, err := tail(f, 0, info.Size()); zero && err == nil {
		f.Close()                                     // Windows removes no open file
		report.Removed = append(report.Removed, name) // begun when the power went
		if info.Size() > headerSize {
			found.known = max(found.known, first)
		}
		return s.root.Remove(name)
	}
	f.Close()
	found.unreadable(first, info.Size())
	return s.setAside(name, nil, report)
}

// setAside renames a file that cannot be read; why is nil if it is damaged.
func (s *Spool) setAside(name string, why error, report *Report) error {
	aside := name + damaged
	for i := 2; ; i++ {
		_, err := s.root.Lstat(aside)
		if err == nil {
			aside = fmt.Sprintf("%s-%d%s", name, i, damaged)
			continue
		}
		if errors.Is(err, fs.ErrNotExist) {
			err = s.root.Rename(name, aside)
		}
		if err != nil {
			return err
		}
		report.SetAside = append(report.SetAside, aside)
		if why != nil {
			var cannot *datafile.Error
			if errors.As(why, &cannot) {
				why = fmt.Errorf("%s %s", cannot.Path, cannot.Why())
			}
			report.Unusable = append(report.Unusable, Unusable{name, fmt.Errorf("%w; it was set aside as %s", why, aside)})
		}
		return nil
	}
}

// path is where a file of the spool lies.
func (s *Spool) path(name string) string { return filepath.Join(s.root.Name(), name) }

const damaged = ".damaged"

// scan reads the newest file from end to end and cuts off what is no sound record
// at its end. seg.end becomes 0 if nothing is left of it.
func (s *Spool) scan(seg *segment, report *Report) error {
	f, err := s.root.OpenFile(seg.name, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrPermission) {
		report.Unusable = append(report.Unusable, Unusable{seg.name, datafile.Explain(s.path(seg.name), err)})
		f, err = s.root.Open(seg.name)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	size := seg.end
	seg.last, seg.end = seg.first-1, headerSize
	var w walker
	w.begin(f, seg.key, stop{seg.first, headerSize})
	for {
		found, err := w.peek(size, capture.MaxSeq, true)
		if err != nil {
			return err
		}
		if !found {
			break
		}
		if w.seq > w.at {
			report.lost(Range{w.at, w.seq - 1})
		}
		from := stop{w.seq, w.off}
		w.skip()
		seg.grow(from, w.seq, w.off)
		report.Records++
	}
	report.Cut = size - seg.end
	clean := report.Cut == 0
	if !clean {
		report.CutFirst = seg.last + 1
		clean = s.cut(f, seg, size, report)
	}
	if clean && report.Records == 0 {
		seg.end = 0
		f.Close()
		report.Removed = append(report.Removed, seg.name)
		return s.root.Remove(seg.name)
	}
	return nil
}

// number decides which Seq is the next.
func (s *Spool) number(found finding, sure bool, report *Report) {
	known := found.known
	next := max(known+1, found.bound)
	if !sure && !report.New {
		next = max(next, found.guess) + 2*seqReserve // the mark may be an old one
	}
	if report.New && s.o.Expected {
		next = max(next, s.o.MinSeq+1) + unknownSeqs
		if s.o.Blind {
			next += blindSeqs
		}
	}
	if !report.Clean && next > known+1 {
		report.Skipped = Range{known + 1, next - 1}
	}
	if n := len(s.segs); n > 0 {
		if seg := s.segs[n-1]; seg.last < known {
			report.lost(Range{seg.last + 1, known})
		}
	}
	if len(s.segs) == 0 && !(report.New && s.o.Expected) {
		known = next - 1 // whatever was given is gone
	}
	s.last = max(known, s.o.MinSeq)
	s.next = max(next, s.o.MinSeq+1)
}

// ready fills in what follows from what was found, and opens the newest file for
// more if there is no leap in the numbers and no damage to append to.
func (s *Spool) ready(report *Report) error {
	for _, seg := range s.segs {
		seg.sealed = true
		s.total += seg.end
		if !report.Clean {
			s.unsynced = append(s.unsynced, seg.name) // the last process may not have
		}
	}
	report.Files, report.Bytes = len(s.segs), s.total
	if len(s.segs) == 0 {
		return nil
	}
	seg := s.segs[len(s.segs)-1]
	report.First, report.Last = s.segs[0].first, max(seg.last, seg.prev)
	if report.Clean {
		s.synced = s.last
	} else {
		s.newFiles = true
		s.unsafe <- struct{}{}
	}
	if report.Cut > 0 || seg.last+1 != s.next || seg.end == headerSize {
		return nil
	}
	f, err := s.root.OpenFile(seg.name, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrPermission) {
		return nil // scan has told
	}
	if err != nil {
		return err
	}
	seg.sealed = false
	s.file, s.seg, s.size = f, seg, seg.end
	return nil
}

// LostEnd tells what the end of the newest file shows of records above the highest that is
// known to have been, which readers do not tell: how many were lost there, and whether others
// may be lost that left no trace, as the file, after a crash, ends before what is known, or
// in the middle of a record. Room that was never written is what power loss left of records.
func (r *Report) LostEnd(known uint64) (lost uint64, more bool) {
	if r.Clean || r.Files == 0 {
		return 0, false // all that was is known, or nothing
	}
	end := r.Last
	if r.CutRecords > 0 {
		end = max(end, r.CutFirst+r.CutRecords-1)
	}
	return end - min(end, known), end < known || r.Cut > 0 && !r.CutWhole
}

// lost notes a range; of very many the last ones become one.
func (r *Report) lost(lost Range) {
	if n := len(r.Lost); n == maxLost {
		r.Lost[n-1].To = lost.To
		return
	}
	r.Lost = append(r.Lost, lost)
}
