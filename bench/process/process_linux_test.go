package process

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test be the program that is measured: it reads datagrams until
// it is interrupted, or fails if it is told to.
func TestMain(m *testing.M) {
	if len(os.Args) != 2 || os.Args[1] != "read" && os.Args[1] != "fail" {
		os.Exit(m.Run())
	}
	if os.Args[1] == "fail" {
		fmt.Fprintln(os.Stderr, "there is no flour")
		os.Exit(3)
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		panic(err)
	}
	go func() { <-interrupted; c.Close() }()
	for buf := make([]byte, 2000); ; {
		if _, err := c.Read(buf); err != nil {
			os.Exit(0)
		}
	}
}

func self(t *testing.T, what string) *Process {
	t.Helper()
	p, err := Start(exec.Command("/proc/self/exe", what))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p
}

func TestProcess(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	p := self(t, "read")
	s, err := p.Socket(ctx)
	if err != nil && strings.Contains(err.Error(), "pidfd_getfd") {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const buffer = 100_000
	if n, err := s.SetBuffer(buffer); err != nil || n != buffer {
		t.Fatalf("a buffer of %d, %v", n, err)
	}
	if err := p.Idle(ctx, 20*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	before, err := p.CPU()
	if err != nil || before <= 0 {
		t.Fatalf("%v of CPU time, %v", before, err)
	}

	if err := p.Pause(); err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("udp4", fmt.Sprintf("127.0.0.1:%d", s.Port))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 1000 {
		if _, err := c.Write(make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
	}
	waiting, dropped, err := s.State()
	if err != nil || waiting < buffer/2 || dropped < 500 || dropped > 990 {
		t.Errorf("while it stands: %d bytes wait, %d dropped, %v", waiting, dropped, err)
	}
	if cpu, err := p.CPU(); err != nil || cpu-before > 2*time.Millisecond {
		t.Errorf("while it stands: %v of CPU time, %v", cpu-before, err)
	}
	if err := p.Resume(); err != nil {
		t.Fatal(err)
	}
	for waiting > 0 {
		if err := p.Sleep(ctx, time.Millisecond); err != nil {
			t.Fatal(err)
		}
		if waiting, _, err = s.State(); err != nil {
			t.Fatal(err)
		}
	}
	if after, err := p.CPU(); err != nil || after <= before {
		t.Errorf("%v of CPU time after %v, %v", after, before, err)
	}
	if now, most, err := p.Memory(); err != nil || now < 1<<20 || most < now {
		t.Errorf("%d bytes resident, at most %d, %v", now, most, err)
	}
	p.Stop()
	if p.cmd.ProcessState.ExitCode() != 0 {
		t.Error(p.cmd.ProcessState)
	}
}

// What a process said last is in the error when it is no longer there.
func TestGone(t *testing.T) {
	p := self(t, "fail")
	<-p.ended
	_, socketErr := p.Socket(t.Context())
	_, _, memoryErr := p.Memory()
	_, cpuErr := p.CPU()
	for _, err := range []error{p.Idle(t.Context(), time.Second), p.Sleep(t.Context(), time.Second), p.Pause(), p.Resume(), memoryErr, cpuErr, socketErr} {
		if err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "no flour") {
			t.Errorf("%v", err)
		}
	}
	if _, err := Start(exec.Command("/nowhere")); !errors.Is(err, syscall.ENOENT) {
		t.Error(err)
	}
}

// Who waits for a process that works is not kept longer than he wants.
func TestWaiting(t *testing.T) {
	p := self(t, "read")
	why := errors.New("no more time")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if err := p.Sleep(ctx, time.Minute); !errors.Is(err, why) {
		t.Error(err)
	}
}
