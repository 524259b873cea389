package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"linklog/capture"
	"linklog/service/api"
	"linklog/service/client"
	"linklog/service/doctor"
)

func doctorCommand() *cobra.Command {
	trapPort := portFlag(0)
	var socket string
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Find out why nothing arrives from the router",
		Long: `linklog doctor looks at all that stands between the router and a line on the
screen: this machine's addresses, who holds the port, the firewall, whether a
message to this machine arrives, and what the service received from whom. Each
line says what was found and, where something is wrong, what to do. The exit code
is 1 if something is.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c := newClient(socket)
			defer c.Close()
			if writeFindings(cmd.OutOrStdout(), examine(cmd.Context(), c, uint16(trapPort), cmd.Flags().Changed("port"))) {
				return exitError(exitFailure)
			}
			return nil
		},
	}
	cmd.Flags().VarP(&trapPort, "port", "p", "UDP `port` the router sends to (default: that of the service, 162)")
	cmd.Flags().Lookup("port").DefValue = ""
	socketFlag(cmd.Flags(), &socket)
	return cmd
}

// examine asks the service, if one answers, and then examines all there is.
func examine(ctx context.Context, c *client.Client, port uint16, given bool) []doctor.Finding {
	status, err := c.Status(ctx)
	switch {
	case given:
	case err == nil:
		port = status.Port
	default:
		port = capture.TrapPort
	}
	found := doctor.Examine(ctx, doctor.Options{Port: port, Status: c.Status})
	return append([]doctor.Finding{answers(&status, err, port)}, found...)
}

// answers says whether a service answers.
func answers(s *api.Status, err error, port uint16) doctor.Finding {
	f := doctor.Finding{Kind: doctor.Note, About: doctor.Service}
	switch {
	case errors.Is(err, client.ErrNoService):
		f.Title = doctor.Say("LinkLog's service does not run here, or not where it is looked for.")
		f.Text = doctor.Say("{{.Error}}", "Error", strings.TrimPrefix(err.Error(), client.ErrNoService.Error()+": "))
	case err != nil:
		f.Title = doctor.Say("LinkLog's service runs here, but does not say how it is: {{.Error}}", "Error", err.Error())
	case s.Port != port:
		f.Title = doctor.Say("LinkLog's service runs here, and listens on UDP port {{.Port}}.", "Port", s.Port)
	default:
		f.Kind, f.Title = doctor.OK, doctor.Say("LinkLog's service runs here, since {{.Time}}.", "Time", s.Started.Local().Format("2006-01-02 15:04:05"))
	}
	return f
}

// writeFindings writes what was found, a line each with what belongs to it below,
// and reports whether something is wrong.
func writeFindings(w io.Writer, found []doctor.Finding) (wrong bool) {
	for _, f := range found {
		wrong = wrong || f.Kind == doctor.Wrong
		lines := []string{f.Title.String()}
		for _, more := range []string{f.Text.String(), f.Do.String()} {
			if more != "" {
				lines = append(lines, wrap(more, helpWidth-doctorColumn)...)
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
