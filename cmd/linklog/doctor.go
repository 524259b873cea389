package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"linklog/service/doctor"
	"linklog/service/install"
	"linklog/service/localsocket"
)

func doctorCommand() *cobra.Command {
	trapPort := portFlag(0)
	var at place
	cmd := &cobra.Command{
		Use:   "doctor [ROUTER]",
		Short: "Find out why nothing arrives from the router",
		Long: `linklog doctor checks everything between the router and a line on the screen: the
service, its settings, files and disk, this computer's addresses, which program
uses the port, the firewall, whether a message to this computer arrives, and what
the service received from which router. Each line says what was found and, where
something is wrong, what to do. With ROUTER, one of those that linklog setup lists,
it checks what linklog setup ROUTER checks, and shows for what is missing the usual
reason with that router. As root (sudo) it can check more. It takes a few seconds.
It sends one message to each address of this computer, which is kept in the history
(linklog log --system shows it), and changes nothing else. The exit code is 1 if a
line says WRONG: also where one of the service's ports is not open.`,
		Example: `  linklog doctor
  linklog doctor openwrt`,
		Args: func(*cobra.Command, []string) error { return nil }, // a name may have several words
		RunE: func(cmd *cobra.Command, args []string) error {
			router := ""
			if len(args) > 0 {
				r, err := routerOf(strings.Join(args, " "))
				if err != nil {
					return err
				}
				router = r.ID
			}
			socket, err := at.here(cmd)
			if err != nil {
				return err
			}
			socket = insteadOf(cmd.Context(), socket)
			c := newClient(socket)
			defer c.Close()
			found := doctor.Examine(cmd.Context(), doctor.Options{
				Port: uint16(trapPort), Status: c.Status, Manager: managerOf(socket), Program: typed(),
				Router: router, Came: doctor.Came(c, router),
			})
			if writeFindings(cmd.OutOrStdout(), found) {
				return exitError(exitFailure)
			}
			return nil
		},
		ValidArgsFunction: routerNames,
	}
	cmd.Flags().VarP(&trapPort, "port", "p", "UDP `port` the router sends to (default: that of the service, 162)")
	cmd.Flags().Lookup("port").DefValue = ""
	placeFlags(cmd.Flags(), &at)
	_ = cmd.Flags().MarkHidden("connect") // it says what to type instead
	return cmd
}

// managerOf is how to ask the service manager about the service that a socket path
// names; nil: that is not the installed one.
func managerOf(socket string) func(context.Context) (install.Status, error) {
	if socket == "" {
		socket = os.Getenv("LINKLOG_SOCKET")
	}
	if socket != "" && socket != localsocket.SystemPath() {
		return nil
	}
	return install.GetStatus
}

// writeFindings writes what was found, a line each with what belongs to it below,
// and reports whether something is wrong.
func writeFindings(w io.Writer, found []doctor.Finding) (wrong bool) {
	for _, f := range found {
		wrong = wrong || f.Kind == doctor.Wrong
		lines := []string{f.Title.String()}
		for _, more := range []string{f.Text.String(), f.Do.String()} {
			for line := range strings.Lines(more) {
				lines = append(lines, wrap(line, helpWidth-doctorColumn)...)
			}
		}
		if f.Type != "" {
			lines = append(lines, "  "+strings.ReplaceAll(f.Type, "\n", "\n  "))
		}
		text := strings.ReplaceAll(strings.Join(lines, "\n"), "\n", "\n"+strings.Repeat(" ", doctorColumn))
		fmt.Fprintf(w, "%-*s%s\n", doctorColumn, f.Kind, text)
	}
	return wrong
}

// doctorColumn is where the findings begin, behind their verdict.
const doctorColumn = 7
