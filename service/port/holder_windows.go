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

// holder looks the port up in the system's tables of sockets, which anyone
// may read and which name the process.
func holder(network string, port uint16) (Process, error) {
	for _, t := range tables[network] {
		rows, err := t.read()
		if err != nil {
			return Process{}, err
		}
		if pid := t.find(rows, port); pid != 0 {
			return describe(pid), nil
		}
	}
	return Process{}, ErrFree
}

// table is one of the system's tables: the call that reads it, for a family and a class,
// and in bytes how long a row is and where port and process stand in it.
type table struct {
	call                   string
	family, class          uint32
	row, atPort, atProcess int
}

// Of UDP all rows (UDP_TABLE_OWNER_PID), of TCP those that wait for connections
// (TCP_TABLE_OWNER_PID_LISTENER of iprtrmib.h).
var tables = map[string][]table{
	udp: {
		{"GetExtendedUdpTable", windows.AF_INET, 1, 12, 4, 8},    // MIB_UDPROW_OWNER_PID: address, port, process
		{"GetExtendedUdpTable", windows.AF_INET6, 1, 28, 20, 24}, // MIB_UDP6ROW_OWNER_PID: address, scope, port, process
	},
	tcp: {
		{"GetExtendedTcpTable", windows.AF_INET, 3, 24, 8, 20},   // MIB_TCPROW_OWNER_PID: state, address, port, the other's address and port, process
		{"GetExtendedTcpTable", windows.AF_INET6, 3, 56, 20, 52}, // MIB_TCP6ROW_OWNER_PID: address, scope, port, the other's, state, process
	},
}

// read reads the table. It may grow between the call that asks for its size and the one
// that reads it.
func (t *table) read() ([]byte, error) {
	get := windows.NewLazySystemDLL("iphlpapi.dll").NewProc(t.call)
	if err := get.Find(); err != nil {
		return nil, err
	}
	size := uint32(16 << 10)
	for range 10 {
		buf := make([]byte, size)
		r, _, _ := get.Call(uintptr(unsafe.Pointer(&buf[0])), uintptr(unsafe.Pointer(&size)), 0, uintptr(t.family), uintptr(t.class), 0)
		switch err := windows.Errno(r); err {
		case windows.ERROR_SUCCESS:
			return buf, nil
		case windows.ERROR_INSUFFICIENT_BUFFER:
			size += 4 << 10
		default:
			return nil, fmt.Errorf("read the table of ports: %w", err)
		}
	}
	return nil, errors.New("read the table of ports: it keeps growing")
}

// find returns the process that has the port, which stands in network byte order in the
// lower half of its 32 bits. 0: nobody.
func (t *table) find(table []byte, port uint16) uint32 {
	if len(table) < 4 {
		return 0
	}
	n := int(binary.LittleEndian.Uint32(table))
	for rows := table[4:]; n > 0 && len(rows) >= t.row; n, rows = n-1, rows[t.row:] {
		if binary.BigEndian.Uint16(rows[t.atPort:]) == port {
			return binary.LittleEndian.Uint32(rows[t.atProcess:])
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
