// Package lang holds the texts of the app in each language there is, and loads them:
// NAME.LANGUAGE.json for each package with texts on the screen, and wrong.LANGUAGE.json for
// what filter, format and service/settings say is wrong (see package phrase).
package lang

import (
	"embed"
	"errors"
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

//go:embed *.json
var files embed.FS

// Read is the file of texts of a package in a language.
func Read(name, language string) ([]byte, error) {
	return files.ReadFile(name + "." + language + ".json")
}

// Load loads the texts in a language: "en", "de", or "" for the system's. The
// translations of Fyne cannot be told which language to take, so for one that was
// chosen its texts are loaded for the system's language, too.
func Load(language string) error {
	list, err := files.ReadDir(".")
	if err != nil {
		return fmt.Errorf("texts: %w", err)
	}
	var errs []error
	for _, f := range list {
		data, err := files.ReadFile(f.Name())
		if err != nil {
			errs = append(errs, err)
			continue
		}
		of := strings.TrimSuffix(f.Name(), ".json")
		of = of[strings.LastIndexByte(of, '.')+1:]
		locales := []fyne.Locale{fyne.Locale(of)}
		switch {
		case language == "":
		case language == of:
			locales = []fyne.Locale{"en", "de", lang.SystemLocale()}
		default:
			continue
		}
		for _, l := range locales {
			if err := lang.AddTranslationsForLocale(data, l); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", f.Name(), err))
			}
		}
	}
	return errors.Join(errs...)
}
