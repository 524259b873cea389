package serve

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"linklog/capture"
	"linklog/filter"
	"linklog/phrase"
	"linklog/service/api"
	"linklog/service/archive"
	"linklog/service/book"
	"linklog/service/engine"
	"linklog/service/sqlite"
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

// body reads the JSON object of a request, which has one member, precisely as it is
// named, once, and not null. encoding/json would take all of that for something. what
// says what it is, where the body has to have it.
func body(r *http.Request, name string, what phrase.Phrase, into any) error {
	d := json.NewDecoder(r.Body)
	given, err := false, error(nil)
	expect := func(want json.Delim) {
		if err == nil {
			var t json.Token
			if t, err = d.Token(); err == nil && t != want {
				err = phrase.Say("it is not a JSON object")
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
			err = phrase.Say("there is no member {{.Given}}; there is {{.Name}}", "Given", strconv.Quote(fmt.Sprint(key)), "Name", strconv.Quote(name))
		case given:
			err = phrase.Say("{{.Name}} appears more than once", "Name", name)
		case string(value) == "null":
			err = phrase.Say("{{.Name}} is null, not a value", "Name", name)
		default:
			if err = json.Unmarshal(value, into); err != nil {
				err = phrase.Say("{{.Name}}: {{.Reason}}", "Name", name, "Reason", err)
			}
		}
	}
	expect('}')
	if err == nil {
		if _, end := d.Token(); end != io.EOF {
			err = phrase.Say("there is more behind the JSON object")
		}
	}
	if err == nil && !given && !what.IsZero() {
		err = phrase.Say("no {{.Name}}: {{.What}}", "Name", name, "What", what)
	}
	if large := (*http.MaxBytesError)(nil); err == nil || errors.As(err, &large) {
		return err
	}
	return badRequest(phrase.Say("body: {{.Reason}}", "Reason", err))
}

// refuse is an answer that is not a success.
func refuse(status int, reason phrase.Phrase) *api.Error {
	return &api.Error{Status: status, Message: oneLine(reason.String()), Reason: clean(reason)}
}

// failed is refuse for an error, which may say more than the reason in it.
func failed(status int, err error) *api.Error {
	e := refuse(status, phrase.Of(err))
	e.Message = oneLine(err.Error())
	return e
}

func badRequest(reason phrase.Phrase) error { return refuse(http.StatusBadRequest, reason) }

// oneLine is a text for a terminal: it may repeat what the caller wrote.
func oneLine(text string) string { return capture.Clean(strings.ReplaceAll(text, "\n", "; ")) }

// clean makes oneLine of the values.
func clean(p phrase.Phrase) phrase.Phrase {
	values := make(map[string]any, len(p.Values))
	for name, v := range p.Values {
		switch v := v.(type) {
		case error:
			values[name] = clean(phrase.Of(v))
		case string:
			values[name] = oneLine(v)
		default:
			values[name] = v
		}
	}
	return phrase.Phrase{Format: p.Format, Values: values}
}

// fail answers with an error. Where the answer has begun it breaks it off, so that
// the caller does not take it for whole.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if w.Header().Get("Content-Type") != "" {
		s.log.Warn("answer aborted", "request", r.URL.Path, "error", err)
		panic(http.ErrAbortHandler)
	}
	var e *api.Error
	if !errors.As(err, &e) {
		e = s.errorOf(err, r)
	}
	data, _ := json.Marshal(e)
	w.Header().Set("Content-Type", "application/json")
	if e.Status == http.StatusForbidden || e.Status == http.StatusTooManyRequests {
		w.Header().Set("Connection", "close")
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeWithin))
	w.WriteHeader(e.Status)
	_, _ = w.Write(append(data, '\n'))
}

// errorOf is what an error of the service means to a caller.
func (s *Server) errorOf(err error, r *http.Request) *api.Error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return refuse(http.StatusRequestEntityTooLarge, phrase.Say("a request may have {{.Limit}} bytes", "Limit", large.Limit))
	}
	if errors.Is(err, archive.ErrSeq) {
		return refuse(http.StatusBadRequest, phrase.Say("no imported event has this number"))
	}
	var gone *engine.GoneError
	if errors.As(err, &gone) {
		e := refuse(http.StatusGone, phrase.Say("events that old are no longer kept; the oldest has number {{.Number}}", "Number", gone.Oldest))
		e.Oldest = gone.Oldest
		return e
	}
	e := failed(http.StatusInternalServerError, err)
	var wrong *filter.Error
	switch {
	case errors.As(err, &wrong):
		e.Status, e.Field, e.Pattern = http.StatusBadRequest, wrong.Field, wrong.Pattern
		if wrong.Offset >= 0 {
			e.Offset = &wrong.Offset
		}
	case errors.As(err, new(book.Refusal)):
		e.Status = http.StatusBadRequest
	case errors.Is(err, sqlite.ErrFull):
		e.Status, e.Reason = http.StatusInsufficientStorage, phrase.Say("the disk is full")
	case errors.Is(err, sqlite.ErrReadOnly):
		e.Status, e.Reason = http.StatusInsufficientStorage, phrase.Say("the service cannot write its files")
	default:
		s.log.Error("request failed", "request", r.Method+" "+r.URL.Path, "error", err)
	}
	return e
}
