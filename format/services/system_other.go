//go:build !windows

package services

// systemFile gives the path of the system's services file.
func systemFile() string { return "/etc/services" }
