// Package icons holds LinkLog's icons. generate.sh renders them from the SVG files.
package icons

import (
	_ "embed"

	"fyne.io/fyne/v2"
)

//go:embed linklog-256.png
var app []byte

//go:embed tray-listening.png
var listening []byte

//go:embed tray-waiting.png
var waiting []byte

//go:embed tray-trouble.png
var trouble []byte

// App is the icon of the program and its windows.
func App() fyne.Resource { return fyne.NewStaticResource("linklog.png", app) }

// PNG is the icon of the program, 256 pixels wide, as a PNG file.
func PNG() []byte { return app }

// TrayListening is the icon in the tray while messages arrive.
func TrayListening() fyne.Resource { return fyne.NewStaticResource("tray-listening.png", listening) }

// TrayWaiting is the icon in the tray before the first message.
func TrayWaiting() fyne.Resource { return fyne.NewStaticResource("tray-waiting.png", waiting) }

// TrayTrouble is the icon in the tray when something is wrong.
func TrayTrouble() fyne.Resource { return fyne.NewStaticResource("tray-trouble.png", trouble) }
