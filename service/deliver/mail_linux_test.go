package deliver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"linklog/capture/receive/porttest"
	"linklog/service/alerts"
	"linklog/service/deliver/brokertest"
	"linklog/service/settings"
)

// exim is a real mail server on the loopback: it takes mail for everybody from who has logged
// in, and all is in one mailbox. Logging in needs TLS.
const exim = `
primary_hostname = mail.test
keep_environment = LD_LIBRARY_PATH
local_interfaces = 127.0.0.1
daemon_smtp_ports = %[2]d : %[3]d
tls_on_connect_ports = %[3]d
spool_directory = %[1]s/spool
log_file_path = %[1]s/log.%%s
pid_file_path = %[1]s/pid
exim_path = %[1]s/exim/usr/sbin/exim4
tls_advertise_hosts = *
tls_certificate = %[1]s/certificate
tls_privatekey = %[1]s/key
auth_advertise_hosts = ${if eq{$tls_in_cipher}{}{}{*}}
message_size_limit = 20K
acl_smtp_rcpt = rcpt
acl_smtp_data = accept
begin acl
rcpt:
  deny domains = refused.example
  accept authenticated = *
  deny message = log in first
accept:
  accept
begin routers
all:
  driver = accept
  transport = mailbox
begin transports
mailbox:
  driver = appendfile
  file = %[1]s/mailbox
  user = Debian-exim
  batch_max = 10
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = ${if and{{eq{$auth2}{me}}{eq{$auth3}{s3cret-a}}}}
  server_set_id = $auth2
`

// eximRoot is where scripts/setup unpacked the mail server.
func eximRoot(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(cache, "linklog", "exim4-daemon-light")
	if _, err := os.Stat(filepath.Join(root, "usr/sbin/exim4")); err != nil || os.Getuid() != 0 {
		t.Skip("needs exim4, which scripts/setup test unpacks, and root")
	}
	return root
}

// withUser adds the user that exim runs as to copies of the files of users and groups, where it
// is not there.
func withUser(t *testing.T, dir string) {
	t.Helper()
	for name, line := range map[string]string{"passwd": "Debian-exim:x:65533:65533::/:/usr/sbin/nologin", "group": "Debian-exim:x:65533:"} {
		text, err := os.ReadFile("/etc/" + name)
		if err == nil && !bytes.Contains(text, []byte("Debian-exim:")) {
			text = append(text, line+"\n"...)
		}
		if err := errors.Join(err, os.WriteFile(filepath.Join(dir, name), text, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
}

// Mail goes through a real server, encrypted from the start or by STARTTLS, and is in its
// mailbox as it was sent; each way to be refused is said.
func TestMail(t *testing.T) {
	root := eximRoot(t)
	dir, err := os.MkdirTemp("/tmp", "linklog-exim")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	brokertest.Certificate(t, dir, "localhost")
	for name, mode := range map[string]os.FileMode{"": 0o777, "spool": 0o777} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(path, mode), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
	}
	ports := []uint16{porttest.Free(t), porttest.Free(t)}
	config := filepath.Join(dir, "config")
	if err := os.WriteFile(config, fmt.Appendf(nil, exim, dir, ports[0], ports[1]), 0o644); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	withUser(t, dir)
	folders, err := filepath.Glob(filepath.Join(root, "usr/lib/*-linux-gnu"))
	if err != nil {
		t.Fatal(err)
	}
	libraries := strings.ReplaceAll(strings.Join(folders, ":"), root, filepath.Join(dir, "exim"))
	// In a mount namespace of its own, in which there is its user, and who may read the program.
	server := exec.Command("unshare", "--mount", "sh", "-ec", `
		mount --bind "$0/passwd" /etc/passwd
		mount --bind "$0/group" /etc/group
		mkdir "$0/exim"
		mount --bind "$1" "$0/exim"
		exec "$0/exim/usr/sbin/exim4" -C "$0/config" -bdf -odi`, dir, root)
	server.Env = append(os.Environ(), "LD_LIBRARY_PATH="+libraries)
	server.Stdout, server.Stderr = &said, &said
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(dir, "log.main"))
			t.Logf("exim: %s%s", said.String(), log)
		}
	})
	await(t, func() bool {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", ports[0]))
		if err == nil {
			c.Close()
		}
		return err == nil
	})

	o := settings.Outlet{Type: "mail", User: "me", Token: "${a}", From: "LinkLog <linklog@home.example>", To: []string{"Anna <anna@home.example>", "bob@home.example"}, CA: filepath.Join(dir, "certificate")}
	for n, url := range []string{fmt.Sprintf("smtps://localhost:%d", ports[1]), fmt.Sprintf("smtp://localhost:%d", ports[0])} {
		o.URL = url
		if err := mustOutlet(t, o).Send(t.Context(), about([]alerts.Alert{newHostAlert()}, nil)); err != nil {
			t.Fatalf("%s: %v", url, err)
		}
		var box []byte
		await(t, func() bool {
			box, _ = os.ReadFile(filepath.Join(dir, "mailbox"))
			return bytes.Count(box, []byte("\nMessage-ID:")) == n+1
		})
		for _, want := range []string{
			`(?m)^Subject: LinkLog: new host$`, `(?m)^From: "LinkLog" <linklog@home\.example>$`, `(?m)^To: "Anna" <anna@home\.example>, <bob@home\.example>$`,
			`(?m)^Auto-Submitted: auto-generated$`, `by mail\.test with (utf8)?esmtpsa `,
		} {
			if !regexp.MustCompile(want).Match(box) {
				t.Errorf("%s: no %s in:\n%s", url, want, box)
			}
		}
		if text := strings.ReplaceAll(strings.ReplaceAll(string(box), "=\n", ""), "=5C", `\`); !strings.Contains(text, "New host "+evil) {
			t.Errorf("%s: the text is not in:\n%s", url, box)
		}
	}

	// A summary of the day is read in the mailbox line by line.
	day := alerts.Alert{ID: 8, Kind: alerts.Daily, Count: 2, Message: "Fri 20 Nov 07:00 to Sat 21 Nov 07:00\n\nAlerts:\n- New hosts: cdn.example, \x1b[31m\x07ads.example\nAttempts: 4", Outlets: []string{"post"}}
	if err := mustOutlet(t, o).Send(t.Context(), about([]alerts.Alert{day}, nil)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if box, _ := os.ReadFile(filepath.Join(dir, "mailbox")); t.Failed() {
			t.Logf("mailbox: %q", box)
		}
	})
	await(t, func() bool {
		box, _ := os.ReadFile(filepath.Join(dir, "mailbox"))
		_, mail, _ := strings.Cut(string(box), "\nSubject: LinkLog: summary of the day\n")
		return regexp.MustCompile(`\nFri 20 Nov 07:00 to Sat 21 Nov 07:00\r?\n\r?\nAlerts:\r?\n- New hosts: cdn\.example, =EF=BF=BD\[31m=EF=BF=BDads\.example\r?\nAttempts: 4\r?\n`).MatchString(mail)
	})

	for name, test := range map[string]struct {
		change  func(*settings.Outlet)
		says    string
		refused bool
	}{
		"wrong password":    {func(o *settings.Outlet) { o.Token = "${b}" }, "535", false},
		"no log-in":         {func(o *settings.Outlet) { o.User, o.Token = "", "" }, "log in first", false},
		"refused address":   {func(o *settings.Outlet) { o.To = []string{"x@refused.example"} }, "550", false},
		"unknown authority": {func(o *settings.Outlet) { o.URL, o.CA = fmt.Sprintf("smtps://localhost:%d", ports[1]), "" }, "certificate", false},
	} {
		changed := o
		test.change(&changed)
		err := mustOutlet(t, changed).Send(t.Context(), TestMessage("pc", nil))
		var refused *Refused
		if err == nil || !strings.Contains(err.Error(), test.says) || errors.As(err, &refused) != test.refused || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	long := TestMessage(strings.Repeat("x", 30_000), nil)
	var refused *Refused
	if err := mustOutlet(t, o).Send(t.Context(), long); !errors.As(err, &refused) {
		t.Errorf("a message that is too large: %v", err)
	}

	// A server that says nothing.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	o.URL = "smtp://" + l.Addr().String()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := mustOutlet(t, o).Send(ctx, TestMessage("pc", nil)); err == nil || err.Error() != "127.0.0.1 does not answer in time" {
		t.Errorf("got %v", err)
	}
}
