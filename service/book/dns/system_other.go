//go:build !darwin

package dns

// systemAPI: the DNS servers of the system can be asked directly. On Windows, Go
// takes them from the network adapters; DnsQuery would know a little more (names
// by LLMNR, policies of a company), but no time-out.
const systemAPI = false
