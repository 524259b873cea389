// Package used tells benchmarks what their process has used.
package used

import "time"

// CPU is the processor time; it is not known here.
func CPU() time.Duration { return 0 }

// Memory is what is resident, in bytes; it is not known here.
func Memory() int64 { return 0 }
