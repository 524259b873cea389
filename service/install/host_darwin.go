package install

// Default is the Config of this machine and this program.
func Default() Config {
	c := mac()
	c.Executable, c.InstallingUser = executable(), invoker()
	return c
}

func host() (manager, error) { return launchd{run: run}, nil }
