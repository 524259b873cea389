// Package translations loads the texts of the app.
package translations

import (
	"errors"
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	texts "linklog/app/lang"
)

// Load loads the texts in a language: "en", "de", or "" for the system's. The
// translations of Fyne cannot be told which language to take, so for one that was
// chosen its texts are loaded for the system's language, too.
func Load(language string) error {
	var errs []error
	for of, data := range texts.All {
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
				errs = append(errs, fmt.Errorf("texts in %s: %w", of, err))
			}
		}
	}
	return errors.Join(errs...)
}
