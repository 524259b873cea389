package deliver

import (
	"os"
	"testing"

	"linklog/service/leaktest"
)

func TestMain(m *testing.M) { os.Exit(leaktest.Main(m)) }
