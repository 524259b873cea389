// Package icons holds LinkLog's icons: a router, what comes in and what goes out.
// generate.sh renders them from the SVG files.
package icons

import _ "embed"

//go:embed linklog-256.png
var app []byte

//go:embed linklog-64.png
var small []byte

//go:embed tray-listening.png
var listening []byte

//go:embed tray-waiting.png
var waiting []byte

//go:embed tray-trouble.png
var trouble []byte

// Icon is a picture with a name. It is a fyne.Resource, without this package
// needing Fyne.
type Icon struct {
	name    string
	content []byte
}

// Name is the name of the picture's file.
func (i *Icon) Name() string { return i.name }

// Content is the picture's file, which is not to be changed.
func (i *Icon) Content() []byte { return i.content }

// App is the icon of the program and its windows.
func App() *Icon { return &Icon{"linklog.png", app} }

// Small is the icon of the program, 64 pixels wide, as a PNG file: enough for a
// notification, which carries its pixels over the bus.
func Small() []byte { return small }

// TrayListening is the icon in the tray while messages arrive.
func TrayListening() *Icon { return &Icon{"tray-listening.png", listening} }

// TrayWaiting is the icon in the tray before the first message.
func TrayWaiting() *Icon { return &Icon{"tray-waiting.png", waiting} }

// TrayTrouble is the icon in the tray when something is wrong.
func TrayTrouble() *Icon { return &Icon{"tray-trouble.png", trouble} }
