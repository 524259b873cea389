package icons

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image/png"
	"os"
	"testing"
)

// Each picture has the size its name says, corners one can see through, and something in it.
func TestPictures(t *testing.T) {
	sizes := map[string]int{"tray-listening.png": 64, "tray-waiting.png": 64, "tray-trouble.png": 64}
	for _, n := range []int{16, 22, 24, 32, 48, 64, 128, 256, 512} {
		sizes[fmt.Sprintf("linklog-%d.png", n)] = n
	}
	for name, size := range sizes {
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(file))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if b := img.Bounds(); b.Dx() != size || b.Dy() != size {
			t.Errorf("%s: %v", name, b)
		}
		_, _, _, corner := img.At(0, 0).RGBA()
		_, _, _, middle := img.At(size/2, size/4).RGBA()
		if corner > 0xc000 || middle != 0xffff {
			t.Errorf("%s: opacity %#x in the corner, %#x in the middle", name, corner, middle)
		}
	}
}

func TestResources(t *testing.T) {
	seen := make(map[string]bool)
	for _, icon := range []*Icon{App(), TrayListening(), TrayWaiting(), TrayTrouble()} {
		if _, err := png.Decode(bytes.NewReader(icon.Content())); err != nil || seen[icon.Name()] {
			t.Errorf("%s: %v", icon.Name(), err)
		}
		seen[icon.Name()] = true
	}
}

// The icon of Windows has all sizes that it asks for.
func TestICO(t *testing.T) {
	file, err := os.ReadFile("linklog.ico")
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for i := range int(binary.LittleEndian.Uint16(file[4:])) {
		entry := file[6+16*i:]
		size := int(entry[0])
		if size == 0 {
			size = 256
		}
		got = append(got, size)
		if begin, n := binary.LittleEndian.Uint32(entry[12:]), binary.LittleEndian.Uint32(entry[8:]); int(begin)+int(n) > len(file) {
			t.Errorf("%d pixels: outside of the file", size)
		}
	}
	if fmt.Sprint(got) != "[16 24 32 48 64 256]" {
		t.Error(got)
	}
}
