package main

import (
	"os"
	"path/filepath"
)

// lists are files of lists of the user's own, as the setting [lists] takes them: one of those who
// knock at the door, and one of names that a device of the household asks for.
var lists = map[string]string{
	"scanners.txt": "# who looks for open ports\n203.0.113.77\n198.51.100.248/29 a whole network\n",
	"ads.hosts":    "# who shows advertisements\n0.0.0.0 ads.tracker.example\n",
}

// writeLists writes them into a folder.
func writeLists(dir string) error {
	for name, text := range lists {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}
