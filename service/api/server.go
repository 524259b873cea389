// Package api serves the local socket: HTTP/1.1 with JSON, and with one JSON
// object a line (NDJSON) for streams. docs/socket.md describes it for people with
// curl; package client speaks it for programs of ours.
//
// A caller who follows the events is a number, that of the last event he has, and
// nothing more: he costs no memory while he is slow, and loses nothing. Whoever
// takes nothing for ten seconds is disconnected, and comes back with his number.
package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"linklog/capture"
	"linklog/filter"
	"linklog/format/services"
	"linklog/service"
	"linklog/service/archive"
	"linklog/service/book"
	"linklog/service/history"
	"linklog/service/localsocket"
)

// Version is the version of the protocol, the 1 of /v1/.
const Version = 1

// VersionHeader is the header by which a caller may say which version he speaks.
const VersionHeader = "LinkLog-API"

// Config is what a Server needs.
type Config struct {
	Engine   *service.Engine
	Version  string             // of the program
	DataDir  string             // for the status
	Services *services.Table    // nil: the system's
	Policy   localsocket.Policy // who may do what
	Log      *slog.Logger       // nil: nothing is logged

	// Settings reads and changes the settings file; nil: there is none here.
	Settings SettingsFile

	// Heartbeat is how often a stream without events shows that it lives; 0: 15 s.
	Heartbeat time.Duration
}

// SettingsFile is the settings as they are kept.
type SettingsFile interface {
	Read() (text []byte, path string, err error)
	IsAbsent() bool

	// Write checks, keeps and applies other settings. restart tells that some of
	// them count from the next start of the service only.
	Write(text []byte) (restart bool, err error)

	// Reload applies the file as it is now, restart as for Write.
	Reload() (restart bool, err error)
}

// Limits of what callers may ask for.
const (
	MaxClients        = 64       // connections
	MaxClientsPerUser = 8        // connections of one user
	maxHeader         = 16 << 10 // bytes
	maxBody           = 1 << 20  // bytes of a request
	maxImport         = 16 << 20 // bytes of a batch to import
	maxHeavy          = 2        // answers at once that take much memory
	MaxImportEvents   = 10_000   // events in a batch to import

	readWithin  = 10 * time.Second // for a request
	idleWithin  = 2 * time.Minute  // between requests
	writeWithin = 10 * time.Second // for a part of an answer
)

// Server answers requests.
type Server struct {
	config  Config
	engine  *service.Engine
	log     *slog.Logger
	clients clients
	changes sync.Mutex    // of the settings
	heavies chan struct{} // holds a token for each heavy answer that is made
	http    http.Server
	ending  context.Context // done when streams are to end
	end     context.CancelFunc
}

// New makes a Server.
func New(c Config) *Server {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Services == nil {
		c.Services = services.Default()
	}
	if c.Heartbeat <= 0 {
		c.Heartbeat = 15 * time.Second
	}
	s := &Server{config: c, engine: c.Engine, log: c.Log, heavies: make(chan struct{}, maxHeavy)}
	s.clients.policy = c.Policy
	s.ending, s.end = context.WithCancel(context.Background())
	s.http = http.Server{
		Handler:     s.handler(),
		ReadTimeout: readWithin, IdleTimeout: idleWithin, MaxHeaderBytes: maxHeader,
		ConnContext: s.clients.identify,
		// OPTIONS * is answered to everybody otherwise.
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     log.New(io.Discard, "", 0), // what callers do wrong is their business
	}
	return s
}

// Serve answers on a listener until Close.
func (s *Server) Serve(l net.Listener) error {
	go func() {
		every := time.NewTicker(reviewEvery)
		defer every.Stop()
		for {
			select {
			case <-every.C:
				s.clients.review()
			case <-s.ending.Done():
				return
			}
		}
	}()
	if err := s.http.Serve(s.counted(l)); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("local socket: %w", err)
	}
	return nil
}

// Close ends all streams, waits a moment for other answers, and closes the
// connections.
func (s *Server) Close() error {
	s.end()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := s.http.Shutdown(ctx); err != nil {
		return s.http.Close()
	}
	return nil
}

// SetPolicy changes who may do what. It counts at once, for those who are connected, too.
func (s *Server) SetPolicy(p localsocket.Policy) { s.clients.setPolicy(p) }

// handle is a handler that may fail.
type handle func(w http.ResponseWriter, r *http.Request) error

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	view := func(pattern string, h handle) { mux.Handle(pattern, s.wrap(localsocket.Viewer, h)) }
	admin := func(pattern string, h handle) { mux.Handle(pattern, s.wrap(localsocket.Admin, h)) }

	view("GET /v1/hello", s.hello)
	view("GET /v1/status", s.status)

	view("GET /v1/events", s.events)
	view("GET /v1/follow", s.follow)
	view("GET /v1/count", s.count)
	view("GET /v1/groups", s.groups)

	view("GET /v1/hosts", s.hosts)
	view("GET /v1/hosts/{ref}", s.host)
	view("PUT /v1/hosts/{ref}/label", s.label)
	view("POST /v1/hosts/seen", s.seen)
	view("GET /v1/devices", s.devices)
	view("PUT /v1/devices/{ref}/label", s.label)
	view("POST /v1/names", s.names)
	view("GET /v1/names/{ip}", s.namesSeen)
	view("GET /v1/ignore", s.ignores)
	view("POST /v1/ignore", s.ignore)
	view("DELETE /v1/ignore", s.unignore)
	view("GET /v1/alerts", s.alerts)
	view("GET /v1/alerts/digest", s.digest)
	view("GET /v1/alerts/cursor/{name}", s.cursor)
	view("PUT /v1/alerts/cursor/{name}", s.setCursor)
	view("GET /v1/mute", s.mute)
	view("PUT /v1/mute", s.setMute)

	view("GET /v1/settings", s.settings)
	admin("PUT /v1/settings", s.setSettings)
	admin("POST /v1/reload", s.reload)
	admin("DELETE /v1/events", s.purge)
	admin("POST /v1/import", s.importEvents)

	mux.Handle("/", s.wrap(localsocket.Viewer, s.unknown))
	// The mux answers some requests itself (redirects to clean paths, 405): only to those
	// who may ask.
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		err := s.allow(r)
		if err == nil && r.RequestURI == "*" { // which the mux does not take
			err = s.unknown(w, r)
		}
		if err != nil {
			s.fail(w, r, err)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// wrap lets a request through to a handler if its caller may, and makes an answer
// of what goes wrong.
func (s *Server) wrap(need localsocket.Role, h handle) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v != http.ErrAbortHandler {
				s.log.Error("fault in an answer, worth a report", "request", r.Method+" "+r.URL.Path, "fault", v, "stack", string(debug.Stack()))
			}
			panic(http.ErrAbortHandler) // ends this connection only
		}()
		body := int64(maxBody)
		if r.URL.Path == "/v1/import" {
			body = maxImport
		}
		r.Body = http.MaxBytesReader(w, r.Body, body)
		ctx, end := s.clients.begin(r.Context(), need)
		defer end()
		r = r.WithContext(ctx)
		err := s.may(r, need)
		if err == nil {
			err = h(w, r)
		}
		switch {
		case err == nil:
		case lostRight(ctx) != nil:
			s.fail(w, r, lostRight(ctx))
		case r.Context().Err() != nil && errors.Is(err, context.Canceled):
			// The caller left, or closed his half: what did not happen must not look like
			// a success to him.
			panic(http.ErrAbortHandler)
		default:
			s.fail(w, r, err)
		}
	})
}

// allow refuses whoever may not ask. No browser may: a page that finds a way here
// (a proxy, an extension) must not read what a household does.
func (s *Server) allow(r *http.Request) error {
	for _, name := range []string{"Origin", "Referer", "Sec-Fetch-Site"} {
		if r.Header.Get(name) != "" {
			return &Error{Status: http.StatusForbidden, Message: "requests of browsers are refused (header " + name + ")"}
		}
	}
	switch host, _, _ := strings.Cut(r.Host, ":"); host {
	case "", "linklog", "localhost":
	default:
		return &Error{Status: http.StatusForbidden, Message: "the host of a request must be linklog or localhost, not " + strconv.Quote(host)}
	}
	s.clients.named(r.Context(), r.UserAgent())
	if err := s.may(r, localsocket.Viewer); err != nil {
		return err
	}
	if c := callerOf(r.Context()); c.tooMany {
		w := "all its users"
		if c.ofUser {
			w = s.clients.who(c)
		}
		return &Error{Status: http.StatusTooManyRequests, Message: "too many connections of " + w + " to LinkLog's service: close some"}
	}
	if v := r.Header.Get(VersionHeader); v != "" && v != strconv.Itoa(Version) {
		return &Error{Status: http.StatusUpgradeRequired, Message: fmt.Sprintf("the service (%s) speaks version %d of the protocol, the caller version %s: "+
			"update whichever is older", s.config.Version, Version, strconv.Quote(v))}
	}
	return nil
}

// may refuses a caller who may not do what needs a role, as things stand now.
func (s *Server) may(r *http.Request, need localsocket.Role) error {
	c := callerOf(r.Context())
	if refusal := s.clients.refusal(c, s.clients.present(c), need); refusal != nil {
		return refusal
	}
	return nil
}

// lostRight is why a request ends whose caller has lost the right to it; nil: it goes on.
func lostRight(ctx context.Context) error {
	var refusal *Error
	if errors.As(context.Cause(ctx), &refusal) {
		return refusal
	}
	return nil
}

// turnAway answers whoever may do nothing, whatever is asked, and however: a stranger
// gets no further than here.
func (s *Server) turnAway(c *conn) {
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(readWithin))
	var head []byte
	for b := make([]byte, 1024); len(head) < maxHeader && !bytes.Contains(head, []byte("\n\r\n")) && !bytes.Contains(head, []byte("\n\n")); {
		n, err := c.Read(b)
		head = append(head, b[:n]...)
		if err != nil {
			break
		}
	}
	if len(head) == 0 {
		return // it only knocked
	}
	e := s.clients.refusal(&c.caller, localsocket.Refused, localsocket.Viewer)
	e.Message = capture.Clean(e.Message)
	data, _ := json.Marshal(e)
	data = append(data, '\n')
	answer := fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nCache-Control: no-store\r\n"+
		"X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n", e.Status, http.StatusText(e.Status), len(data))
	if !bytes.HasPrefix(head, []byte("HEAD ")) {
		answer = append(answer, data...)
	}
	if _, err := c.Write(answer); err != nil {
		return
	}
	// The rest is read for a moment: closed at once, the caller could miss the answer.
	_ = c.SetReadDeadline(time.Now().Add(time.Second))
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	_, _ = io.CopyN(io.Discard, c, maxBody)
}

// heavy waits for its turn to make an answer that takes much memory.
func (s *Server) heavy(ctx context.Context) (end func(), err error) {
	select {
	case s.heavies <- struct{}{}:
		return func() { <-s.heavies }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *Server) unknown(w http.ResponseWriter, r *http.Request) error {
	message := fmt.Sprintf("there is no %s %s; see docs/socket.md", r.Method, r.URL.Path)
	if !strings.HasPrefix(r.URL.Path, "/v1/") {
		message = fmt.Sprintf("there is no %s: this service speaks version %d, below /v%d/", r.URL.Path, Version, Version)
	}
	return &Error{Status: http.StatusNotFound, Message: message}
}

func (s *Server) hello(w http.ResponseWriter, r *http.Request) error {
	c := callerOf(r.Context())
	role := s.clients.present(c)
	h := Hello{
		API: Version, Service: s.config.Version, ID: s.engine.ID(), Role: role.String(), User: s.clients.who(c),
		Last: s.engine.Last(), Oldest: s.engine.Oldest(), Alert: s.engine.Hosts().LastAlert(), Port: s.engine.Port(), Open: s.engine.Listening(),
	}
	return answer(w, h)
}

// answer writes a value as JSON.
func answer(w http.ResponseWriter, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return err
	}
	_, err = w.Write(append(data, '\n'))
	return err
}

// body reads the JSON object of a request, which has one member, precisely as it is
// named, once, and not null. encoding/json would take all of that for something. what
// says what it is, where the body has to have it.
func body(r *http.Request, name, what string, into any) error {
	d := json.NewDecoder(r.Body)
	given, err := false, error(nil)
	expect := func(want json.Delim) {
		if err == nil {
			var t json.Token
			if t, err = d.Token(); err == nil && t != want {
				err = fmt.Errorf("it is not a JSON object")
			}
		}
	}
	for expect('{'); err == nil && d.More(); given = true {
		var key json.Token
		var value json.RawMessage
		if key, err = d.Token(); err == nil {
			err = d.Decode(&value)
		}
		switch {
		case err != nil:
		case key != name:
			err = fmt.Errorf("there is no member %q; there is %q", key, name)
		case given:
			err = fmt.Errorf("%s is given more than once", name)
		case string(value) == "null":
			err = fmt.Errorf("%s is null, not a value", name)
		default:
			if err = json.Unmarshal(value, into); err != nil {
				err = fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	expect('}')
	if err == nil {
		if _, end := d.Token(); end != io.EOF {
			err = errors.New("there is more behind the JSON object")
		}
	}
	if err == nil && !given && what != "" {
		err = fmt.Errorf("no %s: %s", name, what)
	}
	if large := (*http.MaxBytesError)(nil); err == nil || errors.As(err, &large) {
		return err
	}
	return badRequest("body: %w", err)
}

func badRequest(format string, args ...any) error {
	return &Error{Status: http.StatusBadRequest, Message: fmt.Errorf(format, args...).Error()}
}

// fail answers with an error. Where the answer has begun it breaks it off, so that
// the caller does not take it for whole.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if w.Header().Get("Content-Type") != "" {
		s.log.Warn("answer broken off", "request", r.URL.Path, "error", err)
		panic(http.ErrAbortHandler)
	}
	e := &Error{Status: http.StatusInternalServerError, Message: err.Error()}
	var wrong *filter.Error
	var gone *service.GoneError
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &e):
	case errors.As(err, &wrong):
		e.Status, e.Field, e.Pattern = http.StatusBadRequest, wrong.Field, wrong.Pattern
		if wrong.Offset >= 0 {
			e.Offset = &wrong.Offset
		}
	case errors.As(err, &gone):
		e.Status, e.Oldest = http.StatusGone, gone.Oldest
	case errors.As(err, &large):
		e.Status, e.Message = http.StatusRequestEntityTooLarge, fmt.Sprintf("a request may have %d bytes", large.Limit)
	case errors.Is(err, archive.ErrSeq), errors.Is(err, book.ErrLimit), errors.Is(err, book.ErrOwn):
		e.Status = http.StatusBadRequest
	case errors.Is(err, book.ErrFull), errors.Is(err, book.ErrReadOnly), errors.Is(err, history.ErrFull), errors.Is(err, history.ErrReadOnly):
		e.Status = http.StatusInsufficientStorage
	default:
		s.log.Error("request failed", "request", r.Method+" "+r.URL.Path, "error", err)
	}
	// It may repeat what the caller wrote, and end in a terminal.
	e.Message = capture.Clean(strings.ReplaceAll(e.Message, "\n", "; "))
	data, _ := json.Marshal(e)
	w.Header().Set("Content-Type", "application/json")
	if e.Status == http.StatusForbidden || e.Status == http.StatusTooManyRequests {
		w.Header().Set("Connection", "close")
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeWithin))
	w.WriteHeader(e.Status)
	_, _ = w.Write(append(data, '\n'))
}
