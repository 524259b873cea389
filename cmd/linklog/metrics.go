package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"linklog/service/datafile"
	"linklog/service/metrics"
)

func metricsCommand() *cobra.Command {
	var at place
	var file string
	cmd := &cobra.Command{
		Use: "metrics", Short: "Write the state of the service as metrics for Prometheus", Args: noArguments,
		Long: `linklog metrics writes the state of the service as metrics in Prometheus' text format, to
standard output or with --output to a file. A file is replaced whole, and every user can read a
new one: written every minute into the folder of node_exporter's textfile collector, it is
collected with the other metrics of the computer. If the service does not answer, the file has
linklog_up 0 and nothing else. docs/metrics.md explains each metric.`,
		Example: "  linklog metrics\n  linklog metrics --output /var/lib/prometheus/node-exporter/linklog.prom",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c := at.client()
			defer c.Close()
			text, asked := c.Metrics(cmd.Context())
			if file == "" {
				if asked == nil {
					_, asked = cmd.OutOrStdout().Write(text)
				}
				return asked
			}
			if asked != nil && cmd.Context().Err() == nil {
				var down bytes.Buffer
				asked = errors.Join(asked, metrics.Down(&down))
				text = down.Bytes()
			}
			return errors.Join(asked, writeMetrics(file, text))
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringVarP(&file, "output", "o", "", "write to this `file` instead of standard output, whole or not at all")
	placeFlags(cmd.Flags(), &at)
	return cmd
}

// readable is the mode of files with metrics: nothing in them is private but the addresses of
// routers, and who collects them is a user of its own.
const readable = 0o644

// writeMetrics replaces a file, or makes it.
func writeMetrics(file string, text []byte) error {
	if info, err := os.Lstat(file); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file, and is not replaced", file)
	}
	if err := datafile.Replace(file, text, readable); err != nil {
		return fmt.Errorf("write %s: %w", file, cause(err))
	}
	return nil
}
