package main

import (
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"linklog/service/client"
	"linklog/service/client/overssh"
)

// dialCommand is what linklog has ssh run on a different computer, with --connect.
func dialCommand() *cobra.Command {
	var socket string
	cmd := &cobra.Command{
		Use:   "dial",
		Short: "Let linklog on a different computer ask the service here, by ssh",
		Long: `linklog service dial joins its standard input and output to the socket of the
service. Nobody types it: linklog --connect ssh://HOST runs it on HOST by ssh. A key
that may do nothing else is written like this in ~/.ssh/authorized_keys:

  restrict,command="linklog service dial" ssh-ed25519 AAAA...`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f, ok := cmd.OutOrStdout().(*os.File); ok && isTerminal(f) {
				return usageError{errors.New("linklog service dial is for programs: linklog --connect ssh://HOST runs it on HOST")}
			}
			conn, err := client.Dial(cmd.Context(), socketPaths(socket)) // this computer's, whatever LINKLOG_CONNECT says
			if err != nil {
				why := err.Error()
				for _, said := range []error{client.ErrNoService, client.ErrNotAsked} { // linklog says it there
					why = strings.TrimPrefix(why, said.Error()+": ")
				}
				return errors.Join(err, overssh.Refuse(cmd.OutOrStdout(), strings.ReplaceAll(why, "\n", "; "), errors.Is(err, client.ErrNoService)))
			}
			return overssh.Join(conn, cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&socket, "socket", "", "`path` of the service's socket (also LINKLOG_SOCKET)")
	return cmd
}
