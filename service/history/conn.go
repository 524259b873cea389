package history

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"

	"modernc.org/sqlite"
)

// conn is one connection to one SQLite file, used by one goroutine at a time.
//
// It goes through database/sql/driver and not through database/sql: a pool per
// file would keep goroutines and connections alive that we want to count
// ourselves, and its row scanning doubles the time of a row.
type conn struct {
	path  string
	c     driver.Conn
	stmts map[*stmt]struct{} // those that are open
}

// pageCache bounds what SQLite keeps of a file in memory, in KiB per connection.
// There are few connections (see pool), and the operating system caches as well.
const pageCache = 1024

// open opens a SQLite file; with create it may be new. A lock that somebody else
// holds (sqlite3 by hand) is waited for, up to busy milliseconds.
//
// how is usual, or one of the ways for a disk that has no room for the files that
// SQLite keeps beside this one; all connections must be opened alike.
func open(path string, create bool, busy int, how mode) (*conn, error) {
	if path == inMemory {
		return connect(path, path, busy)
	}
	full, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	slashed := filepath.ToSlash(full)
	if slashed[0] != '/' { // C:/…
		slashed = "/" + slashed
	}
	query := "mode=rw"
	if create {
		query += "c"
	}
	// As a URI, for a path may hold a question mark.
	uri := url.URL{Scheme: "file", OmitHost: true, Path: slashed, RawQuery: query + string(how)}
	return connect(path, uri.String(), busy)
}

// mode is how a file is opened, as a part of its URI.
type mode string

const (
	usual mode = ""

	// frozen reads a file as it is, without a look at its log: nobody may write it.
	frozen mode = "&immutable=1"
)

// inMemory is the path of a database that is in no file.
const inMemory = ":memory:"

func connect(path, uri string, busy int) (*conn, error) {
	connector, err := sqlite.NewConnector(uri)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	raw, err := connector.Connect(context.Background())
	if err != nil {
		return nil, classify(path, err)
	}
	c := &conn{path: path, c: raw, stmts: make(map[*stmt]struct{})}
	// No mmap: an I/O error there is a signal that ends the process.
	err = c.exec(fmt.Sprintf("PRAGMA busy_timeout = %d; PRAGMA cache_size = -%d; PRAGMA mmap_size = 0; PRAGMA trusted_schema = OFF", busy, pageCache))
	if err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (c *conn) close() error {
	// With a statement open, SQLite would keep the file open, and locked.
	for s := range c.stmts {
		s.close()
	}
	if err := c.c.Close(); err != nil {
		return classify(c.path, err)
	}
	return nil
}

// exec runs statements once, without looking at rows.
func (c *conn) exec(text string, args ...driver.Value) error {
	s, err := c.prepare(text)
	if err != nil {
		return err
	}
	defer s.close()
	_, err = s.exec(args...)
	return err
}

// each runs a query once and calls f with every row; see stmt.each.
func (c *conn) each(f func(row []driver.Value) error, text string, args ...driver.Value) error {
	return c.eachContext(context.Background(), f, text, args...)
}

// eachContext is each for a query that takes long before its first row: the end
// of the context interrupts it.
func (c *conn) eachContext(ctx context.Context, f func(row []driver.Value) error, text string, args ...driver.Value) error {
	s, err := c.prepare(text)
	if err != nil {
		return err
	}
	defer s.close()
	s.ctx = ctx
	return s.each(f, args...)
}

// int gives the first column of the only row; 0 for NULL, false without a row.
func (c *conn) int(text string, args ...driver.Value) (n int64, ok bool, err error) {
	err = c.each(func(row []driver.Value) error {
		n, _ = row[0].(int64)
		ok = true
		return nil
	}, text, args...)
	return n, ok, err
}

// transaction runs f between BEGIN IMMEDIATE and COMMIT; an error of either rolls
// everything back.
func (c *conn) transaction(f func() error) error {
	if err := c.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := f()
	if err == nil {
		if err = c.exec("COMMIT"); err == nil {
			return nil
		}
	}
	// Some errors (a full disk) have rolled back already; then this one fails,
	// which says nothing new.
	_ = c.exec("ROLLBACK")
	return err
}

// stmt is a prepared statement.
type stmt struct {
	c    *conn
	s    driver.Stmt
	ctx  context.Context
	args []driver.NamedValue
	row  []driver.Value
}

func (c *conn) prepare(text string) (*stmt, error) {
	s, err := c.c.Prepare(text)
	if err != nil {
		return nil, classify(c.path, err)
	}
	// A context that can end costs a goroutine per call. All but a few statements
	// are short, and those who run many look at their context in between.
	st := &stmt{c: c, s: s, ctx: context.Background()}
	c.stmts[st] = struct{}{}
	return st, nil
}

func (s *stmt) close() {
	delete(s.c.stmts, s)
	_ = s.s.Close() // nothing that was not reported by exec or each
}

func (s *stmt) bind(args []driver.Value) []driver.NamedValue {
	s.args = s.args[:0]
	for i, v := range args {
		s.args = append(s.args, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return s.args
}

// exec runs the statement and gives the number of rows it changed.
func (s *stmt) exec(args ...driver.Value) (changed int64, err error) {
	r, err := s.s.(driver.StmtExecContext).ExecContext(s.ctx, s.bind(args))
	if err != nil {
		return 0, classify(s.c.path, err)
	}
	return r.RowsAffected()
}

// errStop ends each without an error.
var errStop = errors.New("stop")

// each calls f with every row of the result, until f returns an error, which it
// returns, or errStop. The row is valid during the call only: text as string,
// blobs as []byte, numbers as int64, NULL as nil.
func (s *stmt) each(f func(row []driver.Value) error, args ...driver.Value) error {
	rows, err := s.s.(driver.StmtQueryContext).QueryContext(s.ctx, s.bind(args))
	if err != nil {
		return classify(s.c.path, err)
	}
	if s.row == nil {
		s.row = make([]driver.Value, len(rows.Columns()))
	}
	for {
		if err = rows.Next(s.row); err != nil {
			if err == io.EOF {
				err = nil
			} else {
				err = classify(s.c.path, err)
			}
			break
		}
		if err = f(s.row); err != nil {
			break
		}
	}
	if e := rows.Close(); e != nil && err == nil {
		err = classify(s.c.path, e)
	}
	if err == errStop {
		err = nil
	}
	return err
}

// text and blob read a column that may be NULL.
func text(v driver.Value) string {
	s, _ := v.(string)
	return s
}

func blob(v driver.Value) []byte {
	b, _ := v.([]byte)
	return b
}

func integer(v driver.Value) int64 {
	n, _ := v.(int64)
	return n
}
