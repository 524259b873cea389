package history

import "time"

func cpu() time.Duration { return 0 }
func resident() int64    { return 0 }
