package port

import "golang.org/x/sys/windows"

// underWine reports whether this is wine, in whose table of TCP nobody listens.
func underWine() bool {
	return windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil
}
