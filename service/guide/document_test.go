package guide

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/routers.md")

// TestDocument is that docs/routers.md says what linklog setup and the page Setup say:
// go test ./service/guide -run TestDocument -update
func TestDocument(t *testing.T) {
	const path = "../../docs/routers.md"
	want := document()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(path); err != nil || string(have) != want {
		t.Error("docs/routers.md is not what the routers' table says", err)
	}
}

const intro = `# Setting up your router

` + "`linklog setup ROUTER`" + ` and the page *Setup* of the app show the steps below with this computer's address in place, and then
whether something arrives, a connection, an outgoing one, an allowed one; each that is missing is followed by the reason it
usually has with that router. (This page is made from the same table: service/guide.)

Here this computer is 192.168.1.20: put its address in place of that (` + "`linklog`" + ` says it when it starts), and let the router
always give it the same one. LinkLog receives syslog on UDP port 514 and traps on 162, or on 9514 and 9162 where it has no
rights for those, and flows (NetFlow, IPFIX) on 2055. What a message is, it sees from its content, on any of its ports.

Menus differ between versions. Where one is called otherwise with you: look for *Syslog*, *Remote log* or *Log server*, and at the
firewall for *log* or *logging*. The steps come from the firmware's sources where these are public, else from manuals and from
what users wrote; not all were tried on the router itself.

`

// document is the page about all routers.
func document() string {
	var b strings.Builder
	b.WriteString(intro)
	b.WriteString("| router | reports |\n|---|---|\n")
	for _, r := range Routers() {
		reports := "each connection, allowed or blocked"
		switch {
		case r.Sends == Nothing:
			reports = "nothing"
		case r.Logs == OnlyBlocked:
			reports = "what it blocks"
		case r.Logs == Undecided:
			reports = "each connection"
		}
		title := heading(r)
		anchor := strings.Map(func(c rune) rune {
			switch {
			case c == ' ':
				return '-'
			case c == '-' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
				return c
			}
			return -1
		}, strings.ToLower(title))
		fmt.Fprintf(&b, "| [%s](#%s) | %s |\n", title, anchor, reports)
	}
	for _, r := range Routers() {
		port, _ := r.Port(nil)
		g := r.Guide("192.168.1.20", port, FlowPort(nil))
		fmt.Fprintf(&b, "\n## %s\n\n`linklog setup %s`. %s\n", heading(r), r.ID, g.About)
		for i, s := range g.Steps {
			step(&b, fmt.Sprintf("%d. ", i+1), s)
		}
		for _, s := range g.Names {
			s.Title.Format = "Optional: " + s.Title.Format
			step(&b, "- ", s)
		}
		for _, s := range g.Flows {
			s.Title.Format = "Instead of the log: " + s.Title.Format
			step(&b, "- ", s)
		}
		for i, n := range g.Notes {
			if i == 0 {
				b.WriteByte('\n')
			}
			fmt.Fprintf(&b, "- %s\n", n)
		}
		if limit, ok := r.why[Unlimited]; ok {
			fmt.Fprintf(&b, "\nLimits: %s\n", limit)
		}
	}
	return b.String()
}

func heading(r *Router) string {
	if also := cmp.Or(r.Also, r.Which.String()); also != "" {
		return r.Name + " (" + also + ")"
	}
	return r.Name
}

func step(b *strings.Builder, bullet string, s Step) {
	b.WriteString("\n" + strings.TrimSpace(fmt.Sprintf("%s**%s.** %s", bullet, s.Title, s.Text)) + "\n")
	if s.Type != "" {
		indent := strings.Repeat(" ", len(bullet))
		fmt.Fprintf(b, "\n%s```\n%s%s\n%s```\n", indent, indent, strings.ReplaceAll(s.Type, "\n", "\n"+indent), indent)
	}
}
