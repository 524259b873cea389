package install

import (
	"cmp"
	_ "embed"
	"path"
	"strconv"
	"strings"
)

// The units are finished text: what a package ships, what is installed from here
// and what the tests measure is the same.
var (
	//go:embed units/linklog.service
	serviceUnit string
	//go:embed units/linklog-trap.socket
	trapUnit string
	//go:embed units/linklog-syslog.socket
	syslogUnit string
	//go:embed units/linklog-flow.socket
	flowUnit string
	//go:embed units/linklog-port@.socket
	portUnit string
	//go:embed units/linklog-tcp@.socket
	tcpUnit string
	//go:embed units/linklog-api.socket
	apiUnit string
	//go:embed units/sysusers.conf
	sysusers string
)

// The names of the units.
const (
	serviceName = "linklog.service"
	trapName    = "linklog-trap.socket"
	syslogName  = "linklog-syslog.socket"
	flowName    = "linklog-flow.socket"
	portName    = "linklog-port@.socket" // a template: see instance
	tcpName     = "linklog-tcp@.socket"
	apiName     = "linklog-api.socket"
)

// unitExec and unitReload are the lines of the service unit that depend on the
// Config.
const (
	unitExec   = "ExecStart=/usr/bin/linklog service run --data-dir /var/lib/linklog --config /var/lib/linklog/linklog.toml\n"
	unitReload = "ExecReload=/usr/bin/linklog service reload\n"
)

// stateDir is StateDirectory= of the service unit.
const stateDir = "/var/lib/linklog"

// copiedMark is a section systemd leaves alone; it tells Uninstall that the
// executable is a copy to be removed.
const copiedMark = "\n[X-LinkLog]\nCopiedExecutable=yes\n"

// Units returns systemd's files for LinkLog: the service, the sockets for traps, for
// system logs, for flows, for further ports and for the local socket, and the group (sysusers.d). The paths of a
// Packaged Config are those for packages. The zero Config is the package's
// own: /usr/bin/linklog on ports 162, 514 and 2055.
func Units(c Config) []File {
	units, users := "/etc/systemd/system", "/etc/sysusers.d"
	if c.Packaged {
		units, users = "/usr/lib/systemd/system", "/usr/lib/sysusers.d"
	}
	service := serviceUnit
	if c.Executable != "" {
		c.DataDir = cmp.Or(c.DataDir, stateDir)
		c.ConfigFile = cmp.Or(c.ConfigFile, path.Join(c.DataDir, "linklog.toml"))
		// Variables are not looked for in the program's own path.
		program := strings.ReplaceAll(quoteUnit(c.Executable), "$$", "$")
		line := "ExecStart=" + program
		for _, arg := range c.arguments() {
			line += " " + quoteUnit(arg)
		}
		service = strings.Replace(service, unitExec, line+"\n", 1)
		service = strings.Replace(service, unitReload, "ExecReload="+program+" service reload\n", 1)
	}
	if c.copied {
		service += copiedMark
	}
	trap := trapUnit
	if c.Port != 0 {
		trap = strings.ReplaceAll(trap, ":162\n", ":"+strconv.Itoa(int(c.Port))+"\n")
	}
	return []File{
		{Path: path.Join(units, serviceName), Mode: 0o644, Content: service},
		{Path: path.Join(units, trapName), Mode: 0o644, Content: trap},
		{Path: path.Join(units, syslogName), Mode: 0o644, Content: syslogUnit},
		{Path: path.Join(units, flowName), Mode: 0o644, Content: flowUnit},
		{Path: path.Join(units, portName), Mode: 0o644, Content: portUnit},
		{Path: path.Join(units, tcpName), Mode: 0o644, Content: tcpUnit},
		{Path: path.Join(units, apiName), Mode: 0o644, Content: apiUnit},
		{Path: path.Join(users, "linklog.conf"), Mode: 0o644, Content: sysusers},
	}
}

// quoteUnit makes a text one word of a command line in a unit (systemd.service(5)):
// % begins a specifier, $ a variable, and quotes and backslashes group and escape.
func quoteUnit(s string) string {
	plain := s != ""
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '%' || r == '$':
			b.WriteRune(r)
			b.WriteRune(r)
			continue
		case r == '\\' || r == '"':
			b.WriteByte('\\')
			plain = false
		case r == ' ' || r == '\'' || r == ';' || r == '#' || r == '~':
			plain = false
		case r < ' ':
			// No line can end the directive early and begin another.
			b.WriteString(`\x` + string("0123456789abcdef"[r>>4]) + string("0123456789abcdef"[r&15]))
			plain = false
			continue
		}
		b.WriteRune(r)
	}
	if plain {
		return b.String()
	}
	return `"` + b.String() + `"`
}
