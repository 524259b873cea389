package attack

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/oldlogs"
	"linklog/proof/real"
	"linklog/service/client"
)

const (
	goodLine  = "Sep 16 12:00:00 [ in, TCP] 203.0.113.9:1 -> 192.168.1.10:2\n"
	otherLine = "Sep 16 12:00:01 [ in, TCP] 203.0.113.10:1 -> 192.168.1.10:2\n"

	// maxImport is what the command may take of memory, in bytes, whatever it reads:
	// some 20 MB are the program itself, and what it reads goes through buffers of 64 KiB.
	maxImport = 80 * megabyte
)

// imported is what came of an import.
type imported struct {
	out, err string
	code     int
	peak     int64 // bytes
	took     time.Duration
}

// importFrom runs linklog import. It looks at all it says, and at its memory.
func importFrom(t testing.TB, stdin io.Reader, args ...string) imported {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, append([]string{"import"}, args...)...)
	cmd.Env = append(os.Environ(), "TZ=UTC")
	cmd.Stdin = stdin
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// What the system tells at the end counts the memory of the process it was forked
	// from, too.
	var peak atomic.Int64
	ended := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		for {
			select {
			case <-ended:
				return
			case <-time.After(2 * time.Millisecond):
			}
			if n, err := peakOf(cmd.Process.Pid); err == nil && runs(cmd.Process.Pid) {
				peak.Store(n)
			}
		}
	})
	_ = cmd.Wait()
	close(ended)
	watch.Wait()
	r := imported{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode(), peak.Load(), time.Since(begin)}
	if ctx.Err() != nil {
		t.Errorf("does not end: %v", args)
	}
	if r.peak > maxImport {
		t.Errorf("%d MiB in use for %v", r.peak/megabyte, args)
	}
	if strings.Contains(r.err, "panic") || strings.Contains(r.err, "goroutine ") || r.code < 0 || r.code > 2 {
		t.Errorf("%v: exit code %d: %.2000s", args, r.code, r.err)
	}
	for line := range strings.Lines(r.out + r.err) {
		if line = strings.TrimSuffix(line, "\n"); line != "" {
			if err := harmless([]byte(line)); err != nil {
				t.Error(err)
			}
			if len(line) > 2000 {
				t.Errorf("a line of %d bytes is told: %.200s", len(line), line)
			}
		}
	}
	if n := strings.Count(r.err, "\n"); n > 50 {
		t.Errorf("%d lines of errors", n)
	}
	return r
}

// runs tells whether a process is the program already, and not yet a copy of this one.
func runs(pid int) bool {
	path, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	return err == nil && path == program
}

// repeated is a piece again and again.
type repeated struct {
	piece []byte
	rest  int64
}

func repeat(piece string, n int64) io.Reader {
	return &repeated{bytes.Repeat([]byte(piece), max(1, 1<<16/len(piece))), n}
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.rest <= 0 {
		return 0, io.EOF
	}
	n := copy(p, r.piece[:min(int64(len(r.piece)), r.rest)])
	r.rest -= int64(n)
	return n, nil
}

// TestImportHugeLine has a line of a gigabyte, from a pipe and in a gzip file a
// thousand times smaller: it is left out, and told with its number. Zeros between lines
// are nothing, of any length.
func TestImportHugeLine(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("reads gigabytes")
	}
	const gigabyte = 1 << 30
	check := func(t *testing.T, code int, told string, r imported) {
		t.Helper()
		if r.code != code || (r.err == "") != (told == "") || !strings.Contains(r.err, told) || !strings.Contains(r.out, "2 events read") {
			t.Errorf("exit code %d, %.500s, %.500s", r.code, r.out, r.err)
		}
		t.Logf("%d MiB, %v", r.peak/megabyte, r.took.Round(time.Millisecond))
	}
	t.Run("pipe", func(t *testing.T) {
		in := io.MultiReader(strings.NewReader(goodLine), repeat("x", gigabyte), strings.NewReader("\n"+otherLine))
		check(t, 1, "linklog: -: line 2: longer than 65536 bytes", importFrom(t, in, "--dry-run", "-"))
	})
	t.Run("sparse file", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "log")
		f, err := os.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for at, text := range map[int64]string{0: goodLine, gigabyte / 4: "\n" + otherLine} {
			if _, err := f.WriteAt([]byte(text), at); err != nil {
				t.Fatal(err)
			}
		}
		check(t, 0, "", importFrom(t, nil, "--dry-run", file))
	})
	for name, filling := range map[string]string{"gzip": "x", "gzip with zeros": "\x00"} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "log.gz")
			f, err := os.Create(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			// Files of gzip one behind the other are one.
			const member = 16 << 20
			part := packed(t, strings.Repeat(filling, member))
			f.Write(packed(t, goodLine))
			for range gigabyte / member {
				f.Write(part)
			}
			f.Write(packed(t, "\n"+otherLine))
			if filling == "x" {
				check(t, 1, "linklog: "+file+": line 2: longer than 65536 bytes", importFrom(t, nil, "--dry-run", file))
			} else {
				check(t, 0, "", importFrom(t, nil, "--dry-run", file))
			}
		})
	}
}

func packed(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestImportEndless reads what never ends, until it is interrupted.
func TestImportEndless(t *testing.T) {
	t.Parallel()
	for name, piece := range map[string]string{
		"lines": goodLine, "rubbish lines": "no line of a log\n", "one line": "x", "zeros": "\x00", "no record": "\tx = STRING: \"y\"\n",
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(program, "import", "--dry-run", "--format", "linklog", "-")
			if name == "no record" {
				cmd.Args[4] = "snmptrapd"
			}
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			var stderr real.Output
			cmd.Stderr = &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			written := make(chan int64)
			go func() {
				block := bytes.Repeat([]byte(piece), (1<<16)/len(piece))
				n := int64(0)
				for {
					k, err := in.Write(block)
					if n += int64(k); err != nil {
						return
					}
					select {
					case written <- n:
					default:
					}
				}
			}()
			timeout := time.After(60 * time.Second)
			for n := int64(0); n < 8*megabyte; {
				select {
				case n = <-written:
				case <-timeout:
					t.Fatalf("%d bytes were read: %s", n, stderr.String())
				}
			}
			peak, err := peakOf(cmd.Process.Pid)
			if err != nil || peak > maxImport {
				t.Errorf("%d MiB in use: %v", peak/megabyte, err)
			}
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			go func() { ended <- cmd.Wait() }()
			select {
			case err := <-ended:
				if err == nil {
					t.Error("it was interrupted, but says that all went well")
				}
			case <-time.After(20 * time.Second):
				_ = cmd.Process.Kill()
				t.Error("it cannot be interrupted")
			}
		})
	}
}

// TestImportRubbish has files that are no logs: the error names the file.
func TestImportRubbish(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 1<<20)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	small := packed(t, strings.Repeat(goodLine, 1000))
	wrongSum := bytes.Clone(small)
	wrongSum[len(wrongSum)-8] ^= 1
	deep := strings.Repeat("[", 60_000)
	for name, content := range map[string][]byte{
		"noise":             noise,
		"elf":               append([]byte("\x7fELF\x02\x01\x01\x00"), noise[:4096]...),
		"zip":               append([]byte("PK\x03\x04"), noise[:4096]...),
		"gzip, cut":         small[:len(small)/2],
		"gzip, wrong sum":   wrongSum,
		"gzip, head only":   small[:10],
		"gzip, noise":       append([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3}, noise[:4096]...),
		"gzip in gzip":      packed(t, string(small)),
		"gzip, then noise":  append(bytes.Clone(small), noise[:4096]...),
		"escape sequences":  []byte("\x1b]0;x\x07\x1b[2J\u202e\n"),
		"json, deep":        []byte(`{"kind":"traffic","time":` + deep + "\n"),
		"json, huge number": []byte(`{"kind":"traffic","time":"2024-01-01T10:00:00Z","src_port":1e999}` + "\n"),
		"csv, columns":      []byte("time,kind," + strings.Repeat("x,", 20_000) + "\n" + strings.Repeat(",", 30_000) + "\n"),
		"csv, open quote":   []byte("time,kind,router\n\"" + strings.Repeat("a\n", 100_000)),
		"utf-16":            []byte("\xff\xfeS\x00e\x00p\x00"),
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "file")
			if err := os.WriteFile(file, content, 0o600); err != nil {
				t.Fatal(err)
			}
			if r := importFrom(t, nil, "--dry-run", file); r.code != 1 || !strings.Contains(r.err, file) {
				t.Errorf("exit code %d: %.500s", r.code, r.err)
			}
		})
	}
	// Rubbish that is taken for what somebody says it is.
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, noise, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, f := range oldlogs.Formats() {
		r := importFrom(t, nil, "--dry-run", "--format", f.Name, file)
		refused := r.code == 1 && strings.Contains(r.err, file)
		// Between the records of snmptrapd may be anything.
		if !refused && !(f.Format == oldlogs.Snmptrapd && strings.HasPrefix(r.out, file) && strings.Contains(r.out, ": 0 events read") && strings.Contains(r.out, "about something else")) {
			t.Errorf("%s: exit code %d: %.500s", f.Name, r.code, r.err)
		}
	}
	for _, odd := range []string{t.TempDir(), "/dev/null/x", "/proc/self/mem", file + "\x1b[2J\n\u202e"} {
		if r := importFrom(t, nil, "--dry-run", odd); r.code != 1 || !strings.Contains(r.err, capture.Clean(odd)) {
			t.Errorf("%q: exit code %d: %q", odd, r.code, r.err)
		}
	}
}

// TestImportSlowLines has the longest lines there are, made such that a careless
// reader goes over the same bytes again and again.
func TestImportSlowLines(t *testing.T) {
	pieces := []string{"@", "@in ", "[", "[ in, TCP] ", ",", "\"", "a.", ":", "1", "(", "-> ", "= ", "{\"a\":", "\\", "\u202e", " ", "IN=", "SRC=1.2.3.4 ", "\t", "STRING: \"", "é", "Sep "}
	prefixes := []string{"", "Sep 16 12:00:00 ", "Sep 16 12:00:00 [ in, TCP] ", "Sep 16 12:00:00 gw kernel: ", "2003-01-16 23:29:58,out,", "192.168.1.1\t2003-01-16\t23:29:58-0\t", `{"kind":"traffic","time":"`}
	var text strings.Builder
	for _, prefix := range prefixes {
		for _, piece := range pieces {
			text.WriteString(prefix + strings.Repeat(piece, (64_000-len(prefix))/len(piece)) + "\n")
		}
	}
	file := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, f := range oldlogs.Formats() {
		// 10 MB, a second for each is much.
		if r := importFrom(t, nil, "--dry-run", "--format", f.Name, file); r.took > 10*time.Second {
			t.Errorf("%s: %v for %d MB", f.Name, r.took, text.Len()/1_000_000)
		} else {
			t.Logf("%s: %v", f.Name, r.took.Round(time.Millisecond))
		}
	}
}

// pcap is the beginning of a capture of Ethernet.
func pcapHead(snaplen uint32) []byte {
	b := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	b = binary.LittleEndian.AppendUint16(b, 2)
	b = binary.LittleEndian.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = binary.LittleEndian.AppendUint32(b, snaplen)
	return binary.LittleEndian.AppendUint32(b, 1)
}

// pcapPacket is a packet with its head, which says what it likes.
func pcapPacket(seconds, recorded, length uint32, data []byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, seconds)
	b = binary.LittleEndian.AppendUint32(b, 5)
	b = binary.LittleEndian.AppendUint32(b, recorded)
	b = binary.LittleEndian.AppendUint32(b, length)
	return append(b, data...)
}

// frame is an Ethernet frame with a datagram to port 162.
func frame(payload []byte) []byte {
	b := append(make([]byte, 12), 8, 0, 0x45, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(28+len(payload)))
	b = append(b, 0, 0, 0, 0, 64, 17, 0, 0, 192, 168, 1, 1, 192, 168, 1, 10)
	b = binary.BigEndian.AppendUint16(b, 2048)
	b = binary.BigEndian.AppendUint16(b, 162)
	b = binary.BigEndian.AppendUint16(b, uint16(8+len(payload)))
	return append(append(b, 0, 0), payload...)
}

// block is a block of pcapng that says what it likes about its length.
func block(kind, length uint32, body []byte, end uint32) []byte {
	b := binary.LittleEndian.AppendUint32(nil, kind)
	b = binary.LittleEndian.AppendUint32(b, length)
	return binary.LittleEndian.AppendUint32(append(b, body...), end)
}

// TestImportCaptures has captures that lie about themselves.
func TestImportCaptures(t *testing.T) {
	t.Parallel()
	sound := frame([]byte("\x30\x00"))
	n := uint32(len(sound))
	whole := pcapPacket(1e9, n, n, sound)
	section := block(0x0a0d0d0a, 28, append(binary.LittleEndian.AppendUint32(nil, 0x1a2b3c4d), 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), 28)
	iface := block(1, 20, []byte{1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}, 20)
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	enhanced := func(recorded uint32, data []byte) []byte {
		body := append(make([]byte, 12), binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, recorded), recorded)...)
		body = append(body, data...)
		for len(body)%4 > 0 {
			body = append(body, 0)
		}
		return block(6, uint32(len(body)+12), body, uint32(len(body)+12))
	}
	for name, test := range map[string]struct {
		content []byte
		want    string // in what is told; "": the exit code is 0
	}{
		"pcap, huge snaplen":              {join(pcapHead(0xffffffff), whole), ""},
		"pcap, no snaplen":                {join(pcapHead(0), whole), ""},
		"pcap, 4 GB packet":               {join(pcapHead(65535), whole, pcapPacket(1e9, 0xffffffff, 0xffffffff, nil)), "packet 2: a packet of 4294967295 bytes"},
		"pcap, negative packet":           {join(pcapHead(65535), pcapPacket(1e9, 0x80000000, 60, sound)), "packet 1: a packet of 2147483648 bytes"},
		"pcap, cut":                       {join(pcapHead(65535), whole, whole[:len(whole)-1]), "packet 2: the file breaks off"},
		"pcap, cut in the head":           {join(pcapHead(65535), whole, whole[:7]), "packet 2: the file breaks off"},
		"pcap, head only, cut":            {pcapHead(65535)[:20], "without a whole header"},
		"pcap, empty packets":             {join(pcapHead(65535), bytes.Repeat(pcapPacket(1e9, 0, 0xffffffff, nil), 100_000)), ""},
		"pcapng, length 0":                {join(section, iface, block(6, 0, nil, 0)), "a block of 0 bytes"},
		"pcapng, length 4":                {join(section, iface, block(6, 4, nil, 4)), "a block of 4 bytes"},
		"pcapng, odd length":              {join(section, iface, block(6, 33, make([]byte, 21), 33)), "a block of 33 bytes"},
		"pcapng, 4 GB block":              {join(section, iface, block(5, 0xfffffffc, nil, 0)), "breaks off"},
		"pcapng, other end":               {join(section, iface, block(5, 12, nil, 16)), "a block of 12 bytes that ends as one of 16"},
		"pcapng, section of 0":            {block(0x0a0d0d0a, 0, []byte{0x4d, 0x3c, 0x2b, 0x1a}, 0), "a block of 0 bytes"},
		"pcapng, no order":                {block(0x0a0d0d0a, 28, make([]byte, 16), 28), "without a byte order"},
		"pcapng, packet larger than said": {join(section, iface, enhanced(0xffffffff, sound)), "packet 1: a packet of 4294967295 bytes in a block"},
		"pcapng, no interface":            {join(section, enhanced(n, sound)), "packet 1: a packet of an interface that was not described"},
		"pcapng, a million interfaces":    {join(section, bytes.Repeat(iface, 1_000_000)), "more than 4096 interfaces"},
		"pcapng, a million sections":      {join(bytes.Repeat(section, 1_000_000), iface, enhanced(n, sound)), ""},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "capture")
			if err := os.WriteFile(file, test.content, 0o600); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{{file}, {"-"}} {
				r := importFrom(t, bytes.NewReader(test.content), append([]string{"--dry-run"}, args...)...)
				switch {
				case test.want == "" && r.code != 0:
					t.Errorf("exit code %d: %.500s", r.code, r.err)
				case test.want != "" && (r.code != 1 || !strings.Contains(r.err, test.want) || !strings.Contains(r.err, args[0])):
					t.Errorf("exit code %d: %.500s, want %s", r.code, r.err, test.want)
				}
			}
		})
	}
}

// TestImportRubbishIntoTheService has a capture of 8,000 datagrams that are no
// traps, as large as what is kept of one: they get there, in requests that are not
// too large, and a second time nothing is added.
func TestImportRubbishIntoTheService(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const n = 8_000
	d := serve(t, "")
	file := filepath.Join(t.TempDir(), "capture")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var content bytes.Buffer
	content.Write(pcapHead(65535))
	random := rand.New(rand.NewPCG(3, 4))
	payload := make([]byte, capture.MaxRaw)
	for i := range n {
		for j := range payload {
			payload[j] = byte(random.Uint32())
		}
		packet := frame(payload)
		content.Write(pcapPacket(uint32(1e9+i), uint32(len(packet)), uint32(len(packet)), packet))
	}
	if _, err := f.Write(content.Bytes()); err != nil {
		t.Fatal(err)
	}
	content = bytes.Buffer{}
	for _, want := range []string{"8,000 events read.", "8,000 events read, 8,000 of them there already"} {
		if r := importFrom(t, nil, "--socket", d.socket, file); r.code != 0 || !strings.Contains(r.out, want) {
			t.Errorf("exit code %d: %s, %s; want %s", r.code, r.out, r.err, want)
		}
	}
	if stored, err := d.Count(t.Context(), client.Query{Imported: true}); err != nil || stored != n {
		t.Errorf("%d stored: %v", stored, err)
	}
	if peak := d.peak(t); peak > maxService {
		t.Errorf("%d MiB in use", peak/megabyte)
	} else {
		t.Logf("%d MiB in use", peak/megabyte)
	}
	d.end(t)
}
