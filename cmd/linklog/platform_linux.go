package main

const portAdvice = `  Ports below 1024 need a right. Either listen on another port:
      linklog --port 9162
  or let this program open such ports, from now on:
      sudo setcap cap_net_bind_service=+ep "$(command -v linklog)"
  or start it as root; it becomes user nobody as soon as the port is open:
      sudo linklog
  or have the background service receive and keep everything, without any rights:
      sudo linklog service install`

const raiseBuffer = "more with: sudo sysctl -w net.core.rmem_max=67108864"
