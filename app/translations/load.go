// Package translations loads the texts of the app.
package translations

import (
	"errors"
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	texts "linklog/app/lang"
)

// Load loads the texts in a language: "en", "de", or "" for the system's. The
// translations of Fyne cannot be told which language to take, so for one that was
// chosen its texts are loaded for the system's language, too.
func Load(language string) error {
	list, err := texts.Files.ReadDir(".")
	if err != nil {
		return fmt.Errorf("texts: %w", err)
	}
	var errs []error
	for _, f := range list {
		data, err := texts.Files.ReadFile(f.Name())
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
