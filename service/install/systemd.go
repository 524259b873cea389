//go:build unix

package install

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"linklog/service/localsocket"
	"linklog/service/port"
)

// privateDir is where that folder really is, with DynamicUser=: the other is a link to
// it, which nothing can be mounted on.
const privateDir = "/var/lib/private/linklog"

// unitNames are those of all units: the service, and the sockets it gets.
var unitNames = []string{serviceName, trapName, syslogName, flowName, apiName}

// systemd installs units and controls them through systemctl.
type systemd struct {
	// root is put before every path; "" but in tests, which install into a folder.
	root string
	run  runner
}

func (s systemd) path(p string) string { return filepath.Join(s.root, p) }

// booted is sd_booted(3).
func (s systemd) booted() bool {
	info, err := os.Stat(s.path("/run/systemd/system"))
	return err == nil && info.IsDir()
}

// packaged tells whether a package brought the units; then they are the package's
// to change and to remove.
func (s systemd) packaged() bool {
	return s.isIn(serviceName, "/usr/lib/systemd/system", "/lib/systemd/system")
}

// has reports whether there is a unit: that for flows is not where the program is newer than
// what was installed.
func (s systemd) has(unit string) bool {
	return s.isIn(unit, "/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")
}

func (s systemd) isIn(unit string, dirs ...string) bool {
	return slices.ContainsFunc(dirs, func(dir string) bool {
		_, err := os.Stat(s.path(filepath.Join(dir, unit)))
		return err == nil
	})
}

func (s systemd) install(ctx context.Context, c Config) error {
	if c.DataDir != stateDir {
		return fmt.Errorf("the service's folder is always %s: to keep the history elsewhere, mount that place on %s", stateDir, privateDir)
	}
	old := s.port()
	if s.packaged() {
		if c.Port != trapPort {
			return fmt.Errorf("the units are a package's: to change the port, write port = %d under [listen] in %s, and then: sudo linklog service restart", c.Port, c.ConfigFile)
		}
	} else {
		var err error
		if c, err = s.place(c); err != nil {
			return err
		}
		for _, f := range Units(c) {
			if _, err := f.write(s.root); err != nil {
				return err
			}
		}
	}
	if err := s.group(ctx, c.InstallingUser); err != nil {
		return err
	}
	number, changed, stale, err := s.tellSockets()
	if err != nil {
		return err
	}
	if s.port() != old && !slices.Contains(stale, trapName) {
		stale = append(stale, trapName)
	}
	if _, err := s.run(ctx, "systemctl", "daemon-reload"); err != nil {
		return err
	}
	if _, err := s.run(ctx, "systemctl", append([]string{"enable"}, unitNames...)...); err != nil {
		return err
	}
	if changed || len(stale) > 0 {
		if err := s.close(ctx, stale); err != nil {
			return err
		}
	}
	return s.begin(ctx, "restart", number)
}

// writeOrRemove writes a drop-in, or removes the one that is there if there is nothing to
// be told.
func (s systemd) writeOrRemove(path, text string) (changed bool, err error) {
	if text != "" {
		return File{Path: path, Mode: 0o644, Content: text}.write(s.root)
	}
	path = s.path(path)
	if err := os.Remove(path); err != nil {
		return false, remove(path)
	}
	os.Remove(filepath.Dir(path)) // unless the administrator has one of his own
	return true, nil
}

// programDirs are where the system looks for programs. Elsewhere they may be out
// of the service's sight (ProtectHome=, PrivateTmp=) or go with a download folder.
var programDirs = []string{"/usr/", "/opt/", "/bin/", "/sbin/", "/nix/", "/gnu/", "/snap/"}

// place copies the program to /usr/local/bin unless it is in a place for programs.
func (s systemd) place(c Config) (Config, error) {
	to, copied, err := place(s.root, c.Executable, programDirs, strings.Contains(s.unitText(), copiedMark))
	c.Executable, c.copied = to, copied
	return c, err
}

func (s systemd) unitText() string {
	text, _ := os.ReadFile(s.path("/etc/systemd/system/" + serviceName))
	return string(text)
}

// up starts or restarts the service, with the port of the settings, and waits until it
// is ready.
func (s systemd) up(ctx context.Context, verb string) error {
	number, changed, stale, err := s.tellSockets()
	if err != nil {
		return err
	}
	if changed {
		if _, err := s.run(ctx, "systemctl", "daemon-reload"); err != nil {
			return err
		}
		if err := s.close(ctx, stale); err != nil {
			return err
		}
	}
	return s.begin(ctx, verb, number)
}

// adapt has the sockets opened as the settings say when the service starts the next time,
// and lets it run on those that it has.
func (s systemd) adapt(ctx context.Context) error {
	_, changed, stale, err := s.tellSockets()
	if err != nil || !changed {
		return err
	}
	if _, err = s.run(ctx, "systemctl", "daemon-reload"); err == nil && len(stale) > 0 {
		_, err = s.run(ctx, "systemctl", append([]string{"stop"}, stale...)...)
	}
	return err
}

// begin has the manager start or restart the service, and with it the sockets that are
// not open.
func (s systemd) begin(ctx context.Context, verb string, number uint16) error {
	if _, err := s.run(ctx, "systemctl", verb, serviceName); err != nil {
		return fmt.Errorf("%w; to see why: journalctl -u linklog -n 20", err)
	}
	st, err := s.status(ctx)
	if err != nil || !st.TrapSocket.Installed || st.TrapSocket.Open {
		return err
	}
	// The service runs without this one too: it has a history to show, names who
	// holds the port, and tries again.
	p, err := port.Holder(number)
	switch {
	case err == nil && p.PID == st.PID:
		return nil // the service itself: that port needs no right
	case err == nil, errors.Is(err, port.ErrUnknown):
		return fmt.Errorf("%w: %s", ErrPortTaken, port.Advice(p, number))
	}
	return fmt.Errorf("%w: UDP port %d is free, but systemd did not open it; to see why: systemctl status %s", ErrPortTaken, number, trapName)
}

func (s systemd) start(ctx context.Context) error { return s.up(ctx, "start") }

// restart leaves the sockets open, unless the settings ask for others.
func (s systemd) restart(ctx context.Context) error { return s.up(ctx, "restart") }

// close closes sockets, and stops the service: one that is open keeps its old address until
// neither has it any more, and a new one is opened only before the service starts. All others
// stay open: what arrives meanwhile waits in them, or has the manager start the service, which
// opens the new ones.
func (s systemd) close(ctx context.Context, sockets []string) error {
	_, err := s.run(ctx, "systemctl", slices.Concat([]string{"stop"}, sockets, []string{serviceName})...)
	return err
}

// stop closes the sockets first, those for flows and for further ports with that of the clients: the next datagram would start the service again.
func (s systemd) stop(ctx context.Context) error {
	_, err := s.run(ctx, "systemctl", "stop", trapName, syslogName, apiName, serviceName)
	return err
}

// port is the port of the installed socket unit, without a drop-in.
func (s systemd) port() uint16 {
	text, _ := os.ReadFile(s.path("/etc/systemd/system/" + trapName))
	for line := range strings.Lines(string(text)) {
		if p, ok := strings.CutPrefix(strings.TrimSpace(line), "ListenDatagram=0.0.0.0:"); ok {
			if n, err := strconv.ParseUint(p, 10, 16); err == nil {
				return uint16(n)
			}
		}
	}
	return trapPort
}

func (s systemd) uninstall(ctx context.Context, keepHistory bool) error {
	var errs []error
	st, err := s.status(ctx)
	if err != nil {
		return err
	}
	if st.Installed {
		units := slices.Clone(unitNames)
		if !st.FlowSocket.Installed { // by an earlier version
			units = slices.DeleteFunc(units, func(unit string) bool { return unit == flowName })
		}
		_, err := s.run(ctx, "systemctl", append([]string{"disable"}, units...)...)
		errs = append(errs, s.stop(ctx), err)
	}
	more := s.more()
	for _, path := range []string{dropInPath(trapName), dropInPath(syslogName), dropInPath(flowName), dropInPath(portName), dropInPath(tcpName), morePorts} {
		_, err := s.writeOrRemove(path, "")
		errs = append(errs, err)
	}
	if !s.packaged() {
		errs = append(errs, s.removeFiles(ctx))
	}
	_, err = s.run(ctx, "systemctl", "daemon-reload")
	errs = append(errs, err)
	// A unit that failed would be shown for ever; one that did not is no error.
	s.run(ctx, "systemctl", slices.Concat([]string{"reset-failed"}, unitNames, more)...)
	if !keepHistory {
		errs = append(errs, clearFolder(s.path(privateDir)), clearFolder(s.path(stateDir)))
	}
	return errors.Join(errs...)
}

// removeFiles removes what install wrote, and the group.
func (s systemd) removeFiles(ctx context.Context) error {
	var paths []string
	if strings.Contains(s.unitText(), copiedMark) {
		paths = append(paths, s.path(localProgram))
	}
	for _, f := range Units(Config{}) {
		paths = append(paths, s.path(f.Path))
	}
	paths = append(paths, s.path("/run/linklog"))
	err := remove(paths...)
	if s.hasGroup() {
		err = errors.Join(err, firstOf(ctx, s.run, []string{"groupdel", localsocket.Group}, []string{"delgroup", localsocket.Group}))
	}
	return err
}

// group creates the group of those who may read the log, and puts the user into
// it. Every system with systemd has the first tool of each list, nearly.
func (s systemd) group(ctx context.Context, user string) error {
	if !s.hasGroup() {
		if err := firstOf(ctx, s.run,
			[]string{"systemd-sysusers", "linklog.conf"},
			[]string{"groupadd", "--system", localsocket.Group},
			[]string{"addgroup", "--system", localsocket.Group},
		); err != nil {
			return fmt.Errorf("create the group %s: %w", localsocket.Group, err)
		}
	}
	if user == "" {
		return nil
	}
	if err := firstOf(ctx, s.run,
		[]string{"usermod", "--append", "--groups", localsocket.Group, user},
		[]string{"gpasswd", "--add", user, localsocket.Group},
		[]string{"adduser", user, localsocket.Group},
	); err != nil {
		return fmt.Errorf("put %s into the group %s: %w", user, localsocket.Group, err)
	}
	return nil
}

func (s systemd) hasGroup() bool {
	groups, _ := os.ReadFile(s.path("/etc/group"))
	return slices.ContainsFunc(strings.Split(string(groups), "\n"), func(line string) bool { return strings.HasPrefix(line, localsocket.Group+":") })
}

func (s systemd) status(ctx context.Context) (Status, error) {
	out, err := s.run(ctx, "systemctl", slices.Concat([]string{"show"}, unitNames,
		[]string{"--property=LoadState,ActiveState,SubState,Result,MainPID,NRestarts,ActiveEnterTimestamp,FragmentPath,UnitFileState"})...)
	if err != nil {
		return Status{}, err
	}
	return parseShow(out), nil
}

// parseShow reads the output of systemctl show, with times in UTC (see run): the
// properties of the service and, after an empty line each, of its sockets (unitNames).
func parseShow(out string) Status {
	units := make([]map[string]string, len(unitNames))
	for i, block := range strings.SplitN(out, "\n\n", len(units)) {
		units[i] = make(map[string]string)
		for line := range strings.Lines(block) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			units[i][name] = value
		}
	}
	p := units[0]
	s := Status{
		Installed: isLoaded(p),
		Running:   p["ActiveState"] == "active" || p["ActiveState"] == "reloading",
		Unit:      p["FragmentPath"],
	}
	if !s.Installed {
		return s
	}
	word := p["SubState"]
	if p["ActiveState"] == "failed" {
		word = p["Result"]
	}
	s.State = fmt.Sprintf("%s (%s)", p["ActiveState"], word)
	s.Enabled = isEnabled(p)
	again := p["SubState"] == "auto-restart" || p["NRestarts"] != "" && p["NRestarts"] != "0"
	s.Failing = p["ActiveState"] == "failed" || p["ActiveState"] == "activating" && again
	s.Starting = p["ActiveState"] == "activating" && !again
	s.TrapSocket, s.SyslogSocket = socketStatus(units[1]), socketStatus(units[2])
	s.FlowSocket, s.LocalSocket = socketStatus(units[3]), socketStatus(units[4])
	if s.Running {
		s.PID, _ = strconv.Atoi(p["MainPID"])
		s.Since, _ = time.Parse("Mon 2006-01-02 15:04:05 MST", p["ActiveEnterTimestamp"])
	}
	return s
}

func isLoaded(unit map[string]string) bool {
	return unit["LoadState"] != "" && unit["LoadState"] != "not-found"
}

func isEnabled(unit map[string]string) bool {
	return strings.HasPrefix(unit["UnitFileState"], "enabled")
}

func socketStatus(unit map[string]string) SocketStatus {
	if !isLoaded(unit) {
		return SocketStatus{}
	}
	return SocketStatus{
		Installed: true, Enabled: isEnabled(unit), Open: unit["ActiveState"] == "active", Failed: unit["ActiveState"] == "failed",
	}
}
