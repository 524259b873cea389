package main

import (
	"net"
	"os"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

// owners are those that the addresses outside belong to. These are kept for documentation
// (RFC 5737), as the numbers are (RFC 5398); nobody has such a name. A network in another
// comes behind it.
var owners = []struct {
	network string
	as      uint32
	name    string
	country string
}{
	{"192.0.2.25/32", 64496, "Example Mail", "DE"},
	{"192.0.2.30/31", 64497, "Example Phones", "US"},
	{"192.0.2.44/32", 64498, "Example Documents", "IE"},
	{"192.0.2.60/32", 64499, "Example Maps", "NL"},
	{"192.0.2.99/32", 64500, "Example Hosting", "SG"},
	{"192.0.2.200/29", 64501, "Example Storage", "US"},
	{"198.51.100.22/32", 64502, "Example Code", "US"},
	{"198.51.100.53/32", 64503, "Example Names and Time", "CH"},
	{"198.51.100.80/32", 64504, "Example News", "GB"},
	{"198.51.100.96/27", 64505, "Example Telecom", "DE"},
	{"198.51.100.123/32", 64503, "Example Names and Time", "CH"},
	{"198.51.100.153/32", 64506, "Example Images", "US"},
	{"198.51.100.192/26", 64507, "Example Broadband", "FR"},
	{"203.0.113.9/32", 64508, "Example Televisions", "KR"},
	{"203.0.113.40/32", 64501, "Example Storage", "US"},
	{"203.0.113.66/32", 64509, "Example Advertising", "US"},
	{"203.0.113.77/32", 64510, "Example Research", "CA"},
	{"203.0.113.96/27", 64511, "Example Video", "US"},
	{"203.0.113.120/29", 64501, "Example Storage", "US"},
	{"203.0.113.128/25", 64501, "Example Storage", "US"},
}

// writeOwners writes a MaxMind DB with them, as the setting [origin] takes it.
func writeOwners(path string) error {
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "LinkLog demo", RecordSize: 24, IncludeReservedNetworks: true})
	if err != nil {
		return err
	}
	for _, o := range owners {
		_, network, err := net.ParseCIDR(o.network)
		if err != nil {
			return err
		}
		err = tree.Insert(network, mmdbtype.Map{
			"autonomous_system_number":       mmdbtype.Uint32(o.as),
			"autonomous_system_organization": mmdbtype.String(o.name),
			"registered_country":             mmdbtype.Map{"iso_code": mmdbtype.String(o.country)},
		})
		if err != nil {
			return err
		}
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if _, err := tree.WriteTo(f); err != nil {
		_ = f.Close() // the first error counts
		return err
	}
	return f.Close()
}
