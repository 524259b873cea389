// Package lang has the texts of the app in each language there is: NAME.LANGUAGE.json for each
// package with texts on the screen, and wrong.LANGUAGE.json for what filter, format and
// service/settings say is wrong (see package phrase). The command has them for what the service says
// to people by itself.
package lang

import (
	"embed"
	"encoding/json"
	"strings"

	"linklog/phrase"
)

// files are all texts.
//
//go:embed *.json
var files embed.FS

// Read is the file of texts of a package in a language.
func Read(name, language string) ([]byte, error) {
	return files.ReadFile(name + "." + language + ".json")
}

// All are the files of texts, each with its language.
func All(yield func(language string, text []byte) bool) {
	list, _ := files.ReadDir(".") // it is built in
	for _, f := range list {
		text, _ := files.ReadFile(f.Name())
		of := strings.TrimSuffix(f.Name(), ".json")
		if !yield(of[strings.LastIndexByte(of, '.')+1:], text) {
			return
		}
	}
}

// Words are all texts of a language, without those that have several forms. Of English
// there are none: phrases are English, and a megabyte that says so again is for nothing.
func Words(language string) phrase.Words {
	if language == "en" {
		return nil
	}
	words := make(phrase.Words)
	for of, text := range All {
		var in map[string]any
		if of != language || json.Unmarshal(text, &in) != nil { // TestTexts would fail
			continue
		}
		for key, value := range in {
			if text, is := value.(string); is {
				words[key] = text
			}
		}
	}
	return words
}
