package main

const portAdvice = `  Either listen on another port:
      linklog --port 9162
  or start it as root; it becomes user nobody as soon as the port is open:
      sudo linklog`

const raiseBuffer = "more with: sudo sysctl -w kern.ipc.maxsockbuf=67108864"
