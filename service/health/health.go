// Package health holds what is wrong with the service now, as data: a code that
// programs decide by, and values from which whoever shows it makes a sentence in the
// language of the reader.
package health

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"linklog/phrase"
)

// Condition is something that is wrong.
type Condition struct {
	Code  Code
	Place string         // the file or the port it is about, where there can be several; else ""
	Args  map[string]any // the values in its sentence, by name
	Since time.Time      // it was reported first, see Health.Report
}

// New makes a Condition of a code, a place, and names with their values.
func New(code Code, place string, values ...any) Condition {
	return Condition{Code: code, Place: place, Args: phrase.Say("", values...).Values}
}

// Reason is what is wrong, as a sentence.
func (c *Condition) Reason() phrase.Phrase {
	return phrase.Phrase{Format: kinds[c.Code].text, Values: c.Args}
}

// Where names the part of the service that is concerned: "port", "history file
// history-2026-11-000001.db".
func (c *Condition) Where() string { return c.where(nil) }

func (c *Condition) where(words phrase.Words) string {
	where := words.L(c.Code.Part())
	if c.Place != "" {
		where += " " + c.Place
	}
	return where
}

// In is what is wrong, and with which part, in a language.
func (c *Condition) In(words phrase.Words) string {
	return c.where(words) + ": " + words.Say(c.Reason())
}

// Severity is that of its code.
func (c *Condition) Severity() Severity { return c.Code.Severity() }

// Health is what is wrong now. Its methods may be called from any goroutine.
type Health struct {
	log *slog.Logger

	mu  sync.Mutex
	all map[key]Condition
}

// key tells conditions apart: two parts of the service never share one.
type key struct {
	code  Code
	place string
}

// NewHealth returns a Health in which nothing is wrong. Each condition is logged once
// when it begins and once when it is over.
func NewHealth(log *slog.Logger) *Health { return &Health{log: log, all: make(map[key]Condition)} }

// Report tells that something is wrong from now on, or is still.
func (h *Health) Report(c Condition) {
	k := key{c.Code, c.Place}
	h.mu.Lock()
	before, known := h.all[k]
	if c.Since = before.Since; !known {
		c.Since = time.Now()
	}
	h.all[k] = c
	h.mu.Unlock()
	if !known {
		level, text := loud(c)
		h.log.Log(context.Background(), level, text, "with", c.Where(), "error", c.Reason().String())
	}
}

// loud is how a Condition is logged.
func loud(c Condition) (slog.Level, string) {
	switch c.Severity() {
	case Note:
		return slog.LevelInfo, "note"
	case Warning:
		return slog.LevelWarn, "trouble"
	}
	return slog.LevelError, "trouble"
}

// Over tells that something is not wrong any more, if it was.
func (h *Health) Over(code Code, place string) {
	k := key{code, place}
	h.mu.Lock()
	c, known := h.all[k]
	delete(h.all, k)
	h.mu.Unlock()
	if known {
		_, text := loud(c)
		h.log.Info(text+" is over", "with", c.Where())
	}
}

// Check reports an error, or that there is none any more.
func (h *Health) Check(code Code, err error) { h.CheckAt(code, "", err) }

// CheckAt is Check for a place of several.
func (h *Health) CheckAt(code Code, place string, err error) {
	if err == nil {
		h.Over(code, place)
		return
	}
	h.Report(New(code, place, "Error", err))
}

// Has reports whether something is wrong now, anywhere.
func (h *Health) Has(codes ...Code) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for k := range h.all {
		if slices.Contains(codes, k.code) {
			return true
		}
	}
	return false
}

// List is all that is wrong now, by where.
func (h *Health) List() []Condition {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]Condition, 0, len(h.all))
	for _, c := range h.all {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b Condition) int {
		return cmp.Or(cmp.Compare(a.Where(), b.Where()), cmp.Compare(a.Code, b.Code))
	})
	return list
}
