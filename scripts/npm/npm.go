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
)

// JSON fetches a package and decodes one JSON file of it.
func JSON(name, version, file string, to any) error {
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
	f, err := os.Open(filepath.Join(dir, name+"-"+version+".tgz"))
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
			return fmt.Errorf("%s %s: no file %s", name, version, file)
		}
		if err != nil {
			return err
		}
		if head.Name != file {
			continue
		}
		return json.NewDecoder(t).Decode(to)
	}
}
