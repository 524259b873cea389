package dns

// systemAPI: on macOS the system has to be asked. It queries the servers of all
// networks and VPNs, of which /etc/resolv.conf shows one, and is exempt from
// local network privacy, under which an app that sends to the router's DNS port
// itself is denied until the user agrees.
const systemAPI = true
