package desktop

import "os/exec"

func browser(address string) *exec.Cmd { return exec.Command("xdg-open", address) }
