//go:build unix

package install

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"linklog/service/settings"
)

// dropInPath is where a socket unit learns what the settings say, whoever brought it.
func dropInPath(unit string) string { return "/etc/systemd/system/" + unit + ".d/linklog.conf" }

// interfaceName is one that cannot be taken for anything else in a unit: the settings
// are not only root's to write.
var interfaceName = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,15}$`)

// dropIn returns what a socket unit, which opens the UDP port usual, has to be told to open
// other ports, as the settings say; "" for nothing.
func dropIn(l settings.Listen, udp, tcp []uint16, port uint16) (string, error) {
	usual := settings.Defaults().Listen
	l.Address.Addr = l.Address.Unmap()
	const head = "# Written by \"linklog service\" at each start and restart: what [listen] in " + stateDir + "/linklog.toml says.\n"
	if len(udp) == 0 {
		return head + "[Unit]\nConditionPathExists=!/\n", nil // never
	}
	var b strings.Builder
	if l.Address.IsValid() || !slices.Equal(udp, []uint16{port}) || len(tcp) > 0 {
		b.WriteString("ListenDatagram=\n")
		hosts := []string{"0.0.0.0", "[::]"}
		zone := l.Address.Zone()
		if zone != "" {
			if !interfaceName.MatchString(zone) {
				return "", fmt.Errorf("listen.address: %q: not a valid interface name", zone)
			}
			zone = "%%" + zone
		}
		switch a := l.Address.WithZone(""); {
		case a.Is4():
			hosts = []string{a.String()}
		case a.Is6():
			hosts = []string{"[" + a.String() + "]"}
		}
		listen := func(setting string, ports []uint16) {
			for _, n := range ports {
				for _, host := range hosts {
					fmt.Fprintf(&b, "%s=%s:%d%s\n", setting, host, n, zone)
				}
			}
		}
		listen("ListenDatagram", udp)
		listen("ListenStream", tcp)
		if l.Address.IsValid() { // which may come after the start
			b.WriteString("FreeBind=yes\n")
		}
	}
	if l.Buffer != usual.Buffer {
		fmt.Fprintf(&b, "ReceiveBuffer=%d\n", l.Buffer/2) // the kernel doubles it
	}
	if b.Len() == 0 {
		return "", nil
	}
	return head + "[Socket]\n" + b.String(), nil
}
