package main

const raiseBuffer = "more with: sudo sysctl -w kern.ipc.maxsockbuf=67108864"
