package book

import (
	"database/sql"
	"net/netip"
	"strings"
	"time"

	"linklog/service/sqlite"
)

// fileNames are the names of hosts that are in the file and not in memory, as they were when
// they were read: to read half a million takes a second, and whoever types a search text asks
// with each key. About 30 bytes a name, for as long as they are asked for.
type fileNames struct {
	text string   // of each: whether the router told it, the length of the address, the address, the name
	ends []uint32 // where each ends

	// later are those that left memory since, with what the file has now. Guarded by Store.mu.
	later map[netip.Addr]called
	used  *time.Timer
}

// called is a name, and whether it wins; see Store.Called.
type called struct {
	name string
	wins bool
}

// How long names stay in memory after they were asked for, and how many may change until they
// are read anew.
const (
	keepNames = time.Minute
	maxLater  = 50_000
)

// readFileNames gives the names in the file.
func (s *Store) readFileNames() (*fileNames, error) {
	s.naming.Lock()
	defer s.naming.Unlock()
	s.mu.Lock()
	f := s.fileNames
	fresh := f == nil
	if fresh { // who leaves memory while the file is read is noted
		f = &fileNames{later: make(map[netip.Addr]called)}
		s.fileNames = f
	}
	s.mu.Unlock()
	if fresh {
		if err := f.read(s.reader); err != nil {
			s.dropFileNames(f)
			return nil, err
		}
		f.used = time.AfterFunc(keepNames, func() { s.dropFileNames(f) })
	} else {
		f.used.Reset(keepNames)
	}
	return f, nil
}

func (s *Store) dropFileNames(f *fileNames) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fileNames == f {
		s.fileNames = nil
	}
}

func (f *fileNames) read(db *sql.DB) error {
	var text strings.Builder
	var host, name, wins sql.RawBytes
	err := each(db, func(rows *sql.Rows) error {
		if err := rows.Scan(&host, &name, &wins); err != nil {
			return err
		}
		a := ParseAddr(string(host))
		if !a.IsValid() {
			return nil
		}
		told := byte(0)
		if len(wins) > 0 {
			told = 1
		}
		bytes := a.AsSlice()
		text.WriteByte(told)
		text.WriteByte(byte(len(bytes)))
		text.Write(bytes)
		text.Write(name)
		f.ends = append(f.ends, uint32(text.Len()))
		return nil
	}, "SELECT host, "+nameColumns+" AS name, CASE asked_name WHEN '' THEN router_name ELSE '' END FROM hosts WHERE name != ''")
	f.text = text.String()
	return sqlite.Classify(err)
}

// each calls f with the names as they were read.
func (f *fileNames) each(do func(a netip.Addr, name string, wins bool) error) error {
	from := uint32(0)
	var raw [16]byte
	for _, end := range f.ends {
		one := f.text[from:end]
		from = end
		size := int(one[1])
		copy(raw[:], one[2:])
		a := netip.AddrFrom16(raw)
		if size == 4 {
			a = netip.AddrFrom4([4]byte(raw[:4]))
		}
		if err := do(a, one[2+size:], one[0] != 0); err != nil {
			return err
		}
	}
	return nil
}

// evicted notes the name of a host that leaves memory. The caller holds mu.
func (s *Store) evicted(e *entry) {
	f := s.fileNames
	if f == nil || !e.Addr.IsValid() {
		return
	}
	if len(f.later) >= maxLater {
		s.fileNames = nil
		return
	}
	var c called // without what the user calls it
	if n := e.names; n != nil {
		c = called{n.best(), n.wins()}
	}
	f.later[e.Addr] = c
}
