package lists

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"time"

	"linklog/assets/listed"
	"linklog/phrase"
	"linklog/service/datafile"
	"linklog/service/health"
	"linklog/service/remote"
)

// head is the first line of a file in which a list is kept, behind mark. The rest is the
// list as it came.
type head struct {
	URL     string    `json:"url"`
	Fetched time.Time `json:"fetched"`            // or the server said that it is the same
	ETag    string    `json:"etag,omitempty"`     // what the server calls it
	Since   string    `json:"modified,omitempty"` // and when it says that it changed
	Size    int64     `json:"size,omitempty"`     // of a file
	Changed time.Time `json:"changed,omitzero"`   // and when it did
	Sum     string    `json:"-"`
}

const (
	mark    = "# LinkLog: "
	maxHead = 64 << 10 // bytes: JSON makes six of some, and addresses are long
	maxTag  = 512      // bytes of what a server wants to see again
)

// readHead reads the first line of a kept list.
func readHead(in *bufio.Reader) (h head, err error) {
	line, err := in.ReadSlice('\n')
	if err != nil || len(line) < len(mark) || string(line[:len(mark)]) != mark {
		return h, errors.New("its first line is missing")
	}
	return h, json.Unmarshal(line[len(mark):], &h)
}

// load reads a list as it was kept by an earlier run.
func (l *Lists) load(one *list) {
	l.mu.Lock()
	known := one.set != nil || !one.tried.IsZero() || l.fetches[one.Name] != nil
	l.mu.Unlock()
	if known {
		return
	}
	set, h, err := l.kept(one)
	if err != nil {
		if !errors.Is(err, os.ErrNotExist) {
			l.o.Log.Warn("a list that was kept cannot be used, and is fetched anew", "list", one.Name, "error", err)
		}
		return
	}
	l.mu.Lock()
	if l.fetches[one.Name] == nil {
		one.set, one.head = set, h
	}
	l.mu.Unlock()
	l.told(one)
}

func (l *Lists) kept(one *list) (*listed.Set, head, error) {
	f, err := l.open(one)
	if err != nil {
		return nil, head{}, err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, maxHead)
	h, err := readHead(in)
	if err == nil && h.URL != one.URL {
		err = os.ErrNotExist // it is a different one
	}
	if err != nil {
		return nil, head{}, err
	}
	sum := sha256.New()
	set, err := listed.Read(io.TeeReader(in, sum))
	h.Sum = sumOf(sum.Sum(nil))
	return set, h, err
}

func sumOf(sum []byte) string { return hex.EncodeToString(sum[:8]) }

func (l *Lists) open(one *list) (*os.File, error) {
	if err := datafile.File(l.path(one), false); err != nil {
		return nil, err
	}
	return os.Open(l.path(one))
}

// try gets a list; changed: it has to answer. An error is also told as a condition.
func (l *Lists) try(ctx context.Context, one *list) (changed bool, err error) {
	set, h, err := l.fetch(ctx, one)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	l.mu.Lock()
	one.tried, one.err, one.again = time.Now(), err, false
	switch {
	case err == nil && set != nil:
		one.set, one.head = set, h
	case err == nil: // it is the same still
		one.head.Fetched = h.Fetched
	case one.file != "": // the same file is not read again
		one.head.Size, one.head.Changed = h.Size, h.Changed
	case set == nil && h.URL != "": // it is the same, but what was kept is gone
		one.head.ETag, one.head.Since = "", ""
	}
	l.mu.Unlock()
	if changed = err == nil && set != nil; changed {
		l.o.Log.Info("a list was fetched", "list", one.Name, "entries", set.Entries)
	}
	l.told(one)
	return changed, err
}

// told has health say how a list is, if the settings still have it: while it was fetched they
// may have changed, and nobody would take that back.
func (l *Lists) told(one *list) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.ContainsFunc(l.all, func(n *list) bool { return n.got == one.got }) {
		return
	}
	set, fetched, err, every := one.set, one.head.Fetched, one.err, one.every
	is := func(code health.Code, wrong bool, values ...any) {
		if wrong {
			l.o.Health.Report(health.New(code, one.Name, values...))
		} else {
			l.o.Health.Over(code, one.Name)
		}
	}
	old := one.file != "" || time.Since(fetched) > every+staleAfter
	is(health.ListMissing, err != nil && set == nil, "Error", err)
	is(health.ListStale, err != nil && set != nil && old, "Error", err, "Time", fetched.Local().Format("2006-01-02 15:04"))
	garbled := set != nil && set.Wrong > 0
	var lines, first int
	if garbled {
		lines, first = set.Wrong, set.First
	}
	is(health.ListGarbled, garbled, "Lines", lines, "First", first)
}

// fetch gets a list from where it comes from, and keeps it. No set and no error: it is the
// same still.
func (l *Lists) fetch(ctx context.Context, one *list) (*listed.Set, head, error) {
	if err := datafile.MakeFolder(l.o.Dir); err != nil {
		return nil, head{}, err
	}
	if one.file != "" {
		return l.read(one)
	}
	ctx, cancel := context.WithTimeout(ctx, l.o.within)
	defer cancel()
	u, err := url.Parse(one.URL)
	if err != nil {
		return nil, head{}, err
	}
	client, err := remote.Client(one.ca, u, http.MethodGet, 30*time.Second)
	if err != nil {
		return nil, head{}, err
	}
	defer client.CloseIdleConnections()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, one.URL, nil)
	if err != nil {
		return nil, head{}, err
	}
	r.Header.Set("User-Agent", "LinkLog")
	have := one.head
	if one.set != nil && have.ETag != "" {
		r.Header.Set("If-None-Match", have.ETag)
	}
	if one.set != nil && have.Since != "" {
		r.Header.Set("If-Modified-Since", have.Since)
	}
	resp, err := client.Do(r)
	if err != nil {
		return nil, head{}, remote.Reason(err, u)
	}
	defer resp.Body.Close()
	h := head{URL: one.URL, Fetched: time.Now().UTC().Truncate(time.Second), ETag: tag(resp, "ETag"), Since: tag(resp, "Last-Modified")}
	switch {
	case resp.StatusCode == http.StatusNotModified && one.set != nil:
		have.Fetched = h.Fetched
		return nil, have, l.again(one, have)
	case resp.StatusCode != http.StatusOK:
		return nil, head{}, phrase.Say("the server answers {{.Answer}}", "Answer", remote.Shorter(resp.Status, 200))
	}
	set, sum, err := l.keep(one, h, resp.Body)
	if h.Sum = sum; errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = remote.Reason(err, u)
	}
	return set, h, err
}

// tag is a header that the server wants to see again, if it is a sane one.
func tag(resp *http.Response, name string) string {
	if value := resp.Header.Get(name); len(value) <= maxTag {
		return value
	}
	return ""
}

// read reads a list from its file.
func (l *Lists) read(one *list) (*listed.Set, head, error) {
	h := head{URL: one.URL, Fetched: time.Now().UTC().Truncate(time.Second)}
	if err := datafile.File(one.file, false); err != nil {
		return nil, h, datafile.Chosen(err)
	}
	f, err := os.Open(one.file)
	if err != nil {
		return nil, h, datafile.Chosen(datafile.Explain(one.file, err))
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, h, err
	}
	h.Size, h.Changed = info.Size(), info.ModTime()
	set, sum, err := l.keep(one, h, f)
	h.Sum = sum
	return set, h, err
}

// keep reads a list and keeps it, if it is one.
func (l *Lists) keep(one *list, h head, in io.Reader) (set *listed.Set, sum string, err error) {
	all := sha256.New()
	var wrong error // with the list itself
	err = datafile.ReplaceBy(l.path(one), 0o600, func(w io.Writer) error {
		if err := writeHead(w, h); err != nil {
			return err
		}
		out := &sink{w: w}
		set, wrong = listed.Read(io.TeeReader(in, io.MultiWriter(all, out)))
		if out.err != nil {
			return out.err
		}
		return wrong
	})
	if err != nil {
		if wrong == nil || err != wrong {
			err = datafile.Explain(l.path(one), err)
		}
		return nil, "", err
	}
	return set, sumOf(all.Sum(nil)), nil
}

// sink remembers why nothing could be written, to be told from what could not be read.
type sink struct {
	w   io.Writer
	err error
}

func (s *sink) Write(p []byte) (n int, err error) {
	if n, err = s.w.Write(p); err != nil {
		s.err = err
	}
	return n, err
}

func writeHead(w io.Writer, h head) error {
	line, err := json.Marshal(&h)
	if err == nil {
		_, err = fmt.Fprintf(w, "%s%s\n", mark, line)
	}
	return err
}

// again keeps a list with another head.
func (l *Lists) again(one *list, h head) error {
	f, err := l.open(one)
	if err != nil {
		return err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, maxHead)
	if _, err := readHead(in); err != nil {
		return err
	}
	return datafile.Explain(l.path(one), datafile.ReplaceBy(l.path(one), 0o600, func(w io.Writer) error {
		if err := writeHead(w, h); err != nil {
			return err
		}
		_, err := io.Copy(w, in)
		return err
	}))
}

// Text gives a list as it came, of which States knows the name.
func (l *Lists) Text(name string) (io.ReadCloser, error) {
	for _, one := range l.lists() {
		if one.Name != name {
			continue
		}
		f, err := l.open(one)
		if err != nil {
			return nil, err
		}
		in := bufio.NewReaderSize(f, maxHead)
		if _, err := readHead(in); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return struct {
			io.Reader
			io.Closer
		}{in, f}, nil
	}
	return nil, ErrNone
}
