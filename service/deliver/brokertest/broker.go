// Package brokertest is a real MQTT broker for tests: mosquitto, on the loopback, which the user
// "me" may use with the password "s3cret-a", and what its subscribers hear.
package brokertest

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"linklog/capture/receive/porttest"
)

// Broker is a real one on the loopback, which the user me may use with a password.
type Broker struct {
	t          *testing.T
	Dir        string // has the certificate, which is for localhost
	Plain, TLS uint16 // ports
	more       string
	program    *exec.Cmd
}

// mosquitto is where a program of that broker is: installed, or unpacked by scripts/setup.
func mosquitto(t *testing.T, name string) (path string, environment []string) {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(cache, "linklog", "mosquitto")
	libraries, _ := filepath.Glob(filepath.Join(root, "usr/lib/*-linux-gnu"))
	for _, folder := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", filepath.Join(root, "usr/sbin"), filepath.Join(root, "usr/bin")) {
		path := filepath.Join(folder, name)
		if _, err := os.Stat(path); err == nil {
			if strings.HasPrefix(path, root) {
				environment = append(os.Environ(), "LD_LIBRARY_PATH="+strings.Join(libraries, ":"))
			}
			return path, environment
		}
	}
	t.Skipf("needs %s: scripts/setup test", name)
	return "", nil
}

// New starts a broker; more are lines of its configuration.
func New(t *testing.T, more string) *Broker {
	t.Helper()
	b := &Broker{t: t, Dir: t.TempDir(), Plain: porttest.Free(t), TLS: porttest.Free(t), more: more}
	Certificate(t, b.Dir, "localhost")
	hash, environment := mosquitto(t, "mosquitto_passwd")
	command := exec.Command(hash, "-c", "-b", filepath.Join(b.Dir, "users"), "me", "s3cret-a")
	command.Env = environment
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	b.Start()
	return b
}

// Start runs the broker, with nothing kept from before a Stop, and all from before a Leave.
func (b *Broker) Start() {
	b.t.Helper()
	config := filepath.Join(b.Dir, "config")
	text := fmt.Sprintf("user root\nallow_anonymous false\npassword_file %[1]s/users\npersistence true\npersistence_location %[1]s/\nlistener %[2]d 127.0.0.1\n%[4]s\nlistener %[3]d 127.0.0.1\ncertfile %[1]s/certificate\nkeyfile %[1]s/key\n", b.Dir, b.Plain, b.TLS, b.more)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
	path, environment := mosquitto(b.t, "mosquitto")
	b.program = exec.Command(path, "-c", config)
	b.program.Env = environment
	var said bytes.Buffer
	b.program.Stdout, b.program.Stderr = &said, &said
	if err := b.program.Start(); err != nil {
		b.t.Fatal(err)
	}
	program := b.program
	b.t.Cleanup(func() {
		_ = program.Process.Kill()
		_ = program.Wait()
		if b.t.Failed() {
			b.t.Logf("mosquitto: %s", said.String())
		}
	})
	for _, port := range []uint16{b.Plain, b.TLS} {
		await(b.t, func() bool {
			c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if err == nil {
				c.Close()
			}
			return err == nil
		})
	}
}

// Stop kills the broker.
func (b *Broker) Stop() {
	_ = b.program.Process.Kill()
	_ = b.program.Wait()
}

// Leave ends the broker, which writes what it keeps.
func (b *Broker) Leave() {
	_ = b.program.Process.Signal(syscall.SIGTERM)
	_ = b.program.Wait()
}

// Heard is what a subscriber to all topics was sent.
type Heard struct {
	mu       sync.Mutex
	all      []string          // "TOPIC PAYLOAD"
	Retained map[string]string // that were there before
	latest   map[string]string
}

// Has reports whether "TOPIC PAYLOAD" was heard.
func (h *Heard) Has(line string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Contains(h.all, line)
}

// Last is the newest payload of a topic.
func (h *Heard) Last(topic string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.latest[topic]
}

// Listen has mosquitto_sub listen.
func (b *Broker) Listen() *Heard {
	b.t.Helper()
	path, environment := mosquitto(b.t, "mosquitto_sub")
	sub := exec.Command(path, "-h", "127.0.0.1", "-p", fmt.Sprint(b.Plain), "-u", "me", "-P", "s3cret-a", "-q", "1", "-t", "#", "-F", "%r %t %p")
	sub.Env = environment
	out, err := sub.StdoutPipe()
	if err == nil {
		err = sub.Start()
	}
	if err != nil {
		b.t.Fatal(err)
	}
	h := &Heard{Retained: map[string]string{}, latest: map[string]string{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			retained, line, _ := strings.Cut(lines.Text(), " ")
			topic, payload, _ := strings.Cut(line, " ")
			h.mu.Lock()
			h.all = append(h.all, line)
			h.latest[topic] = payload
			if retained == "1" {
				h.Retained[topic] = payload
			}
			h.mu.Unlock()
		}
	}()
	b.t.Cleanup(func() {
		_ = sub.Process.Kill()
		<-done
		_ = sub.Wait()
	})
	// A message of its own says that those before it have come.
	await(b.t, func() bool {
		b.publish("here", "yes")
		return h.Has("here yes")
	})
	return h
}

// publish has mosquitto_pub say something.
func (b *Broker) publish(topic, payload string) {
	b.t.Helper()
	path, environment := mosquitto(b.t, "mosquitto_pub")
	pub := exec.Command(path, "-h", "127.0.0.1", "-p", fmt.Sprint(b.Plain), "-u", "me", "-P", "s3cret-a", "-q", "1", "-t", topic, "-m", payload)
	pub.Env = environment
	if out, err := pub.CombinedOutput(); err != nil {
		b.t.Fatalf("%v: %s", err, out)
	}
}

// Certificate writes one for a host, and its key.
func Certificate(t *testing.T, dir, host string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	like := x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, &like, &like, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"certificate": {Type: "CERTIFICATE", Bytes: der}, "key": {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func await(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
	}
}
