package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// rsyslog writes its usual format. It looks up no names, and what it says of itself goes nowhere.
func rsyslog(_ *options, port int, dir string) *exec.Cmd {
	config := fmt.Sprintf(`global(net.enableDNS="off")
module(load="imudp")
input(type="imudp" address="127.0.0.1" port="%d" ruleset="file")
ruleset(name="file") { action(type="omfile" file=%q) }
`, port, filepath.Join(dir, "log"))
	return configured("rsyslogd", dir, config, func(root, file string) []string {
		return []string{"-n", "-f", file, "-i", filepath.Join(dir, "pid"), "-M", glob(root, "usr/lib/*/rsyslog")}
	})
}

// syslogNG does the same; with flow control it waits for its file rather than lose lines.
func syslogNG(_ *options, port int, dir string) *exec.Cmd {
	config := fmt.Sprintf(`@version: current
options { use-dns(no); stats-freq(0); };
source udp { network(ip("127.0.0.1") port(%d) transport("udp")); };
destination file { file(%q); };
log { source(udp); destination(file); flags(flow-control); };
`, port, filepath.Join(dir, "log"))
	return configured("syslog-ng", dir, config, func(root, file string) []string {
		return []string{"-F", "--no-caps", "-f", file, "-R", filepath.Join(dir, "persist"), "-p", filepath.Join(dir, "pid"), "-c", filepath.Join(dir, "control"),
			"--module-path", glob(root, "usr/lib/syslog-ng/3.*", "usr/lib/syslog-ng/4.*", "usr/lib/*/syslog-ng")}
	})
}

// configured is the command line of a program with a configuration. Its package may be
// unpacked and not installed: what it loads is below the same root.
func configured(name, dir, config string, args func(root, file string) []string) *exec.Cmd {
	path, err := exec.LookPath(name)
	file := filepath.Join(dir, "conf")
	if err == nil {
		err = os.WriteFile(file, []byte(config), 0o600)
	}
	root := filepath.Join(filepath.Dir(path), "../..")
	cmd := exec.Command(path, args(root, file)...)
	cmd.Err = err
	cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+glob(root, "usr/lib/*-linux-gnu", "lib/*-linux-gnu", "usr/lib/syslog-ng"))
	return cmd
}

// glob lists folders below root as a search path.
func glob(root string, patterns ...string) string {
	var found []string
	for _, p := range patterns {
		some, _ := filepath.Glob(filepath.Join(root, p))
		found = append(found, some...)
	}
	return strings.Join(found, ":")
}
