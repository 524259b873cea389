package client

import (
	"sync"

	"linklog/assets/origin"
	"linklog/service/api"
)

// Origins has this program say who addresses belong to by the same files as the service.
type Origins struct {
	mu   sync.Mutex
	used api.Origins
}

// Use takes what a status says. Where a file cannot be read here, as the service may run on
// another computer or as another user, what is built in is used; the error says so once.
func (o *Origins) Use(from api.Origins) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if from == o.used {
		return nil
	}
	o.used = from
	files, err := origin.Open(from.ASN, from.Country)
	origin.Use(files) // nil after an error
	return err
}
