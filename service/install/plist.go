package install

import (
	"cmp"
	_ "embed"
	"encoding/xml"
	"strings"
)

//go:embed units/linklog.plist
var plist string

// plistPath is where launchd looks for daemons.
const plistPath = "/Library/LaunchDaemons/linklog.plist"

// plistArgs is the part of the plist that depends on the Config.
const plistArgs = `		<string>/usr/local/bin/linklog</string>
		<string>service</string>
		<string>run</string>
		<string>--data-dir</string>
		<string>/Library/Application Support/LinkLog</string>
		<string>--config</string>
		<string>/Library/Application Support/LinkLog/linklog.toml</string>
		<string>--socket</string>
		<string>/var/db/linklog/linklog.sock</string>
`

// LaunchDaemon returns launchd's file for LinkLog. The zero Config is the
// package's own: /usr/local/bin/linklog.
func LaunchDaemon(c Config) File {
	text := plist
	if c.Executable != "" {
		c.DataDir = cmp.Or(c.DataDir, mac().DataDir)
		c.ConfigFile = cmp.Or(c.ConfigFile, c.DataDir+"/linklog.toml")
		c.Socket = cmp.Or(c.Socket, mac().Socket)
		var args strings.Builder
		for _, arg := range append([]string{c.Executable}, c.arguments()...) {
			args.WriteString("\t\t<string>")
			xml.EscapeText(&args, []byte(arg))
			args.WriteString("</string>\n")
		}
		text = strings.Replace(text, plistArgs, args.String(), 1)
	}
	if c.copied {
		text = strings.Replace(text, copiedKey+"\n\t<false/>", copiedKey+"\n\t<true/>", 1)
	}
	return File{Path: plistPath, Mode: 0o644, Content: text}
}

// copiedKey is a key launchd leaves alone; see copiedMark.
const copiedKey = "<key>LinkLogCopiedExecutable</key>"

// mac are the paths on every Mac.
func mac() Config {
	const dir = "/Library/Application Support/LinkLog"
	return Config{Executable: localProgram, DataDir: dir, ConfigFile: dir + "/linklog.toml", Socket: socketDir + "/linklog.sock", Port: trapPort}
}

// socketDir is where the service makes its local socket on a Mac: /var/run is
// emptied at every start, and the service itself may not make a folder there.
const socketDir = "/var/db/linklog"

// localProgram is where a program is copied to that lies nowhere a service should
// look, on Linux and macOS.
const localProgram = "/usr/local/bin/linklog"
