package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"linklog/capture"
	"linklog/format"
	"linklog/service/api"
)

// sayNamed says what an address, or a host, is called from now on.
func sayNamed(w io.Writer, what, name string) {
	if name == "" {
		fmt.Fprintf(w, "Your name for %s was removed.\n", what)
	} else {
		fmt.Fprintf(w, "%s is now called %q.\n", what, name)
	}
}

func devicesCommand(stdout, stderr *os.File) *cobra.Command {
	o := newPartiesOptions(stdout, stderr)
	cmd := &cobra.Command{
		Use:         "devices [search text]",
		Short:       "List your own devices, and name them",
		Annotations: searchHelp(), ValidArgsFunction: searchTerms,
		Long: `linklog devices lists the devices in your own network that the router reported.
A name that you give a device is shown everywhere in place of any other. It goes along,
and so does all that the device did before, when the device gets a different address, if
the router's log says which hardware has it.
With a search text or a --filter it lists those with attempts that match, which are then
what is counted; the one with most of them comes first.`,
		Example: `  linklog devices
  linklog devices port:22 --since 7d
  linklog devices name 192.168.1.15 "Living-room TV"`,
		Args: searchOrCommand,
		RunE: func(cmd *cobra.Command, args []string) error {
			events, err := o.events(args)
			if err != nil {
				return err
			}
			c := o.at.client()
			defer c.Close()
			devices, err := c.DevicesWith(cmd.Context(), events)
			if err != nil {
				return err
			}
			slices.SortStableFunc(devices, func(a, b api.Device) int { return cmp.Compare(b.Matches, a.Matches) })
			out := cmd.OutOrStdout()
			switch {
			case o.json:
				err = writeJSON(out, devices)
			case o.csv:
				err = format.WriteCSV(out, api.DeviceColumns(), devices, (*api.Device).Cells)
			case len(devices) == 0:
				_, err = fmt.Fprintln(out, "No devices.")
			default:
				err = deviceTable(devices).write(out, terminalWidth(out))
			}
			if err != nil {
				return err
			}
			return o.none(len(devices))
		},
	}
	cmd.Flags().SortFlags = false
	o.flags(cmd)
	name := &cobra.Command{
		Use: "name address name", Short: "Name a device; \"\" removes the name", Args: exactly(2, "an address and a name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ref := args[0]
			if a, err := netip.ParseAddr(ref); err == nil {
				ref = a.Unmap().String()
			} else if mac, ok := capture.ParseMAC(ref); ok {
				ref = mac.String()
			} else {
				return usageError{errors.New(strconv.Quote(ref) + " is not a valid address such as 192.168.1.15; linklog devices lists them")}
			}
			c := o.at.client()
			defer c.Close()
			if err := c.SetDeviceLabel(cmd.Context(), ref, args[1]); err != nil {
				return err
			}
			sayNamed(confirmTo(cmd), ref, args[1])
			devices, err := c.Devices(cmd.Context())
			if err == nil && args[1] != "" && !slices.ContainsFunc(devices, func(d api.Device) bool { return d.Ref == ref || d.Addr.String() == ref }) {
				fmt.Fprintln(confirmTo(cmd), "No device with this address has been seen yet; linklog devices lists it once one is.")
			}
			return err
		},
	}
	quietFlag(name)
	cmd.AddCommand(name)
	return cmd
}

func deviceTable(devices []api.Device) *table {
	t := &table{columns: []column{
		{title: "Device", least: 16}, {title: "Address"}, {title: "First seen"}, {title: "Last seen"},
		{title: "In", right: true}, {title: "Out", right: true}, {title: "Allowed", right: true, spare: true}, {title: "Blocked", right: true, spare: true}, {title: "Hosts", right: true},
		{title: "Hardware", spare: true}, {title: "Vendor", least: 10, spare: true},
	}}
	for _, d := range devices {
		address, vendor := "", d.Vendor
		if d.Addr.IsValid() {
			address = d.Addr.String()
		}
		if d.Private {
			vendor = "private address"
		}
		allowed, blocked := verdicts(d.Allowed, d.Blocked)
		t.add(d.Name, address, day(d.First), day(d.Last), number(d.In), number(d.Out), allowed, blocked, number(d.Hosts), d.MAC, vendor)
	}
	return t
}
