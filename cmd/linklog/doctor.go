package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"linklog/capture"
	"linklog/capture/send"
	"linklog/service/port"
)

func doctorCommand() *cobra.Command {
	trapPort := portFlag(capture.TrapPort)
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Find out why nothing arrives from the router",
		Long: `linklog doctor looks at all that stands between the router and a line on the
screen: this machine's addresses, who holds the port, the firewall, and whether a
message to this machine arrives. Each line says what was found and, where
something is wrong, what to do. The exit code is 1 if something is.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d := doctor{out: cmd.OutOrStdout(), port: uint16(trapPort)}
			d.examine(cmd.Context())
			if d.failed {
				return exitError(exitFailure)
			}
			return nil
		},
	}
	cmd.Flags().VarP(&trapPort, "port", "p", "UDP `port` the router sends to")
	return cmd
}

// doctor examines one thing after another and tells.
type doctor struct {
	out    io.Writer
	port   uint16
	failed bool
}

func (d *doctor) ok(format string, args ...any)   { d.tell("ok", format, args...) }
func (d *doctor) note(format string, args ...any) { d.tell("note", format, args...) }
func (d *doctor) wrong(format string, args ...any) {
	d.failed = true
	d.tell("WRONG", format, args...)
}

// tell writes a finding; its further lines are indented below the first.
func (d *doctor) tell(verdict, format string, args ...any) {
	text := strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "\n       ")
	fmt.Fprintf(d.out, "%-6s %s\n", verdict, text)
}

func (d *doctor) examine(ctx context.Context) {
	own := ownAddresses()
	if len(own) == 0 {
		d.wrong("This machine has no address in a local network.\nConnect it to the network of the router, by cable or wireless.")
		return
	}
	d.ok("This machine's address is %s.\nThat is what to enter as the log address in the settings of the router.", strings.Join(own, " or "))
	if d.port != capture.TrapPort {
		d.note("Most routers send to port %d only, not to %d.", capture.TrapPort, d.port)
	}
	if d.holder() {
		for _, address := range own {
			d.trap(ctx, address)
		}
	}
	for _, f := range firewalls(d.port) {
		d.note("%s", f)
	}
	d.note("Nothing more to be seen from here. In the router: is its log turned on, and is the\naddress the one above? Some routers need a restart after that is changed.")
}

// holder tells who holds the port; false: there is nobody to send a message to.
func (d *doctor) holder() bool {
	p, err := port.Holder(d.port)
	switch {
	case errors.Is(err, port.ErrFree):
		d.wrong("Nobody listens on UDP port %d.\nStart linklog, or the service: linklog service start", d.port)
		return false
	case errors.Is(err, port.ErrUnknown):
		d.note("UDP port %d is taken, by whom only an administrator may see (sudo linklog doctor).", d.port)
	case err != nil:
		d.note("Who holds UDP port %d could not be found out: %v", d.port, err)
	case strings.HasPrefix(p.Name, "linklog"):
		d.ok("LinkLog listens on UDP port %d: %v.", d.port, p)
	default:
		d.wrong("%s", port.Advice(p, d.port))
		return false
	}
	return true
}

// trapWithin is how long a message to ourselves may take.
const trapWithin = 3 * time.Second

// trap sends a message to one of our own addresses, as the router would, but one
// that is answered when it was received.
func (d *doctor) trap(ctx context.Context, address string) {
	to := net.JoinHostPort(address, fmt.Sprint(d.port))
	s, err := send.Dial(ctx, to, send.Options{})
	if err != nil {
		d.wrong("A message to %s could not be sent: %v", to, err)
		return
	}
	defer s.Close()
	ctx, cancel := context.WithTimeoutCause(ctx, trapWithin, fmt.Errorf("none within %v", trapWithin))
	defer cancel()
	reply, err := s.Inform(ctx, &send.Encoding{RequestID: 1}, "LinkLog doctor: a message to find out whether messages arrive")
	switch {
	case errors.Is(err, send.ErrNobodyListens):
		d.wrong("A message to %s was refused: nobody listens there.", to)
	case err != nil:
		d.wrong("A message to %s was sent and not answered.\nEither a firewall on this machine keeps it out, or another program than LinkLog takes it.", to)
	default:
		d.ok("A message to %s arrived (answered in %v).", to, reply.Took.Round(time.Microsecond))
	}
}
