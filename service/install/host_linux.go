package install

import "path/filepath"

// Default is the Config of this machine and this program.
func Default() Config {
	c := linux()
	c.Executable, c.InstallingUser = executable(), invoker()
	return c
}

func host() (manager, error) {
	s := systemd{run: run}
	if !s.booted() {
		return nil, ErrNoManager
	}
	return s, nil
}

// linux are the paths on every Linux.
func linux() Config {
	return Config{Executable: "/usr/bin/linklog", DataDir: stateDir, ConfigFile: filepath.Join(stateDir, "linklog.toml"), Port: trapPort}
}

// InstalledPort is the port that an earlier Install was told; 0: nothing tells it.
func InstalledPort() uint16 { return systemd{}.port() }
