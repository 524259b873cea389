//go:build unix

package install

import (
	"fmt"
	"regexp"
	"strings"

	"linklog/service/settings"
)

// dropInPath is where the socket unit learns what the settings say, whoever brought it.
const dropInPath = "/etc/systemd/system/" + trapName + ".d/linklog.conf"

// interfaceName is one that cannot be taken for anything else in a unit: the settings
// are not only root's to write.
var interfaceName = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,15}$`)

// dropIn returns what the socket unit, which opens port, has to be told of the settings;
// "" for nothing.
func dropIn(l settings.Listen, port uint16) (string, error) {
	usual := settings.Defaults().Listen
	l.Address.Addr = l.Address.Unmap()
	var b strings.Builder
	if l.Address.IsValid() || l.Port != int(port) {
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
		for _, host := range hosts {
			fmt.Fprintf(&b, "ListenDatagram=%s:%d%s\n", host, l.Port, zone)
		}
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
	return "# Written by \"linklog service\" at each start and restart: what [listen] in " + stateDir + "/linklog.toml says.\n[Socket]\n" + b.String(), nil
}
