package machine

import (
	"encoding/json"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestHere(t *testing.T) {
	m := Here()
	if m.Cores < 1 || m.Go != runtime.Version() || time.Since(m.Date) > time.Minute {
		t.Errorf("%+v", m)
	}
	if runtime.GOOS == "linux" && (m.Kernel == "" || m.Memory < 1<<20 || m.Load == "") {
		t.Errorf("%+v", m)
	}
	if !strings.Contains(m.String(), m.Go) {
		t.Error(m.String())
	}
	data, err := json.Marshal(m)
	var back Machine
	if err != nil || json.Unmarshal(data, &back) != nil || !back.Date.Equal(m.Date) || back.Kernel != m.Kernel {
		t.Errorf("%s, %v", data, err)
	}
}
