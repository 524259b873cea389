package install

import (
	"cmp"
	_ "embed"
	"encoding/xml"
	"fmt"
	"regexp"
	"strings"

	"linklog/capture"
	"linklog/service/settings"
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
	if c.Port != 0 {
		text = withSockets(text, &settings.Listen{Port: int(c.Port)})
	}
	if c.copied {
		text = strings.Replace(text, copiedKey+"\n\t<false/>", copiedKey+"\n\t<true/>", 1)
	}
	return File{Path: plistPath, Mode: 0o644, Content: text}
}

// The names of the sockets that service managers hold, each opened on its own: for traps, for
// system logs and for flows. Where it is launchd, the service opens further ones itself.
const (
	trapSocket   = "trap"
	syslogSocket = "syslog"
	flowSocket   = "flows"
)

// plistListen is the part of the plist that says which sockets launchd holds.
var plistListen = regexp.MustCompile(`(?s)\t<key>Sockets</key>\n\t<dict>\n.*?\t</dict>\n(\t<key>SoftResourceLimits)`)

// withSockets returns a plist in which launchd holds the ports that the settings ask for.
// An address of a network interface (fe80::1%en0) is more than it can be told.
func withSockets(plist string, l *settings.Listen) string {
	var b strings.Builder
	b.WriteString("\t<key>Sockets</key>\n\t<dict>\n")
	for i, n := range l.UDPPorts() {
		name := trapSocket
		switch {
		case n == 0, l.Address.Zone() != "":
			continue
		case i == 0:
		case n == capture.SyslogPort:
			name = syslogSocket
		case n == capture.FlowPort:
			name = flowSocket
		default:
			continue
		}
		fmt.Fprintf(&b, "\t\t<key>%s</key>\n\t\t<dict>\n\t\t\t<key>SockType</key>\n\t\t\t<string>dgram</string>\n", name)
		if l.Address.IsValid() {
			fmt.Fprintf(&b, "\t\t\t<key>SockNodeName</key>\n\t\t\t<string>%s</string>\n", l.Address.Unmap())
		}
		fmt.Fprintf(&b, "\t\t\t<key>SockServiceName</key>\n\t\t\t<string>%d</string>\n\t\t</dict>\n", n)
	}
	b.WriteString("\t</dict>\n")
	return plistListen.ReplaceAllStringFunc(plist, func(string) string { return b.String() + "\t<key>SoftResourceLimits" })
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
