//go:build !windows

package desktop

import "strings"

// script is AppleScript that runs a program as root: each argument is quoted for the
// shell, and the whole for AppleScript.
func script(program string, args []string) string {
	line := ""
	for i, arg := range append([]string{program}, args...) {
		if i > 0 {
			line += " "
		}
		line += "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
	}
	return `do shell script "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(line) + `" with administrator privileges`
}
