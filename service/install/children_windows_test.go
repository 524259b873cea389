package install

// children are Unix's: see children_unix_test.go.
var children = map[string]func() error{}
