// Package sqlite is what the service's databases share, the segments of the history as the
// book: how a file is opened, brought to the newest version, locked and set aside, and
// what is wrong with it.
package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"modernc.org/sqlite"
)

// Conn is one connection to one SQLite file, used by one goroutine at a time.
//
// It goes through database/sql/driver and not through database/sql: a pool per
// file would keep goroutines and connections alive that we want to count
// ourselves, and its row scanning doubles the time of a row.
type Conn struct {
	path  string
	c     driver.Conn
	stmts map[*Stmt]struct{} // those that are open
}

// pageCache bounds what SQLite keeps of a file in memory, in KiB per connection: there
// are few, and the operating system caches as well.
const pageCache = 1024

// Open opens a SQLite file; with create it may be new. A lock that somebody else
// holds (sqlite3 by hand) is waited for, up to busy milliseconds.
//
// how is Usual, or one of the ways for a disk that has no room for the files that
// SQLite keeps beside this one; all connections must be opened alike.
func Open(path string, create bool, busy int, how Mode) (*Conn, error) {
	uri, err := path, error(nil)
	if path != InMemory {
		mode := "mode=rw"
		if create {
			mode += "c"
		}
		if uri, err = URI(path, mode+string(how)); err != nil {
			return nil, err
		}
	}
	connector, err := sqlite.NewConnector(uri)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	raw, err := connector.Connect(context.Background())
	if err != nil {
		return nil, named(path, err)
	}
	c := Wrap(path, raw)
	// No mmap: an I/O error there is a signal that ends the process.
	err = c.Exec(fmt.Sprintf("PRAGMA busy_timeout = %d; PRAGMA cache_size = -%d; PRAGMA mmap_size = 0; PRAGMA trusted_schema = OFF", busy, pageCache))
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Wrap makes a Conn of a connection that was opened otherwise.
func Wrap(path string, c driver.Conn) *Conn {
	return &Conn{path: path, c: c, stmts: make(map[*Stmt]struct{})}
}

// Path is that of the file.
func (c *Conn) Path() string { return c.path }

// Close closes the file, and the statements that are open.
func (c *Conn) Close() error {
	// With a statement open, SQLite would keep the file open, and locked.
	for s := range c.stmts {
		s.Close()
	}
	return named(c.path, c.c.Close())
}

// Exec runs statements once, without looking at rows.
func (c *Conn) Exec(text string, args ...driver.Value) error {
	s, err := c.Prepare(text)
	if err != nil {
		return err
	}
	defer s.Close()
	_, err = s.Exec(args...)
	return err
}

// Each runs a query once and calls f with every row; see Stmt.Each.
func (c *Conn) Each(f func(row Row) error, text string, args ...driver.Value) error {
	return c.EachContext(context.Background(), f, text, args...)
}

// EachContext is Each for a query that takes long before its first row: the end
// of the context interrupts it.
func (c *Conn) EachContext(ctx context.Context, f func(row Row) error, text string, args ...driver.Value) error {
	s, err := c.Prepare(text)
	if err != nil {
		return err
	}
	defer s.Close()
	s.ctx = ctx
	return s.Each(f, args...)
}

// Int gives the first column of the only row; 0 for NULL, false without a row.
func (c *Conn) Int(text string, args ...driver.Value) (n int64, ok bool, err error) {
	err = c.Each(func(row Row) error {
		n, ok = row.Int(0), true
		return nil
	}, text, args...)
	return n, ok, err
}

// Transaction runs f between BEGIN IMMEDIATE and COMMIT; an error of either rolls
// everything back.
func (c *Conn) Transaction(f func() error) error {
	if err := c.Exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := f()
	if err == nil {
		if err = c.Exec("COMMIT"); err == nil {
			return nil
		}
	}
	// Some errors (a full disk) have rolled back already; then this one fails,
	// which says nothing new.
	_ = c.Exec("ROLLBACK")
	return err
}

// Stmt is a prepared statement.
type Stmt struct {
	c    *Conn
	s    driver.Stmt
	ctx  context.Context
	args []driver.NamedValue
	row  []driver.Value
}

// Prepare makes a statement that is used more than once.
func (c *Conn) Prepare(text string) (*Stmt, error) {
	s, err := c.c.Prepare(text)
	if err != nil {
		return nil, named(c.path, err)
	}
	// A context that can end costs a goroutine per call. All but a few statements
	// are short, and those who run many look at their context in between.
	st := &Stmt{c: c, s: s, ctx: context.Background()}
	c.stmts[st] = struct{}{}
	return st, nil
}

// Close gives the statement back; an error was reported by Exec or Each.
func (s *Stmt) Close() {
	delete(s.c.stmts, s)
	_ = s.s.Close()
}

func (s *Stmt) bind(args []driver.Value) []driver.NamedValue {
	s.args = s.args[:0]
	for i, v := range args {
		s.args = append(s.args, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return s.args
}

// Exec runs the statement and gives the number of rows it changed.
func (s *Stmt) Exec(args ...driver.Value) (changed int64, err error) {
	r, err := s.s.(driver.StmtExecContext).ExecContext(s.ctx, s.bind(args))
	if err != nil {
		return 0, named(s.c.path, err)
	}
	return r.RowsAffected()
}

// ErrStop ends each without an error.
var ErrStop = errors.New("stop")

// Each calls f with every row of the result, until f returns an error, which it
// returns, or ErrStop. The row is valid during the call only.
func (s *Stmt) Each(f func(row Row) error, args ...driver.Value) error {
	rows, err := s.s.(driver.StmtQueryContext).QueryContext(s.ctx, s.bind(args))
	if err != nil {
		return named(s.c.path, err)
	}
	if s.row == nil {
		s.row = make([]driver.Value, len(rows.Columns()))
	}
	for {
		if err = rows.Next(s.row); err != nil {
			if err == io.EOF {
				err = nil
			} else {
				err = named(s.c.path, err)
			}
			break
		}
		if err = f(s.row); err != nil {
			break
		}
	}
	if e := rows.Close(); e != nil && err == nil {
		err = named(s.c.path, e)
	}
	if err == ErrStop {
		err = nil
	}
	return err
}

// Row is a row of a result: text as string, blobs as []byte, numbers as int64, NULL as nil.
type Row []driver.Value

// Text is a column's text, "" for NULL.
func (r Row) Text(i int) string {
	s, _ := r[i].(string)
	return s
}

// Blob is a column's bytes.
func (r Row) Blob(i int) []byte {
	b, _ := r[i].([]byte)
	return b
}

// Int is a column's number, 0 for NULL.
func (r Row) Int(i int) int64 {
	n, _ := r[i].(int64)
	return n
}
