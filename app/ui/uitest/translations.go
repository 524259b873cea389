package uitest

import (
	"io"
	"log"
	"strings"
	"sync"
	"testing"
)

// FailTranslations lets a test fail if it shows a text that is not in the language, or has no form
// for a number: Fyne only logs that.
func FailTranslations(t testing.TB) {
	w := &untranslated{missing: make(map[string]bool)}
	before := log.Writer()
	log.SetOutput(io.MultiWriter(before, w))
	t.Cleanup(func() {
		log.SetOutput(before)
		w.mu.Lock()
		defer w.mu.Unlock()
		for text := range w.missing {
			t.Error(text)
		}
	})
}

// untranslated collects what Fyne logs about texts.
type untranslated struct {
	mu      sync.Mutex
	failing bool
	missing map[string]bool
}

// Write implements io.Writer: it gets one line.
func (u *untranslated) Write(line []byte) (int, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, cause, is := strings.Cut(string(line), "Cause: "); is && u.failing {
		u.missing[strings.TrimSpace(cause)] = true
	}
	u.failing = strings.Contains(string(line), "Translation failure")
	return len(line), nil
}
