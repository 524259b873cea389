package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"linklog/capture"
	"linklog/filter"
	"linklog/format"
	"linklog/service/api"
)

// Query says which events to read.
type Query struct {
	Filter        string // search text, whose times are those of this computer; "": all
	After, Before uint64 // Seqs, both exclusive; 0: no bound
	Since, Until  time.Time
	Limit         int  // 0: all
	OldestFirst   bool // else the newest come first

	// Cursor is that of an api.Mark, of the same filter or another: only events on the side
	// of it are read to which the order goes; "": all.
	Cursor string

	// Imported are the events of old logs instead of those the service received;
	// All are both, in the order of time.
	Imported, All bool

	// Of Groups only: Volumes adds up how much was sent, too, and ByBytes takes those with most bytes.
	Volumes, ByBytes bool
}

func (q *Query) values() url.Values {
	v := values{}
	v.text("filter", asked(q.Filter))
	v.number("after", q.After)
	v.number("before", q.Before)
	v.time("since", q.Since)
	v.time("until", q.Until)
	switch {
	case q.All:
		v.text("from", "all")
	case q.Imported:
		v.text("from", "imported")
	}
	return url.Values(v)
}

// place adds where to begin, and which way to go.
func (q *Query) place(v url.Values) {
	values(v).text("cursor", q.Cursor)
	if q.OldestFirst {
		v.Set("order", "oldest")
	}
}

// values are the parameters of a request; what is zero is left out.
type values url.Values

func (v values) text(name, text string) {
	if text != "" {
		v[name] = []string{text}
	}
}

// asked is a search text with the times that it means now, and here: the service may be in
// a different time zone. Of one that is wrong, the service says why.
func asked(text string) string {
	if f, err := filter.Parse(text); err == nil && f.Timed() {
		if f, err = f.At(time.Now()); err == nil {
			return f.String()
		}
	}
	return text
}

func (v values) number(name string, n uint64) {
	if n > 0 {
		v.text(name, strconv.FormatUint(n, 10))
	}
}

func (v values) time(name string, t time.Time) {
	if !t.IsZero() {
		v.text(name, t.UTC().Format(time.RFC3339Nano))
	}
}

func (v values) yes(name string, b bool) {
	if b {
		v.text(name, "true")
	}
}

// Events calls f with the events of a query as they arrive, in constant memory. The
// event is valid during the call only. An error of f ends it.
func (c *Client) Events(ctx context.Context, q Query, f func(*capture.Event) error) error {
	v := q.values()
	v.Set("limit", strconv.Itoa(q.Limit))
	q.place(v)
	return c.stream(ctx, "events", v, func(line []byte) error {
		ev, err := format.ParseJSON(line)
		if err != nil {
			return fmt.Errorf("answer of the service: %w", err)
		}
		return f(&ev)
	})
}

// Index searches for all events that match, newest first unless the query says otherwise,
// and calls f as they are found: with each every-th, from whose Cursor on a page can be read,
// and at least ten times a second with how far the search is. The limit does not matter. An
// error of f ends it.
func (c *Client) Index(ctx context.Context, q Query, every int, f func(api.Mark) error) error {
	v := q.values()
	v.Set("every", strconv.Itoa(every))
	q.place(v)
	ended := false
	err := c.stream(ctx, "index", v, func(line []byte) error {
		var m api.Mark
		if err := json.Unmarshal(line, &m); err != nil {
			return fmt.Errorf("answer of the service: %w", err)
		}
		ended = m.End
		return f(m)
	})
	if err == nil && !ended {
		err = fmt.Errorf("the answer was cut off: %w", io.ErrUnexpectedEOF)
	}
	return err
}

// stream calls f with the lines of an answer as they arrive.
func (c *Client) stream(ctx context.Context, path string, v url.Values, f func(line []byte) error) error {
	resp, err := c.request(ctx, http.MethodGet, path, v, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	lines := newLines(resp.Body)
	for {
		line, err := lines.next()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = ctx.Err() // what came before the caller had enough is not looked at, either
		}
		if err != nil {
			return fmt.Errorf("the answer was cut off: %w", err)
		}
		if err := f(line); err != nil {
			return err
		}
	}
}

// Count gives the number of events that match; limits and order do not matter.
func (c *Client) Count(ctx context.Context, q Query) (int64, error) {
	var out struct{ Count int64 }
	err := c.call(ctx, http.MethodGet, "count", q.values(), nil, &out)
	return out.Count, err
}

// Groups counts events by what by names, such as "time,direction" (docs/socket.md
// has the list), in buckets of time, of the limit largest groups; 0: all.
func (c *Client) Groups(ctx context.Context, q Query, by string, bucket time.Duration, limit int) (g api.Groups, err error) {
	v := q.values()
	v.Set("by", by)
	v.Set("limit", strconv.Itoa(limit))
	if bucket > 0 {
		v.Set("bucket", strconv.Itoa(int(bucket.Seconds())))
	}
	if q.Volumes {
		v.Set("volumes", "true")
	}
	if q.ByBytes {
		v.Set("order", "bytes")
	}
	err = c.call(ctx, http.MethodGet, "groups", v, nil, &g)
	return g, err
}

// lines reads lines of bounded length.
type lines struct{ r *bufio.Reader }

func newLines(r io.Reader) *lines { return &lines{bufio.NewReaderSize(r, format.MaxJSON)} }

// next gives the next line without its end, valid until the next call.
func (l *lines) next() ([]byte, error) {
	line, err := l.r.ReadSlice('\n')
	switch {
	case err == nil:
		return line[:len(line)-1], nil
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, errors.New("a line of the service is too long")
	case err == io.EOF && len(line) > 0:
		return nil, io.ErrUnexpectedEOF
	}
	return nil, err
}

// more tells whether a whole line is here, so that next does not wait.
func (l *lines) more() bool {
	n := l.r.Buffered()
	if n == 0 {
		return false
	}
	b, _ := l.r.Peek(n)
	return bytes.IndexByte(b, '\n') >= 0
}

// record reads a line of a followed stream: an event, or a record beside it.
func record(line []byte, ev *capture.Event) (r api.Record, isEvent bool, err error) {
	if !bytes.HasPrefix(line, []byte(`{"record":`)) {
		*ev, err = format.ParseJSON(line)
		return r, true, err
	}
	return r, false, json.Unmarshal(line, &r)
}

// Purge removes the files of the history in which all is older than a time.
func (c *Client) Purge(ctx context.Context, before time.Time) (files, events int64, err error) {
	var out struct{ Files, Events int64 }
	err = c.call(ctx, http.MethodDelete, "events", url.Values{"before": {before.UTC().Format(time.RFC3339Nano)}}, nil, &out)
	return out.Files, out.Events, err
}
