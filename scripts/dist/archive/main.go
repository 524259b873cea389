// Command archive packs a folder so that the same content gives the same bytes on every system: sorted, owned by root, with
// SOURCE_DATE_EPOCH for a time and a mode that does not depend on the umask.
//
//	archive FILE.tar.gz|FILE.zip FOLDER
package main

import (
	"archive/tar"
	"archive/zip"
	"compress/flate"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

func main() {
	if len(os.Args) != 3 {
		fatal(fmt.Errorf("usage: archive FILE.tar.gz|FILE.zip FOLDER"))
	}
	if err := pack(os.Args[1], os.Args[2]); err != nil {
		os.Remove(os.Args[1]) // half an archive looks like one
		fatal(err)
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "archive:", err)
	os.Exit(1)
}

// file is a file in an archive.
type file struct {
	name string // with the folder's own name in front
	mode fs.FileMode
	data []byte
}

func pack(target, folder string) error {
	seconds, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64)
	if err != nil {
		return fmt.Errorf("SOURCE_DATE_EPOCH has to be set: scripts/dist/build does it")
	}
	files, err := read(folder)
	if err != nil {
		return err
	}
	out, err := os.Create(target)
	if err != nil {
		return err
	}
	defer out.Close()
	write := writeTar
	if strings.HasSuffix(target, ".zip") {
		write = writeZip
	}
	if err := write(out, files, time.Unix(seconds, 0).UTC()); err != nil {
		return fmt.Errorf("write %s: %w", target, err)
	}
	return out.Close()
}

// read returns the files of a folder in the order of their names.
func read(folder string) (files []file, err error) {
	err = filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(folder, name)
		if err != nil {
			return err
		}
		f := file{name: path.Join(filepath.Base(folder), filepath.ToSlash(rel)), mode: 0o644, data: data}
		// Windows has no mode: a program is what has no ending, or .exe.
		if ext := filepath.Ext(name); ext == ".exe" || ext == "" && filepath.Base(name) != "LICENSE" {
			f.mode = 0o755
		}
		files = append(files, f)
		return nil
	})
	return files, err
}

func writeTar(w io.Writer, files []file, date time.Time) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	t := tar.NewWriter(z)
	for _, f := range files {
		if err := t.WriteHeader(&tar.Header{
			Name: f.name, Mode: int64(f.mode), Size: int64(len(f.data)), ModTime: date, Uname: "root", Gname: "root", Format: tar.FormatUSTAR,
		}); err != nil {
			return err
		}
		if _, err := t.Write(f.data); err != nil {
			return err
		}
	}
	if err := t.Close(); err != nil {
		return err
	}
	return z.Close()
}

func writeZip(w io.Writer, files []file, date time.Time) error {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: date}
		h.SetMode(f.mode)
		entry, err := z.CreateHeader(h)
		if err != nil {
			return err
		}
		if _, err := entry.Write(f.data); err != nil {
			return err
		}
	}
	return z.Close()
}
