package port

import (
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
)

// holder looks the port up in the system's tables of UDP sockets, which anyone
// may read and which name the process.
func holder(port uint16) (Process, error) {
	for _, family := range []uint32{windows.AF_INET, windows.AF_INET6} {
		table, err := udpTable(family)
		if err != nil {
			return Process{}, err
		}
		if pid := find(table, family, port); pid != 0 {
			return describe(pid), nil
		}
	}
	return Process{}, ErrFree
}

// udpTableOwnerPID is UDP_TABLE_OWNER_PID of iprtrmib.h.
const udpTableOwnerPID = 1

// udpTable calls GetExtendedUdpTable. The table may grow between the call that
// asks for its size and the one that reads it.
func udpTable(family uint32) ([]byte, error) {
	get := windows.NewLazySystemDLL("iphlpapi.dll").NewProc("GetExtendedUdpTable")
	if err := get.Find(); err != nil {
		return nil, err
	}
	size := uint32(16 << 10)
	for range 10 {
		buf := make([]byte, size)
		r, _, _ := get.Call(uintptr(unsafe.Pointer(&buf[0])), uintptr(unsafe.Pointer(&size)), 0, uintptr(family), udpTableOwnerPID, 0)
		switch err := windows.Errno(r); err {
		case windows.ERROR_SUCCESS:
			return buf, nil
		case windows.ERROR_INSUFFICIENT_BUFFER:
			size += 4 << 10
		default:
			return nil, fmt.Errorf("read the table of UDP ports: %w", err)
		}
	}
	return nil, errors.New("read the table of UDP ports: it keeps growing")
}

// find returns the process that has the port in a MIB_UDPTABLE_OWNER_PID (rows of
// address, port, process: 12 bytes) or MIB_UDP6TABLE_OWNER_PID (address, scope,
// port, process: 28 bytes). The port stands in network byte order in the lower
// half of its 32 bits. 0: nobody.
func find(table []byte, family uint32, port uint16) uint32 {
	row, at := 12, 4
	if family == windows.AF_INET6 {
		row, at = 28, 20
	}
	if len(table) < 4 {
		return 0
	}
	n := int(binary.LittleEndian.Uint32(table))
	for rows := table[4:]; n > 0 && len(rows) >= row; n, rows = n-1, rows[row:] {
		if binary.BigEndian.Uint16(rows[at:]) == port {
			return binary.LittleEndian.Uint32(rows[at+4:])
		}
	}
	return 0
}

func describe(pid uint32) Process {
	p := Process{PID: int(pid), Service: services(pid)}
	// This right is given for services and other users' processes too, for some of
	// them to administrators only.
	h, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if err != nil {
		return p
	}
	defer windows.CloseHandle(h)
	path := make([]uint16, windows.MAX_LONG_PATH)
	size := uint32(len(path))
	if windows.QueryFullProcessImageName(h, 0, &path[0], &size) == nil {
		p.Path = windows.UTF16ToString(path[:size])
		p.Name = filepath.Base(p.Path)
	}
	return p
}

// services are the names of the Windows services that run in a process: one as a
// rule, several in some svchost.exe.
func services(pid uint32) string {
	m, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT|windows.SC_MANAGER_ENUMERATE_SERVICE)
	if err != nil {
		return ""
	}
	defer windows.CloseServiceHandle(m)
	var names []string
	var needed, count, resume uint32
	buf := make([]byte, 256<<10) // as much as the call takes at a time
	for {
		err := windows.EnumServicesStatusEx(m, windows.SC_ENUM_PROCESS_INFO, windows.SERVICE_WIN32, windows.SERVICE_ACTIVE,
			&buf[0], uint32(len(buf)), &needed, &count, &resume, nil)
		if err != nil && !errors.Is(err, windows.ERROR_MORE_DATA) {
			break
		}
		for _, s := range unsafe.Slice((*windows.ENUM_SERVICE_STATUS_PROCESS)(unsafe.Pointer(&buf[0])), count) {
			if s.ServiceStatusProcess.ProcessId == pid {
				names = append(names, windows.UTF16PtrToString(s.ServiceName))
			}
		}
		if err == nil || count == 0 {
			break
		}
	}
	return strings.Join(names, ",")
}
