// Command linklog stands in for LinkLog in the tests of package install: a service
// that writes down the datagrams it gets, and the commands around it.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"linklog/capture"
	"linklog/capture/receive"
	"linklog/service/install"
	"linklog/service/port"
)

func main() {
	if err := command(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "linklog:", err)
		os.Exit(1)
	}
}

func command(ctx context.Context, args []string) error {
	if len(args) < 2 {
		return errors.New("usage: linklog service VERB | send FROM-TO | hold PORT")
	}
	switch args[0] {
	case "send":
		return send(args[1])
	case "hold":
		return hold(args[1])
	case "who":
		n, _ := strconv.ParseUint(args[1], 10, 16)
		p, err := port.Holder(uint16(n))
		fmt.Printf("%v, service %s, %v\n", p, p.Service, err)
		if err == nil {
			fmt.Println(port.Advice(p, uint16(n)))
		}
		return nil
	case "sleep":
		time.Sleep(10 * time.Minute)
		return nil
	}
	switch verb := args[1]; verb {
	case "install":
		n, _ := strconv.ParseUint(os.Getenv("LINKLOG_TEST_PORT"), 10, 16)
		return install.Install(ctx, install.Config{Port: uint16(n)})
	case "uninstall":
		return install.Uninstall(ctx, slices.Contains(args, "--keep-history"))
	case "start":
		return install.Start(ctx)
	case "stop":
		return install.Stop(ctx)
	case "reload":
		return reload()
	case "restart":
		return install.Restart(ctx)
	case "status":
		s, err := install.GetStatus(ctx)
		fmt.Printf("installed=%v running=%v pid=%d since=%s unit=%s state=%s\n", s.Installed, s.Running, s.PID, s.Since.Format(time.RFC3339), s.Unit, s.State)
		return err
	case "run":
		s := service{dir: args[slices.Index(args, "--data-dir")+1]}
		if i := slices.Index(args, "--port"); i > 0 {
			s.port, _, _ = strings.Cut(args[i+1], ",") // the first will do here
		}
		return install.Run(ctx, "LinkLog", s.run)
	}
	return fmt.Errorf("unknown verb %s", args[1])
}

type service struct{ dir, port string }

func (s service) run(ctx context.Context, m *install.Manager) error {
	log, err := os.OpenFile(filepath.Join(s.dir, "received"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	if _, err := os.Stat(filepath.Join(s.dir, "fail")); err == nil {
		return errors.New("told to fail")
	}
	given, err := install.Activated()
	if err != nil {
		return err
	}
	if given.API != nil {
		go answer(given.API)
	}
	traps := given.UDP
	if len(traps) == 0 && s.port != "" { // no manager that opens sockets
		c, err := net.ListenPacket("udp", ":"+s.port)
		if err != nil {
			return err
		}
		traps = append(traps, c.(*net.UDPConn))
	}
	ended := make(chan error, 1)
	if len(traps) > 0 {
		l, err := receive.Listen(ctx, receive.Options{Conns: traps})
		if err != nil {
			return err
		}
		defer l.Close()
		go func() {
			ended <- l.Receive(ctx, func(batch []capture.Datagram) {
				var lines []byte
				for _, d := range batch {
					lines = append(append(lines, d.Data...), '\n')
				}
				log.Write(lines)
			})
		}()
	}
	m.Ready()
	m.Say(fmt.Sprintf("%d sockets", len(traps)))
	for {
		select {
		case done := <-m.Reloads():
			fmt.Fprintln(log, "reload")
			done()
		case <-ctx.Done():
			if len(traps) > 0 {
				return <-ended
			}
			return nil
		case err := <-ended:
			return err
		}
	}
}

// answer tells who connects which process serves.
func answer(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		fmt.Fprintln(c, os.Getpid())
		c.Close()
	}
}

// send sends the numbers FROM to TO to port 162 at 5,000 a second.
func send(which string) error {
	var from, to int
	if _, err := fmt.Sscanf(which, "%d-%d", &from, &to); err != nil {
		return err
	}
	for _, host := range []string{"127.0.0.1", "::1"} { // one after the other: to each half
		c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(host), 162)))
		if err != nil {
			return err
		}
		for ; from <= to && (host == "::1" || from <= to/2); from++ {
			if _, err := fmt.Fprintf(c, "%d", from); err != nil {
				return err
			}
			time.Sleep(200 * time.Microsecond)
		}
		c.Close()
	}
	return nil
}

func hold(n string) error {
	c, err := net.ListenPacket("udp", ":"+n)
	if err != nil {
		return err
	}
	fmt.Println(c.LocalAddr())
	time.Sleep(time.Minute)
	return c.Close()
}
