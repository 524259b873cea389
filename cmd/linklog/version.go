package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"linklog/assets/origin"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show the version, and whose data is built in",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s\n\nOwners and countries of addresses are built in:\n%s\n", versionLine(), origin.Attribution)
			return err
		},
	}
}

// versionLine is what linklog version shows, and --version.
func versionLine() string {
	return fmt.Sprintf("linklog %s (%s, %s/%s)", versionText(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// versionText is the version the linker was told, else what Go knows of the
// module: the version with go install, "(devel)" in a checkout.
func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}
