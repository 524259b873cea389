package origin

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Domain is the part of a host's name that somebody registered, "netflix.com" of
// "api.eu.netflix.com", in small letters; "": the name has none, as those of devices. What
// a provider gives to its customers counts as the provider's: "cloudfront.net".
func Domain(name string) string {
	name = strings.ToLower(strings.Trim(name, "."))
	suffix, public := publicsuffix.PublicSuffix(name)
	for !public {
		_, rest, more := strings.Cut(suffix, ".")
		if !more {
			break // of no registry that is known
		}
		suffix, public = publicsuffix.PublicSuffix(rest)
	}
	owned := strings.TrimSuffix(strings.TrimSuffix(name, suffix), ".")
	if owned == "" || owned == name {
		return ""
	}
	return owned[strings.LastIndexByte(owned, '.')+1:] + "." + suffix
}
