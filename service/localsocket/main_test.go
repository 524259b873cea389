package localsocket

import (
	"os"
	"testing"
)

// as names what a child of the test shall be; see children.
const as = "LINKLOG_TEST_AS"

func TestMain(m *testing.M) {
	if child := children[os.Getenv(as)]; child != nil {
		if err := child(); err != nil {
			os.Stderr.WriteString(err.Error() + "\n")
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}
