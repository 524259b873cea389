package doctor

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os/user"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"linklog/capture"
	"linklog/phrase"
	"linklog/service/api"
	"linklog/service/client"
	"linklog/service/health"
	"linklog/service/install"
	"linklog/service/port"
)

// ask asks the service, and returns its error.
func (x *examination) ask(ctx context.Context) error {
	if x.wouldStart() {
		return client.ErrNoService
	}
	bounded, cancel := context.WithTimeout(ctx, statusWithin)
	defer cancel()
	s, err := x.Status(bounded)
	if err != nil && bounded.Err() != nil && ctx.Err() == nil {
		return errNotWithin
	}
	if err == nil {
		x.status, x.bound = &s, s.Addresses
		x.fresh = slices.ContainsFunc(s.Routers, func(r api.Source) bool { return !IsOwn(r.Addr) && isFresh(&s, r) })
	}
	return err
}

// errNotWithin says that the service was asked in vain.
var errNotWithin error = &notWithin

var notWithin = phrase.Say("no answer within {{.Time}}", "Time", statusWithin)

// wouldStart reports whether asking the service would start it: the manager holds
// its socket, and we would wait for as long as it takes to come up, or for ever.
func (x *examination) wouldStart() bool {
	return x.managed.LocalSocket.Open && !x.managed.Running
}

// isRefusal reports whether the service says that this user may not look.
func isRefusal(err error) bool {
	var e *api.Error
	return errors.As(err, &e) && e.Status == http.StatusForbidden
}

// service says how the service is, from its answer and what the manager says.
func (x *examination) service(ctx context.Context, err error) {
	f := Finding{Kind: Wrong, About: Service}
	switch m := x.managed; {
	case err == nil && x.Port != 0 && !slices.ContainsFunc(x.status.UDP(), func(p api.Port) bool { return p.Port == x.Port }):
		f.Kind, f.Title = Note, phrase.Say("LinkLog's service is running, and listening on UDP port {{.Port}}.", "Port", x.status.Port)
	case err == nil:
		f.Kind, f.Title = OK, phrase.Say("LinkLog's service is running, since {{.Time}}.", "Time", local(x.status.Started))
	case isRefusal(err):
		f.Title = phrase.Say("LinkLog's service is running, but you may not read its log.")
		if f.Type = letIn(userName()); f.Type == "" {
			f.Do = phrase.Say("{{.Error}}", "Error", err)
		} else {
			f.Do = phrase.Say("An administrator can give you access with this command; then log in again:")
		}
	case errors.Is(err, client.ErrNotAsked):
		f.Title = phrase.Say("LinkLog's service cannot be reached.")
		f.Text = phrase.Say("{{.Error}}", "Error", strings.TrimPrefix(err.Error(), client.ErrNotAsked.Error()+": "))
	case !errors.Is(err, client.ErrNoService):
		x.mute = true
		f.Title = phrase.Say("LinkLog's service is running, but does not report its status: {{.Error}}", "Error", err)
		if err == errNotWithin {
			f.Do, f.Type = phrase.Say("Restart it:"), x.asAdministrator("service restart")
		}
	case m.Running:
		f.Title = phrase.Say("LinkLog's service is running, but its local socket is missing.")
		f.Text, f.Do, f.Type = tried(err), phrase.Say("Stop it and start it again:"), x.asAdministrator("service stop")+"\n"+x.asAdministrator("service start")
	case m.Failing:
		f.Title = phrase.Say("LinkLog's service fails at each start: {{.State}}.", "State", m.State)
		if !x.is(Files, Wrong) { // else we know why
			if words := lastWords(ctx); words != "" {
				f.Text = phrase.Say("Its last error: {{.Error}}", "Error", words)
			}
			f.Do, f.Type = phrase.Say("To see more of its log:"), serviceLog
		}
	case m.Starting:
		f.Kind, f.Title = Note, phrase.Say("LinkLog's service is starting.")
		f.Do, f.Type = phrase.Say("To see its log:"), serviceLog
	case m.Installed:
		f.Title = phrase.Say("LinkLog's service is installed, but stopped.")
		f.Do, f.Type = x.howToStart()
	default:
		f.Kind, f.Title = Note, phrase.Say("LinkLog's service is not running, or not at the usual place.")
		f.Text = tried(err)
	}
	x.add(f)
	if m := x.managed; m.Installed && (!m.Enabled || m.TrapSocket.Installed && !m.TrapSocket.Enabled || m.LocalSocket.Installed && !m.LocalSocket.Enabled) {
		x.add(Finding{
			Kind: Note, About: Service, Title: phrase.Say("LinkLog's service is installed, but does not start with this computer."),
			Do: phrase.Say("To change that:"), Type: x.asAdministrator("service install"),
		})
	}
}

// tried says where the service was looked for.
func tried(err error) phrase.Phrase {
	return phrase.Say("{{.Error}}", "Error", strings.TrimPrefix(err.Error(), client.ErrNoService.Error()+": "))
}

// howToStart says how the service is started on this system.
func (x *examination) howToStart() (do phrase.Phrase, command string) {
	do, command, _ = howToStart(x.managed, x.hasManager, x.Program, x.ports)
	return do, command
}

// HowToStart says how the service is started on this system, by a program and with the usual
// ports, and on which it listens then.
func HowToStart(ctx context.Context, program string) (do phrase.Phrase, command string, ports []uint16) {
	ctx, cancel := context.WithTimeout(ctx, managerWithin)
	defer cancel()
	managed, err := install.GetStatus(ctx)
	return howToStart(managed, err == nil, program, usual)
}

func howToStart(managed install.Status, hasManager bool, program string, ports []uint16) (do phrase.Phrase, command string, listens []uint16) {
	switch {
	case managed.Installed:
		return phrase.Say("To start LinkLog's service:"), AsAdministrator(program + " service start"), ports
	case hasManager:
		return phrase.Say("To install LinkLog's service, which then starts with this computer:"), AsAdministrator(program + " service install"), ports
	}
	listens = slices.Clone(ports)
	for i, n := range ports {
		if !mayOpen(n) {
			listens[i] += capture.Unprivileged
		}
	}
	command = program + " service run"
	if !slices.Equal(listens, usual) {
		command += " --port " + port.List(listens, ",")
	}
	return phrase.Say("To run LinkLog's service:"), command, listens
}

// mayOpen reports whether this user may open a port that no program uses.
func mayOpen(n uint16) bool {
	c, err := net.ListenPacket("udp", ":"+strconv.Itoa(int(n)))
	if err == nil {
		c.Close()
	}
	return !errors.Is(err, fs.ErrPermission)
}

// trouble is what the service says is wrong with it, with what to do where its own
// words do not say that.
func (x *examination) trouble(t api.Trouble) Finding {
	f := Finding{
		Kind: Wrong, About: Service, Title: phrase.Say("The service reports a problem: {{.What}}", "What", t.Where), Text: phrase.Say("{{.Error}}", "Error", t.Text),
	}
	if t.Severity == health.Warning && !t.Code.ClosesPort() { // an earlier service took some ports less seriously
		f.Kind = Note
	}
	switch t.Code {
	case health.SettingsWait:
		f.Kind, f.Title = Note, phrase.Say("Some settings take effect after a restart of the service.") // what to type is in its words
	case health.SettingsWrong:
		f.Do, f.Type = phrase.Say("Correct it, then run:"), x.asAdministrator("service reload")
	case health.ClockAhead, health.ClockBack:
		f.Do, f.Type = phrase.Say("Have this computer set its clock from the network."), setClock
	case health.DNSSilent, health.DNSWrong:
		f.Do = phrase.Say("Until then, new hosts have no names. To use a different server, set resolver in the settings of the service.")
	case health.AlertFailed:
		f.Do = phrase.Say("Install the program, or correct on_alert in the settings of the service.")
	case health.OutletFailed:
		f.Do, f.Type = phrase.Say("Correct the outlet in the settings of the service, then try it:"), x.asAdministrator("alerts test "+t.Place)
	case health.OriginWrong:
		f.Do = phrase.Say("Correct [origin] in the settings of the service.")
	case health.IgnoreWrong:
		f.Do = phrase.Say("Correct ignore in the settings of the service.")
	}
	return f
}

// isSaid reports whether a trouble of the service was found out here, too.
func (x *examination) isSaid(t api.Trouble) bool {
	if !t.Code.ClosesPort() {
		return false
	}
	return slices.ContainsFunc(x.closed, func(n uint16) bool { return x.isOf(t, n) })
}

// refusal is why the service cannot have a port though no program has it, if it says so.
func (x *examination) refusal(n uint16) (why api.Trouble, refused bool) {
	for _, t := range x.status.Troubles {
		if t.Code.ClosesPort() && t.Code != health.PortTaken && (x.isOf(t, n) || t.Code == health.PortNoAddress) {
			return t, true
		}
	}
	return why, false
}

// isOf reports whether a trouble is about a UDP port.
func (x *examination) isOf(t api.Trouble, n uint16) bool {
	return t.Place == strconv.Itoa(int(n)) || t.Place == "" && n == x.status.Port
}

// pasteable is a user's name that may stand in a command for a terminal.
var pasteable = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.@-]*$`)

// userName is the name of the user, "" if it is unknown or a shell could
// understand it.
func userName() string {
	u, err := user.Current()
	if err != nil || !pasteable.MatchString(u.Username) {
		return ""
	}
	return u.Username
}
