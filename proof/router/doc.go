// Package router holds no code but tests: a router in a box. Network namespaces are two
// devices in the home network, this computer, a router (netfilter with the kernel's own log
// lines, address translation, dnsmasq for addresses and names, busybox' klogd and syslogd
// as ASUS' firmware has them, or rsyslog or syslog-ng in their place) and a host on the
// internet; what the devices do there reaches the real program as a household's router would
// tell it.
//
// Linux only, as root, with dnsmasq, busybox, nftables and iproute2 (scripts/setup test
// installs them, and unpacks rsyslog, syslog-ng and dhclient for these tests alone), on a kernel that logs packets of namespaces (net.netfilter.nf_log_all_netns);
// elsewhere the tests say that they skip. They turn that switch on and back again, and
// read the kernel's log meanwhile: what was in it before is dropped.
package router
