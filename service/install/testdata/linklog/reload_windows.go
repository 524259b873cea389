package main

import (
	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"
)

// reload is what "sc control LinkLog paramchange" does.
func reload() error {
	m, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT)
	if err != nil {
		return err
	}
	defer windows.CloseServiceHandle(m)
	h, err := windows.OpenService(m, windows.StringToUTF16Ptr("LinkLog"), windows.SERVICE_PAUSE_CONTINUE)
	if err != nil {
		return err
	}
	s := &mgr.Service{Name: "LinkLog", Handle: h}
	defer s.Close()
	_, err = s.Control(svc.ParamChange)
	return err
}
