package book

import "errors"

// What a caller may want to tell apart with errors.Is, beside the errors of package sqlite.
var (
	// ErrLimit: the caller wants to have more kept, or longer, than there is room for.
	ErrLimit = errors.New("too much")

	// ErrClosed: the Store is closed.
	ErrClosed = errors.New("the file is closed")
)
