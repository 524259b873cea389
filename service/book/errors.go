package book

import (
	"errors"

	"linklog/phrase"
)

// ErrClosed: the Store is closed.
var ErrClosed = errors.New("the file is closed")

// Refusal says why the caller cannot have what it wants: more kept, or longer, than there is
// room for, or a change of what is the service's alone.
type Refusal struct{ Why phrase.Phrase }

func (r Refusal) Error() string { return r.Why.String() }

// Phrase is why, to be translated.
func (r Refusal) Phrase() phrase.Phrase { return r.Why }
