//go:build unix

package install

import "linklog/service/port"

// whoHolds explains why a socket could not be opened; with nobody on the port the
// system's own words have to do.
func whoHolds(number uint16, failure error) string {
	p, err := port.Holder(number)
	if err != nil && err != port.ErrUnknown {
		return failure.Error()
	}
	return port.Advice(p, number)
}
