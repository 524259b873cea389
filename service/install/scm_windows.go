package install

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unsafe"

	"github.com/kardianos/service"
	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"
)

// scm installs a service of Windows and controls it.
type scm struct{ run runner }

const (
	// scmName is the service's name; its account on files and pipes follows from it
	// (see serviceSID).
	scmName = "LinkLog"

	// scmAccount has no password, no rights worth having and no way to other machines.
	scmAccount = `NT AUTHORITY\LocalService`

	description = "Receives, keeps and shows what the home router reports (SNMP traps, system logs and flows, UDP ports 162, 514 and 2055)."

	// stopTimeout bounds the wait for the service to end.
	stopTimeout = 30 * time.Second
)

func (s scm) install(ctx context.Context, c Config) error {
	c, err := place(c)
	if err != nil {
		return err
	}
	if err := s.protect(c.DataDir); err != nil {
		return err
	}
	if err := s.create(ctx, c); err != nil {
		return err
	}
	remove(copiedPath() + ".old") // which ran until now; see place
	return s.start(ctx)
}

// create makes the service, or changes the one there is, and sets what
// kardianos' library does not.
func (s scm) create(ctx context.Context, c Config) error {
	m, err := mgr.Connect()
	if err != nil {
		return fmt.Errorf("reach the service manager: %w", err)
	}
	defer m.Disconnect()
	old, err := m.OpenService(scmName)
	switch {
	case err == nil:
		old.Close()
		if err := s.stop(ctx); err != nil { // its program may be about to be replaced
			return err
		}
	case errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST):
		k, err := s.kardianos(c)
		if err != nil {
			return err
		}
		if err := k.Install(); err != nil {
			if errors.Is(err, windows.ERROR_SERVICE_MARKED_FOR_DELETE) {
				err = fmt.Errorf("%w: close the window \"Services\" and try again", err)
			}
			return fmt.Errorf("create the service: %w", err)
		}
	default:
		return fmt.Errorf("open the service: %w", err)
	}
	sv, err := m.OpenService(scmName)
	if err != nil {
		return fmt.Errorf("open the service: %w", err)
	}
	defer sv.Close()
	return configure(sv, c)
}

// kardianos returns the library's view of the service; it creates it together
// with the source for the event log.
func (scm) kardianos(c Config) (service.Service, error) {
	return service.New(nil, &service.Config{
		Name: scmName, DisplayName: scmName, Description: description,
		Executable: c.Executable, Arguments: c.arguments(), UserName: scmAccount,
	})
}

// configure sets all that the service is, whatever it was before.
func configure(sv *mgr.Service, c Config) error {
	words := []string{windows.EscapeArg(c.Executable)}
	for _, arg := range c.arguments() {
		words = append(words, windows.EscapeArg(arg))
	}
	var texts [4]*uint16
	for i, text := range []string{strings.Join(words, " "), scmAccount, scmName, description} {
		var err error
		if texts[i], err = windows.UTF16PtrFromString(text); err != nil {
			return err
		}
	}
	if err := windows.ChangeServiceConfig(sv.Handle, windows.SERVICE_WIN32_OWN_PROCESS, mgr.StartAutomatic, mgr.ErrorNormal,
		texts[0], nil, nil, nil, texts[1], nil, texts[2]); err != nil {
		return fmt.Errorf("configure the service: %w", err)
	}
	const serviceConfigRequiredPrivilegesInfo = 6 // winsvc.h
	privileges, err := windows.UTF16FromString("SeChangeNotifyPrivilege")
	if err != nil {
		return err
	}
	privileges = append(privileges, 0) // a list of strings ends with an empty one
	list := &privileges[0]             // SERVICE_REQUIRED_PRIVILEGES_INFO holds just this
	for _, set := range []struct {
		what string
		do   func() error
	}{
		{"description", func() error {
			return change(sv, windows.SERVICE_CONFIG_DESCRIPTION, &windows.SERVICE_DESCRIPTION{Description: texts[3]})
		}},
		{"delayed start", func() error {
			return change(sv, windows.SERVICE_CONFIG_DELAYED_AUTO_START_INFO, &windows.SERVICE_DELAYED_AUTO_START_INFO{IsDelayedAutoStartUp: 1})
		}},
		// Which the ACL of its folder and the firewall name.
		{"own account", func() error {
			sid := uint32(windows.SERVICE_SID_TYPE_UNRESTRICTED)
			return change(sv, windows.SERVICE_CONFIG_SERVICE_SID_INFO, &sid)
		}},
		// The one privilege every program has. LocalService would bring
		// SeImpersonatePrivilege along, with which a service that was taken over becomes
		// SYSTEM as soon as a privileged program talks to it.
		{"privileges", func() error { return change(sv, serviceConfigRequiredPrivilegesInfo, &list) }},
		// At once, then more slowly, for ever; counted anew after a quiet hour.
		{"recovery", func() error {
			return sv.SetRecoveryActions([]mgr.RecoveryAction{
				{Type: mgr.ServiceRestart, Delay: 1 * time.Second},
				{Type: mgr.ServiceRestart, Delay: 5 * time.Second},
				{Type: mgr.ServiceRestart, Delay: 30 * time.Second},
			}, 3600)
		}},
		// Without it only a crash counts as a failure, not an end with an error.
		{"recovery after errors", func() error { return sv.SetRecoveryActionsOnNonCrashFailures(true) }},
	} {
		// Wine does not know most of these. Every Windows since 7 does.
		if err := set.do(); err != nil && !errors.Is(err, windows.ERROR_INVALID_LEVEL) {
			return fmt.Errorf("set the service's %s: %w", set.what, err)
		}
	}
	return nil
}

// change is ChangeServiceConfig2; info points to the structure of that level, or to
// its only field.
func change[T any](sv *mgr.Service, level uint32, info *T) error {
	return windows.ChangeServiceConfig2(sv.Handle, level, (*byte)(unsafe.Pointer(info)))
}

func (s scm) uninstall(ctx context.Context, keepHistory bool) error {
	exe := ""
	err := withService(windows.SERVICE_QUERY_CONFIG, func(sv *mgr.Service) error {
		words, err := commandLine(sv)
		if len(words) > 0 {
			exe = words[0]
		}
		return err
	})
	var errs []error
	switch {
	case err == nil:
		errs = append(errs, s.stop(ctx))
		k, err := s.kardianos(Config{Executable: exe})
		if err == nil {
			err = k.Uninstall()
		}
		errs = append(errs, err)
	case !errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST):
		errs = append(errs, err)
	}
	errs = append(errs, s.forbid(ctx))
	if strings.EqualFold(exe, copiedPath()) {
		errs = append(errs, removeProgram(exe))
	}
	if !keepHistory {
		errs = append(errs, clearFolder(Default().DataDir))
	}
	return errors.Join(errs...)
}

// commandLine is what the service manager starts: the program and its arguments.
func commandLine(sv *mgr.Service) ([]string, error) {
	buf := make([]byte, 8<<10) // as much as the call ever takes
	var needed uint32
	config := (*windows.QUERY_SERVICE_CONFIG)(unsafe.Pointer(&buf[0]))
	if err := windows.QueryServiceConfig(sv.Handle, config, uint32(len(buf)), &needed); err != nil {
		return nil, err
	}
	return windows.DecomposeCommandLine(windows.UTF16PtrToString(config.BinaryPathName))
}

// start also has the firewall let traps in on the port that the service will listen on.
// It runs without that, too.
func (s scm) start(ctx context.Context) error {
	var words []string
	err := withService(windows.SERVICE_QUERY_CONFIG, func(sv *mgr.Service) (err error) {
		words, err = commandLine(sv)
		return err
	})
	if len(words) > 0 {
		err = s.allow(ctx, words)
	}
	return errors.Join(s.begin(ctx), err)
}

func (s scm) begin(ctx context.Context) error {
	err := withService(windows.SERVICE_START|windows.SERVICE_QUERY_STATUS, func(sv *mgr.Service) error {
		// The manager also calls it a timeout when the program is gone before it was
		// heard of. The service's state tells what came of it.
		err := sv.Start()
		if err != nil && !errors.Is(err, windows.ERROR_SERVICE_ALREADY_RUNNING) && !errors.Is(err, windows.ERROR_SERVICE_REQUEST_TIMEOUT) {
			return err
		}
		// As long as it is starting: the service itself says that it makes headway.
		return await(ctx, sv, svc.StartPending)
	})
	if err != nil {
		return fmt.Errorf("start the service: %w", err)
	}
	st, err := s.status(ctx)
	if err == nil && !st.Running {
		err = fmt.Errorf("start the service: it ended at once (%s); to see why: Event Viewer, Windows Logs, Application, source %s", st.State, scmName)
	}
	return err
}

func (s scm) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	err := withService(windows.SERVICE_STOP|windows.SERVICE_QUERY_STATUS, func(sv *mgr.Service) error {
		if _, err := sv.Control(svc.Stop); err != nil {
			if errors.Is(err, windows.ERROR_SERVICE_NOT_ACTIVE) {
				return nil
			}
			return err
		}
		return await(ctx, sv, svc.StopPending, svc.Running)
	})
	if err != nil {
		return fmt.Errorf("stop the service: %w", err)
	}
	return nil
}

func (s scm) restart(ctx context.Context) error {
	if err := s.stop(ctx); err != nil {
		return err
	}
	return s.start(ctx)
}

func (scm) status(context.Context) (Status, error) {
	var s Status
	err := withService(windows.SERVICE_QUERY_STATUS|windows.SERVICE_QUERY_CONFIG, func(sv *mgr.Service) error {
		st, err := sv.Query()
		if err != nil {
			return err
		}
		s = Status{Installed: true, Running: st.State == svc.Running, Unit: scmName, State: stateName(st), Starting: st.State == svc.StartPending, Failing: failed(st)}
		if c, err := sv.Config(); err == nil {
			s.Enabled = c.StartType == mgr.StartAutomatic
		}
		if s.Running {
			s.PID = int(st.ProcessId)
			s.Since = started(st.ProcessId)
		}
		return nil
	})
	if errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST) {
		return Status{}, nil
	}
	return s, err
}

// withService opens the service with just the rights that are needed, so that
// everybody may ask how it is.
func withService(rights uint32, do func(*mgr.Service) error) error {
	m, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT)
	if err != nil {
		return err
	}
	defer windows.CloseServiceHandle(m)
	name, err := windows.UTF16PtrFromString(scmName)
	if err != nil {
		return err
	}
	h, err := windows.OpenService(m, name, rights)
	if err != nil {
		return err
	}
	sv := &mgr.Service{Name: scmName, Handle: h}
	defer sv.Close()
	return do(sv)
}

// await waits as long as the service is in one of these states.
func await(ctx context.Context, sv *mgr.Service, while ...svc.State) error {
	for {
		st, err := sv.Query()
		if err != nil {
			return err
		}
		if !slices.Contains(while, st.State) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("still %s: %w", stateName(st), ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// failed reports whether the service ended with an error.
func failed(st svc.Status) bool {
	return st.State == svc.Stopped && st.Win32ExitCode != 0 && st.Win32ExitCode != uint32(windows.ERROR_SERVICE_NEVER_STARTED)
}

func stateName(st svc.Status) string {
	switch st.State {
	case svc.Running:
		return "running"
	case svc.StartPending:
		return "starting"
	case svc.StopPending:
		return "stopping"
	case svc.Stopped:
		switch {
		case !failed(st):
			return "stopped"
		case st.Win32ExitCode == uint32(windows.ERROR_SERVICE_SPECIFIC_ERROR):
			return fmt.Sprintf("stopped (error %d)", st.ServiceSpecificExitCode)
		}
		return fmt.Sprintf("stopped (%v)", windows.Errno(st.Win32ExitCode))
	}
	return fmt.Sprintf("state %d", st.State)
}

// started is when a process began, zero if the caller may not know.
func started(pid uint32) time.Time {
	h, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if err != nil {
		return time.Time{}
	}
	defer windows.CloseHandle(h)
	var creation, exit, kernel, user windows.Filetime
	if windows.GetProcessTimes(h, &creation, &exit, &kernel, &user) != nil {
		return time.Time{}
	}
	return time.Unix(0, creation.Nanoseconds()).UTC()
}

// place copies the program to the folder for programs unless it is there: in a
// user's folder the service's account may not read it, and the user could
// replace it.
func place(c Config) (Config, error) {
	real, err := filepath.EvalSymlinks(c.Executable)
	if err != nil {
		return c, err
	}
	for _, folder := range []*windows.KNOWNFOLDERID{windows.FOLDERID_ProgramFiles, windows.FOLDERID_ProgramFilesX86} {
		dir, err := windows.KnownFolderPath(folder, 0)
		if err == nil && strings.HasPrefix(strings.ToLower(real), strings.ToLower(dir)+`\`) {
			return c, nil
		}
	}
	to := copiedPath()
	if to == "" {
		return c, errors.New("this Windows has no folder for programs")
	}
	// A running program cannot be replaced, but it can be moved.
	if err := copyFile(c.Executable, to); err != nil {
		os.Remove(to + ".old")
		if os.Rename(to, to+".old") != nil {
			return c, fmt.Errorf("copy the program to %s: %w", to, err)
		}
		if err := copyFile(c.Executable, to); err != nil {
			return c, fmt.Errorf("copy the program to %s: %w", to, err)
		}
	}
	c.Executable = to
	return c, nil
}

// copiedPath is where place copies to. A folder of its own, that the installer
// does not use: what lies there is ours to remove.
func copiedPath() string {
	dir, err := windows.KnownFolderPath(windows.FOLDERID_ProgramFiles, 0)
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "LinkLog service", "linklog.exe")
}

// removeProgram removes the copy, at the next start of Windows if it is running,
// perhaps this very command.
func removeProgram(exe string) error {
	var errs []error
	for _, path := range []string{exe + ".old", exe, filepath.Dir(exe)} {
		if remove(path) == nil {
			continue
		}
		p, err := windows.UTF16PtrFromString(path)
		if err == nil {
			err = windows.MoveFileEx(p, nil, windows.MOVEFILE_DELAY_UNTIL_REBOOT)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
