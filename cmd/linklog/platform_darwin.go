package main

const portAdvice = `  Either listen on another port:
      linklog --port 9162
  or start it as root; it becomes user nobody as soon as the port is open:
      sudo linklog
  or have the background service receive and keep everything:
      sudo linklog service install`

const raiseBuffer = "more with: sudo sysctl -w kern.ipc.maxsockbuf=67108864"
