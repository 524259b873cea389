//go:build unix && !linux

package origin

func advise([]byte) error { return nil }
