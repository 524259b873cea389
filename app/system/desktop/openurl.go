package desktop

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"linklog/capture"
)

// maxURL bounds an address, in bytes; Windows takes no longer ones.
const maxURL = 2048

// OpenURL opens a page in the user's browser, and in nothing else: the address must
// begin with http:// or https:// and name a host. It is handed to the system as one
// argument, without a shell. It waits until that has failed, or for failsWithin.
func OpenURL(address string) error {
	address, err := checkURL(address)
	if err != nil {
		return err
	}
	return inBrowser(address)
}

// OpenPage opens a file with a page of HTML in the browser, as OpenURL does. Who calls it made the file.
func OpenPage(path string) error {
	path, err := filepath.Abs(path) // which is never taken for an option
	if err != nil {
		return err
	}
	if filepath.Ext(path) != ".html" {
		return fmt.Errorf("%s is not a page of HTML", path)
	}
	return inBrowser(path)
}

// failsWithin is how long the system may take to find that it has no browser: it says so by its exit code
// alone. With one it ends at once, or stays as long as that does.
const failsWithin = 2 * time.Second

func inBrowser(what string) error {
	cmd := browser(what)
	failed := func(err error) error {
		return fmt.Errorf("open %s in a browser: %s: %w", what, filepath.Base(cmd.Path), err)
	}
	if err := cmd.Start(); err != nil {
		return failed(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			return failed(err)
		}
	case <-time.After(failsWithin):
	}
	return nil
}

// checkURL returns an address as it may be passed on. What it gives has printable
// characters of ASCII only, without blanks, quotes or a beginning that is an option's.
func checkURL(address string) (string, error) {
	if len(address) > maxURL {
		return "", fmt.Errorf("the address is %d bytes long; at most %d can be opened", len(address), maxURL)
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("%q is not a valid web address: %w", capture.Clean(address), errors.Unwrap(err))
	}
	wrong := func(why string) error {
		return fmt.Errorf("%q is not a valid web address: %s", capture.Clean(address), why)
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return "", wrong("it must begin with https:// or http://")
	case u.Hostname() == "":
		return "", wrong("it names no host")
	case u.User != nil:
		return "", wrong("it has a user's name in it, which hides where it leads")
	}
	clean := (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery, Fragment: u.Fragment, RawFragment: u.RawFragment}).String()
	if i := strings.IndexFunc(clean, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune("\"'`<>\\^{}|", r) }); i >= 0 {
		return "", wrong(fmt.Sprintf("%q must be written with %%", clean[i:i+1]))
	}
	return clean, nil
}
