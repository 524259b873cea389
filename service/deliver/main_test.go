package deliver

import (
	"os"
	"testing"
	"time"

	"linklog/service/leaktest"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // messages say the time by the clock of this computer
	os.Exit(leaktest.Main(m))
}
