package machine

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// Machine describes where and when something was measured. What the system does
// not tell is empty.
type Machine struct {
	CPU    string    `json:"cpu"`    // model
	Cores  int       `json:"cores"`  // that this process may use
	Memory int64     `json:"memory"` // bytes
	System string    `json:"system"` // distribution
	Kernel string    `json:"kernel"`
	Go     string    `json:"go"`
	Arch   string    `json:"arch"`
	Date   time.Time `json:"date"`
	Load   string    `json:"load"` // of the last minute, before anything was measured
}

// Here describes this machine, now.
func Here() Machine {
	var kib int64
	fmt.Sscanf(after("/proc/meminfo", "MemTotal:"), "%d", &kib)
	load, _, _ := strings.Cut(read("/proc/loadavg"), " ")
	return Machine{
		CPU: after("/proc/cpuinfo", "model name\t:"), Cores: runtime.NumCPU(), Memory: kib << 10,
		System: strings.Trim(after("/etc/os-release", "PRETTY_NAME="), `"`), Kernel: strings.TrimSpace(read("/proc/sys/kernel/osrelease")),
		Go: runtime.Version(), Arch: runtime.GOOS + "/" + runtime.GOARCH, Date: time.Now().Round(time.Second), Load: load,
	}
}

// String is all of it in a sentence.
func (m Machine) String() string {
	return fmt.Sprintf("%s, %d cores, %.0f GiB, %s, kernel %s, %s %s, %s, load %s before",
		m.CPU, m.Cores, float64(m.Memory)/(1<<30), m.System, m.Kernel, m.Go, m.Arch, m.Date.Format("2006-01-02 15:04 MST"), m.Load)
}

func read(file string) string {
	text, _ := os.ReadFile(file) // not on this system: it tells nothing
	return string(text)
}

// after is what stands behind the label of the first line of a file that has it.
func after(file, label string) string {
	for line := range strings.Lines(read(file)) {
		if rest, ok := strings.CutPrefix(line, label); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}
