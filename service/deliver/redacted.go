package deliver

import "strings"

// redacted takes secrets out of what a server says.
type redacted struct {
	secrets []string // not to be in an error
}

// secret takes a text that no error has in it, unless it is so short that it may be any.
func (r *redacted) secret(text string) {
	if len(text) > 3 {
		r.secrets = append(r.secrets, text)
	}
}

// hide takes the secrets out of a text.
func (r *redacted) hide(text string) string {
	for _, s := range r.secrets {
		text = strings.ReplaceAll(text, s, "…")
	}
	return text
}
