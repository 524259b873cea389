package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// What is no file is search text if it has a key, also one that there is not, of which the search
// text says so.
func TestFilesAndTerms(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("router.log", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join("old", "log:1")
	for _, test := range []struct {
		args         []string
		files, terms []string
		wrong        string // with an argument
		search       string // what is wrong with the search text
	}{
		{[]string{"router.log", "verdict:blocked", "!is:new"}, []string{"router.log"}, []string{"verdict:blocked", "!is:new"}, "", ""},
		{[]string{"router.log", "any:edge"}, []string{"router.log"}, []string{"any:edge"}, "", ""},
		{[]string{"-", "verdit:blocked"}, []string{"-"}, []string{"verdit:blocked"}, "", "unknown key: did you mean verdict?"},
		{[]string{"-", "!Dts:17.*"}, []string{"-"}, []string{"!Dts:17.*"}, "", "unknown key: did you mean dst?"},
		{[]string{"router.log", "edge"}, nil, nil, "any:edge", ""},
		{[]string{folder, "C:router.log", "missing.log"}, []string{folder, "C:router.log", "missing.log"}, nil, "", ""},
	} {
		files, terms, err := filesAndTerms(test.args)
		if (err != nil) != (test.wrong != "") || err != nil && !strings.Contains(err.Error(), test.wrong) || !slices.Equal(files, test.files) || !slices.Equal(terms, test.terms) {
			t.Errorf("%q: files %q, terms %q, %v", test.args, files, terms, err)
		}
		if test.search == "" {
			continue
		}
		if err := new(readOptions).search(terms, time.Now()); err == nil || !strings.Contains(err.Error(), test.search) {
			t.Errorf("%q: %v", terms, err)
		}
	}
}

// The help of the search text names every key.
func TestSearchHelpHasAny(t *testing.T) {
	if notes := searchHelp()[searchNotes]; !strings.Contains(notes, "\n    any:      words to be found") {
		t.Error(notes)
	}
}
