package plainly_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"linklog/capture/plainly"
	"linklog/capture/receive/porttest"
)

// TestError takes errors as the library makes them.
func TestError(t *testing.T) {
	dial := func(network, address string) error {
		c, err := net.Dial(network, address)
		if err == nil {
			c.Close()
			t.Fatalf("%s: somebody is there", address)
		}
		return err
	}
	dir := t.TempDir()
	dns := fmt.Sprint("127.0.0.1:", porttest.Free(t))
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, dns)
	}}
	_, lookup := resolver.LookupHost(t.Context(), "nas.example")
	tests := []struct {
		err  error
		want string
		is   error // what it still is
	}{
		{dial("udp", "127.0.0.1:99999"), `"99999" is not a valid port: a port is a number from 0 to 65535`, nil},
		{dial("udp", "127.0.0.1:nosuchport"), `"nosuchport" is not a valid port: a port is a number from 0 to 65535`, nil},
		{dial("udp", "1:2:3"), `"1:2:3" is not a valid address: too many colons in address`, nil},
		{lookup, `"nas.example" could not be looked up: the DNS server`, nil},
		{&net.OpError{Op: "dial", Net: "udp", Err: &net.DNSError{Err: "no such host", Name: "nas", IsNotFound: true}}, `there is no computer called "nas"`, nil},
		{&net.OpError{Op: "dial", Net: "unix", Addr: &net.UnixAddr{Name: "/s", Net: "unix"}, Err: os.NewSyscallError("connect", syscall.EACCES)}, "this user may not use the socket /s", fs.ErrPermission},
		{&net.OpError{Op: "write", Net: "udp", Addr: &net.UDPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 162}, Err: os.NewSyscallError("sendmmsg", syscall.ENETUNREACH)},
			"192.0.2.1:162: " + syscall.ENETUNREACH.Error(), syscall.ENETUNREACH},
		{&fs.PathError{Op: "open", Path: `\\.\pipe\linklog`, Err: fs.ErrNotExist}, `there is no \\.\pipe\linklog`, fs.ErrNotExist},
		{errors.New("something else"), "something else", nil},
	}
	if runtime.GOOS != "windows" {
		path := filepath.Join(dir, "s")
		tests = append(tests, struct {
			err  error
			want string
			is   error
		}{dial("unix", path), "there is no socket " + path, fs.ErrNotExist})
	}
	for _, test := range tests {
		got := plainly.Error(test.err)
		if !strings.HasPrefix(got.Error(), test.want) || strings.Contains(got.Error(), "->") || !errors.Is(got, test.err) || test.is != nil && !errors.Is(got, test.is) {
			t.Errorf("%v:\ngot  %v\nwant %s", test.err, got, test.want)
		}
	}
}
