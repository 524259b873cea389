package main

import (
	"bytes"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"linklog/capture/send"
)

// What is sent to both.
const (
	coming   = "@in TCP from 203.0.113.4:51234 to 192.168.1.10:80"
	leaving  = "@out UDP from laptop.lan(192.168.1.20):53001 to dns.example(198.51.100.53):53."
	secure   = "@out TCP from laptop.lan(192.168.1.20):53002 to www.example(198.51.100.80):443."
	datagram = "datagram:" // what follows is sent as it is, not in a trap
)

// What both print of it.
const (
	comingLine     = "TIME [ in, TCP] 203.0.113.4:51234 -> 192.168.1.10:http\n"
	leavingLine    = "TIME [out, UDP] laptop.lan:53001 -> dns.example:domain\n"
	leavingNoNames = "TIME [out, UDP] 192.168.1.20:53001 -> 198.51.100.53:domain\n"
	secureLine     = "TIME [out, TCP] laptop.lan:53002 -> www.example:https\n"
)

// originalCase is a command line of the original without its port, the messages it
// gets, and what comes out.
type originalCase struct {
	name     string // for docs/original.md where the two differ
	args     string // with commas between them
	messages []string
	ours     string
	original string // where it differs
	why      string // it differs
}

// originalCases were observed at the original; TestOriginal looks again. An output
// that ends with "…" goes on.
var originalCases = []originalCase{
	{"incoming", "--port=PORT,--no-dns", []string{coming}, comingLine, "", ""},
	{"names of the router", "--port=PORT", []string{leaving, secure}, leavingLine + secureLine, "", ""},
	{"no names", "--port=PORT,--no-dns", []string{leaving}, leavingNoNames, "", ""},
	{"no names of sources", "--port=PORT,--no-dns-source", []string{leaving}, "TIME [out, UDP] 192.168.1.20:53001 -> dns.example:domain\n", "", ""},
	{"no names of destinations", "--port=PORT,--no-dns-dest", []string{leaving}, "TIME [out, UDP] laptop.lan:53001 -> 198.51.100.53:domain\n", "", ""},
	{"port numbers", "--port=PORT,--show-port-numbers", []string{leaving}, "TIME [out, UDP] laptop.lan:53001 -> dns.example:53\n", "", ""},
	{"cached names", "--port=PORT,--cache-dns", []string{leaving}, leavingLine, "", ""},
	{"what routers also send", "--port=PORT,--no-dns", []string{"WAN IP = 203.0.113.7", "System is ready", coming}, comingLine, "", ""},
	{"quiet", "--port=PORT,--no-dns,--quiet", []string{coming}, "", "", ""},
	{"flags cut short", "--po=PORT,--no-dns,--filter-dir=IN,--sh", []string{coming, leaving}, "TIME [ in, TCP] 203.0.113.4:51234 -> 192.168.1.10:80\n", "", ""},
	{"flags with one dash", "-port,PORT,-no-dns,-filter-dir,OUT,-show", []string{coming, leaving}, "TIME [out, UDP] 192.168.1.20:53001 -> 198.51.100.53:53\n", "", ""},
	{"flags with a plus", "+port=PORT,+no-dns", []string{coming}, comingLine, "", ""},
	{"flags in capitals", "--Port=PORT,--No-DNS,-S", []string{coming}, "TIME [ in, TCP] 203.0.113.4:51234 -> 192.168.1.10:80\n", "", ""},
	{"letters", "-p,PORT,-s,-t,%a:%S", []string{coming}, "203.0.113.4:51234\n", "", ""},
	{"letters that are beginnings", "-p=PORT,-c,-r,nobody,-t=%a", []string{coming}, "203.0.113.4\n", "", ""},
	{"a beginning that is unique in the original", "--port=PORT,--no-dns,--filter-p=TCP", []string{coming, leaving}, comingLine, "", ""},
	{"the last of two counts", "--port=9,--port=PORT,--no-dns,--filter-ip=10.*,--filter-ip=203.*", []string{coming, leaving}, comingLine, "", ""},
	{"a value that looks like a flag", "--port=PORT,--template,-q", []string{coming}, "-q\n", "", ""},
	{"filter by direction", "--port=PORT,--no-dns,--filter-direction=out", []string{coming, leaving}, leavingNoNames, "", ""},
	{"filter by protocol", "--port=PORT,--no-dns,--filter-protocol=udp", []string{coming, leaving}, leavingNoNames, "", ""},
	{"filter by address", "--port=PORT,--no-dns,--filter-ip=192.168.*", []string{coming, leaving}, comingLine + leavingNoNames, "", ""},
	{"filter with * in the middle", "--port=PORT,--no-dns,--filter-ip=203.*.4", []string{coming, leaving}, comingLine, "", ""},
	{"filter with * in a number", "--port=PORT,--no-dns,--filter-ip=2*3.4", []string{coming, leaving}, comingLine, "", ""},
	{"filter by source and destination", "--port=PORT,--no-dns,--filter-ip-source=203.*,--filter-ip-dest=*.10", []string{coming, leaving}, comingLine, "", ""},
	{"filter by name", "--port=PORT,--filter-host=*.example", []string{leaving, "@out UDP from a.lan(192.168.1.20):5 to b.lan(192.168.1.21):6"}, leavingLine, "", ""},
	{"filter by names of both ends", "--port=PORT,--filter-host-source=laptop*,--filter-host-dest=www.*", []string{leaving, secure}, secureLine, "", ""},
	{"tokens", "--port=PORT,--no-dns,--template,%a|%A|%s|%d|%S|%D|%i|%p", []string{coming}, "203.0.113.4|192.168.1.10|203.0.113.4|192.168.1.10|51234|http| in|TCP\n", "", ""},
	{"tokens of time", "--port=PORT,--no-dns,--template,%M %T %h:%m:%z | %t | [%i]", []string{coming}, "TIME | TIME | [ in]\n", "", ""},
	{"% at the end and before a blank", "--port=PORT,--no-dns,--template,100 % %a 5%", []string{coming}, "100 % 203.0.113.4 5%\n", "", ""},

	{"`%w` on a Tuesday", "--port=PORT,--no-dns,--template,%w", []string{coming}, "Tue\n", "Wed\n", "a fault of the original: it is a day ahead"},
	{"`%y`, `%Y` in 2014", "--port=PORT,--no-dns,--template,%y %Y", []string{coming}, "2014 14\n", "14 2014\n", "as the help of the original says it"},
	{"`%%` and `%%a`", "--port=PORT,--no-dns,--template,%% %%a", []string{coming}, "% %a\n", "%% %203.0.113.4\n", "any text can be written; tokens are replaced once, also in what a name server sent"},
	{"a token that is none, `%x`", "--port=PORT,--no-dns,--template,%x", []string{coming}, `exit 2: linklog: --template, column 1: unknown token "%x"…`, "%x\n", "a slip is told at once"},
	{"`%{src.ip}`", "--port=PORT,--no-dns,--template,%{src.ip}", []string{coming}, "203.0.113.4\n", "%{src.ip}\n", "new tokens are in braces"},
	{"a message of older routers, `@out 192.168.1.10 1234 198.51.100.80 80.`", "--port=PORT,--no-dns,-s", []string{"@out 192.168.1.10 1234 198.51.100.80 80."}, "TIME [out, ---] 192.168.1.10:1234 -> 198.51.100.80:80\n", "", "understood, too: `--filter-protocol tcp,udp` leaves them out"},
	{"a message about ICMP", "--port=PORT,--no-dns", []string{"@in ICMP from 203.0.113.4:0 to 192.168.1.10:0"}, "TIME [ in, ICMP] 203.0.113.4:0 -> 192.168.1.10:0\n", "", "understood, too: `--filter-protocol tcp,udp` leaves them out"},
	{"an address that is none, `999.0.113.4`", "--port=PORT,--no-dns", []string{"@in TCP from 999.0.113.4:51234 to 192.168.1.10:80"}, "", "TIME [ in, TCP] 999.0.113.4:51234 -> 192.168.1.10:http\n", "not understood: counted, and shown by `--system`"},
	{"a port that is none, `99999`", "--port=PORT,--no-dns", []string{"@in TCP from 203.0.113.4:99999 to 192.168.1.10:80"}, "", "TIME [ in, TCP] 203.0.113.4:99999 -> 192.168.1.10:http\n", "the same"},
	{"a datagram that is no trap", "--port=PORT,--no-dns", []string{datagram + coming}, comingLine, "", ""},
	{"a port of IANA's list that is not in `/etc/services`, 40000", "--port=PORT,--no-dns", []string{"@in TCP from 203.0.113.4:51234 to 192.168.1.10:40000"}, "TIME [ in, TCP] 203.0.113.4:51234 -> 192.168.1.10:safetynetp\n", "TIME [ in, TCP] 203.0.113.4:51234 -> 192.168.1.10:40000\n", "LinkLog's own table of ports as they are used, and all names of IANA, stand behind the system's file; `-s` shows numbers"},
	{"`--filter-host='*.EXAMPLE'`", "--port=PORT,--filter-host=*.EXAMPLE", []string{leaving}, leavingLine, "", "names have no case"},
	{"`--filter-ip='203.0.113.4,10.*'`", "--port=PORT,--no-dns,--filter-ip=203.0.113.4;10.*", []string{coming}, comingLine, "", "commas stand between patterns"},
	{"`--filter-ip='!10.*'`", "--port=PORT,--no-dns,--filter-ip=!10.*", []string{coming}, comingLine, "", "`!` excludes"},
	{"`--filter-ip=203.0.113`", "--port=PORT,--no-dns,--filter-ip=203.0.113", []string{coming}, `exit 2: linklog: --filter-ip: "203.0.113": is only a part of an address: write 203.0.113.* or 203.0.113.0/24`, "", "what can never match is told"},
	{"`--filter-host=198.51.100.53`", "--port=PORT,--filter-host=198.51.100.53", []string{leaving}, `exit 2: linklog: --filter-host: "198.51.100.53": is an address, not a name: use ip`, "", "the same"},
	{"`--filter-host=`", "--port=PORT,--no-dns,--filter-host=", []string{coming}, comingLine, "exit 1: Option filter-host requires an argument", "an empty filter is none"},
	{"`--filter-protocol=ICMP`", "--port=PORT,--no-dns,--filter-protocol=ICMP", []string{coming}, "", "exit 1: ERROR: filter_protcol: Unknown protocol", "all protocols have names"},
	{"`--filter-protocol=TPC`", "--port=PORT,--filter-protocol=TPC", nil, `exit 2: linklog: --filter-protocol: "TPC": unknown protocol: did you mean TCP?`, "exit 1: ERROR: filter_protcol: Unknown protocol", "a wrong command line is exit code 2"},
	{"`-sp 162`", "-sp,PORT,-t%a:%D", []string{coming}, "203.0.113.4:80\n", "exit 1: Unknown option: sp", "letters may stand together. Where that could be the beginning of a flag of the original, it is (`-sh`)"},
	{"`--no`", "--no", nil, "exit 2: linklog: --no is ambiguous: --no-dns, --no-dns-dest or --no-dns-source", "exit 1: Option no is ambiguous (no-dns, no-dns-dest, no-dns-source)", "a wrong command line is exit code 2"},
	{"an unknown flag", "--nosuchflag", nil, "exit 2: linklog: unknown flag: --nosuchflag", "exit 1: Unknown option: nosuchflag", "the same"},
	{"`--port=abc`", "--port=abc", nil, `exit 2: linklog: invalid argument "abc" for "-p, --port" flag: a port is a number from 0 to 65535`, `exit 1: Value "abc" invalid for option port (number expected)`, "the same"},
	{"an argument", "--port=PORT,traffic", nil, `exit 2: linklog: unknown command "traffic"`, "exit 1: Usage: linklog [OPTIONS]", "the same"},
	{"a log file that cannot be opened", "--port=PORT,--log-file=/nosuchfolder/log", nil, "exit 1: linklog: open log file: open /nosuchfolder/log: no such file or directory", "exit 2: ERROR: Could not open log file for writing '/nosuchfolder/log'", "what cannot be done is exit code 1"},
	{"`--run-as=nosuchuser`", "--port=PORT,--run-as=nosuchuser", nil, `exit 1: linklog: --run-as: unknown user "nosuchuser"`, "exit 255: ERROR: Could not set user to 'nosuchuser'.  Unknown user.", "the same"},
	{"`--help`", "--help", nil, "exit 0: linklog shows what a router reports: every connection attempt in and out, one…", "exit 1: Usage: linklog [OPTIONS]", "who asks for help gets it"},
}

// TestOriginal runs the command lines of the original, and compares with what it
// printed. LINKLOG_ORIGINAL=file runs the original itself, too, with perl.
func TestOriginal(t *testing.T) {
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	script := os.Getenv("LINKLOG_ORIGINAL")
	if script == "" {
		t.Log("LINKLOG_ORIGINAL does not name the original's file: compared with what was observed")
	}
	for _, test := range originalCases {
		t.Run(test.name, func(t *testing.T) {
			if os.Getuid() != 0 && strings.Contains(test.args, "-r") {
				t.Skip("only root can run as another user")
			}
			if got := printed(t, exec.Command(file), &test); !same(got, test.ours) {
				t.Errorf("ours:\n got %q\nwant %q", got, test.ours)
			}
			if script == "" {
				return
			}
			want := test.ours
			if test.why != "" {
				want = test.original
			}
			// Unbuffered, else what it prints is seen when it ends.
			perl := exec.Command("perl", "-e", `$| = 1; $0 = shift; do $0; die $@ if $@`, script)
			if got := printed(t, perl, &test); !same(got, want) {
				t.Errorf("original:\n got %q\nwant %q", got, want)
			}
		})
	}
}

func same(got, want string) bool {
	if begin, more := strings.CutSuffix(want, "…"); more {
		return strings.HasPrefix(got, begin)
	}
	return got == want
}

var updateTable = flag.Bool("update", false, "write the table of docs/original.md")

// TestOriginalTable looks that the table at the end of docs/original.md is that of the cases.
func TestOriginalTable(t *testing.T) {
	const document, begin = "../../docs/original.md", "<!-- from originalCases: go test ./cmd/linklog -run OriginalTable -update -->\n"
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, _, found := strings.Cut(string(text), begin)
	if !found {
		t.Fatalf("no table in %s", document)
	}
	var b strings.Builder
	b.WriteString("| what | the original | LinkLog | why |\n|---|---|---|---|\n")
	cell := func(output string) string {
		output = strings.TrimRight(output, "\n")
		if output == "" {
			return "nothing"
		}
		return "`" + strings.ReplaceAll(output, "|", `\|`) + "`"
	}
	for _, c := range originalCases {
		if c.why != "" {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", c.name, cell(c.original), cell(c.ours), c.why)
		}
	}
	want := before + begin + b.String()
	if *updateTable {
		if err := os.WriteFile(document, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if string(text) != want {
		t.Errorf("%s has another table: -update writes it", document)
	}
}

// printed runs a command line until it took all messages, and returns what it
// printed, or how it ended if it did by itself.
func printed(t *testing.T, cmd *exec.Cmd, test *originalCase) string {
	t.Helper()
	port := freePort(t)
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	for arg := range strings.SplitSeq(test.args, ",") {
		cmd.Args = append(cmd.Args, strings.NewReplacer("PORT", port, ";", ",").Replace(arg))
	}
	stdout, stderr := &reading{}, &reading{}
	cmd.Stdout, cmd.Stderr, cmd.Dir = stdout, stderr, t.TempDir()
	cmd.Env = append(os.Environ(), "TZ=UTC", "LINKLOG_SOCKET="+filepath.Join(t.TempDir(), "s"), "RES_OPTIONS=timeout:1 attempts:1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	t.Cleanup(func() { cmd.Process.Kill() })
	over := func() bool {
		select {
		case <-ended:
			return true
		default:
			return false
		}
	}
	eventually(t, "it listens, or ends", func() bool { return over() || queued(t, n) >= 0 })
	begun := time.Now()
	// It may end although it had the port, as for a wrong user.
	if err := trySendAll(t, n, append(slices.Clone(test.messages), datagram+"the end")...); err != nil {
		eventually(t, fmt.Sprintf("it ended: %v", err), over)
	}
	// The last one was taken: those before it are dealt with.
	eventually(t, "all is taken", func() bool { return over() || queued(t, n) == 0 })
	if over() {
		text, _, _ := strings.Cut(stderr.String()+stdout.String(), "\n")
		return fmt.Sprintf("exit %d: %s", cmd.ProcessState.ExitCode(), strings.ReplaceAll(text, port, "PORT"))
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-ended
	return anonymous(stdout.String(), begun)
}

var someStamp = regexp.MustCompile(`(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ 1-3]\d [0-2]\d:[0-5]\d:[0-5]\d`)

// anonymous makes a day of 2014 of the day of now.
func anonymous(text string, now time.Time) string {
	now = now.UTC()
	text = someStamp.ReplaceAllString(text, "TIME")
	return strings.NewReplacer(now.Format("2006"), "2014", now.Format("Mon"), "Tue", now.AddDate(0, 0, 1).Format("Mon"), "Wed", now.Format("06"), "14").Replace(text)
}

// sendAll sends messages to a port.
func sendAll(t *testing.T, port int, messages ...string) {
	t.Helper()
	if err := trySendAll(t, port, messages...); err != nil {
		t.Fatal(err)
	}
}

// trySendAll is sendAll to where nobody may listen any more.
func trySendAll(t *testing.T, port int, messages ...string) error {
	to := fmt.Sprintf("127.0.0.1:%d", port)
	s, err := send.Dial(t.Context(), to, send.Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	c, err := net.Dial("udp", to)
	if err != nil {
		return err
	}
	defer c.Close()
	for _, m := range messages {
		var err error
		if text, ok := strings.CutPrefix(m, datagram); ok {
			_, err = c.Write([]byte(text))
		} else {
			_, err = s.Send(t.Context(), 1, 0, func(_ int, dst []byte) []byte { return send.AppendTrap(dst, &send.Encoding{}, m) })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// queued is how many bytes wait at a UDP port; -1: nobody listens there.
func queued(t *testing.T, port int) (waiting int) {
	t.Helper()
	waiting = -1
	for _, table := range []string{"/proc/net/udp", "/proc/net/udp6"} {
		text, err := os.ReadFile(table)
		if err != nil {
			continue // no IPv6
		}
		for line := range bytes.Lines(text) {
			fields := strings.Fields(string(line))
			if len(fields) < 5 || !strings.HasSuffix(fields[1], fmt.Sprintf(":%04X", port)) {
				continue
			}
			_, rx, _ := strings.Cut(fields[4], ":")
			n, err := strconv.ParseInt(rx, 16, 64)
			if err != nil {
				t.Fatalf("%s: %s", table, line)
			}
			waiting = max(waiting, 0) + int(n)
		}
	}
	return waiting
}
