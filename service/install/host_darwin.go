package install

// Default is the Config of this machine and this program.
func Default() Config {
	c := mac()
	c.Executable, c.InstallingUser = executable(), invoker()
	return c
}

func host() (manager, error) { return launchd{run: run}, nil }

// InstalledPort is the port that an earlier Install was told; 0: nothing tells it.
func InstalledPort() uint16 { return 0 }
