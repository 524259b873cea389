package main

const raiseBuffer = "more with: sudo sysctl -w net.core.rmem_max=67108864"
