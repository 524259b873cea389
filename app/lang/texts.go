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

// Files are all texts.
//
//go:embed *.json
var Files embed.FS

// Read is the file of texts of a package in a language.
func Read(name, language string) ([]byte, error) {
	return Files.ReadFile(name + "." + language + ".json")
}

// Words are all texts of a language, without those that have several forms. Of English
// there are none: phrases are English, and a megabyte that says so again is for nothing.
func Words(language string) phrase.Words {
	if language == "en" {
		return nil
	}
	words := make(phrase.Words)
	list, _ := Files.ReadDir(".") // it is built in
	for _, f := range list {
		if !strings.HasSuffix(f.Name(), "."+language+".json") {
			continue
		}
		var in map[string]any
		text, err := Files.ReadFile(f.Name())
		if err != nil || json.Unmarshal(text, &in) != nil {
			continue // TestTexts would fail
		}
		for key, value := range in {
			if text, is := value.(string); is {
				words[key] = text
			}
		}
	}
	return words
}
