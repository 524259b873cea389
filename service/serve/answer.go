package serve

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"linklog/capture"
	"linklog/filter"
	"linklog/service"
	"linklog/service/api"
	"linklog/service/archive"
	"linklog/service/book"
	"linklog/service/history"
)

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

// done answers that it is done.
func done(w http.ResponseWriter) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
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
	return &api.Error{Status: http.StatusBadRequest, Message: fmt.Errorf(format, args...).Error()}
}

// fail answers with an error. Where the answer has begun it breaks it off, so that
// the caller does not take it for whole.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if w.Header().Get("Content-Type") != "" {
		s.log.Warn("answer broken off", "request", r.URL.Path, "error", err)
		panic(http.ErrAbortHandler)
	}
	e := &api.Error{Status: http.StatusInternalServerError, Message: err.Error()}
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
