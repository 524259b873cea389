package translations

import "testing"

// The files of texts can be loaded.
func TestLoad(t *testing.T) {
	for _, language := range []string{"", "de", "en"} {
		if err := Load(language); err != nil {
			t.Error(err)
		}
	}
}
