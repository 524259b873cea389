package localsocket

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"slices"
	"sync"
	"testing"
	"time"
)

func TestRoleString(t *testing.T) {
	for role, want := range map[Role]string{Refused: "refused", Viewer: "viewer", Admin: "administrator", 9: "refused"} {
		if role.String() != want {
			t.Errorf("%d: %s, want %s", role, role, want)
		}
	}
}

func TestAmong(t *testing.T) {
	id := Identity{UID: "1004", Name: "ann"}
	for _, test := range []struct {
		list []string
		want bool
	}{
		{nil, false},
		{[]string{"bob", "ann"}, true},
		{[]string{"1004"}, true},
		{[]string{"100"}, false},
		{[]string{"an", "annn", ""}, false},
	} {
		if got := id.among(test.list); got != test.want {
			t.Errorf("%q: %v", test.list, got)
		}
	}
	if (Identity{UID: "1004"}).among([]string{""}) {
		t.Error("an unknown name is in an empty line")
	}
	// Somebody who managed to be called by the number of another.
	if (Identity{UID: "1005", Name: "1004"}).among([]string{"1004"}) {
		t.Error("a number was taken for a name")
	}
}

func TestNobodyIsRefused(t *testing.T) {
	p := Policy{Admins: []string{"", "root"}, Viewers: []string{""}}
	if r := p.Role(Identity{}); r != Refused {
		t.Error(r)
	}
	if r := p.Role(Identity{Name: "root"}); r != Refused {
		t.Error("a name alone:", r)
	}
}

func TestCache(t *testing.T) {
	var c cache[string]
	asked := 0
	at := time.Unix(1000, 0)
	get := func(key string) string {
		return c.get(key, at, func(key string) string { asked++; return fmt.Sprint(key, asked) })
	}
	expect := func(key, want string) {
		t.Helper()
		if got := get(key); got != want {
			t.Errorf("%s at %v: %s, want %s", key, at, got, want)
		}
	}
	expect("a", "a1")
	expect("a", "a1")
	expect("b", "b2")
	at = at.Add(keptFor - 1)
	expect("a", "a1")
	at = at.Add(1)
	expect("a", "a3")
	at = at.Add(-time.Hour) // the clock was set back
	expect("a", "a4")
	for i := range 10 * maxKept {
		get(fmt.Sprint("user", i))
		if len(c.kept) > maxKept {
			t.Fatal("grows without bound:", len(c.kept))
		}
	}
}

// serve listens on path, answers each caller with one byte and hands on who it was.
func serve(t *testing.T, path string) (net.Listener, <-chan Identity) {
	t.Helper()
	l := listenOn(t, path)
	return l, answer(t, l)
}

func answer(t *testing.T, l net.Listener) <-chan Identity {
	callers := make(chan Identity, 1000)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			id, err := Of(c)
			if err != nil {
				t.Error("who called: ", err)
			}
			callers <- id
			c.Write([]byte{'!'})
			c.Close()
		}
	}()
	return callers
}

// ask connects and waits for the answer.
func ask(path string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := Dial(ctx, path)
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	var b [1]byte
	_, err = c.Read(b[:])
	return err
}

func next(t *testing.T, callers <-chan Identity) Identity {
	t.Helper()
	select {
	case id := <-callers:
		return id
	case <-time.After(10 * time.Second):
		t.Fatal("nobody called")
		return Identity{}
	}
}

func TestManyConnections(t *testing.T) {
	path := testPath(t)
	_, callers := serve(t, path)
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			if err := ask(path); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	for range 200 {
		if id := next(t, callers); (Policy{}).Role(id) != Admin {
			t.Fatalf("%+v", id)
		}
	}
}

func BenchmarkOfAndRole(b *testing.B) {
	path := testPath(b)
	l := listenOn(b, path)
	accepted := make(chan net.Conn, 1)
	go func() {
		c, _ := l.Accept()
		accepted <- c
	}()
	c, err := Dial(context.Background(), path)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	s := <-accepted
	if s == nil {
		b.Fatal("nobody called")
	}
	defer s.Close()
	for b.Loop() {
		if id, err := Of(s); err != nil || (Policy{}).Role(id) != Admin {
			b.Fatal(id, err)
		}
	}
}

func TestDialWithoutService(t *testing.T) {
	path := testPath(t)
	if err := ask(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error("never there: ", err)
	}
	l, callers := serve(t, path)
	if err := ask(path); err != nil {
		t.Fatal(err)
	}
	next(t, callers)
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	l.Close() // twice does no harm
	if err := ask(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error("closed: ", err)
	}
	l, _ = serve(t, path) // and free again
	l.Close()
}

func TestDialGivesUp(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	path := testPath(t)
	serve(t, path)
	if c, err := Dial(ctx, path); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", c, err)
	}
}

func TestOfNeedsALocalConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	for _, c := range []net.Conn{c, a} {
		if id, err := Of(c); err == nil || id != (Identity{}) {
			t.Errorf("%T: %+v, %v", c, id, err)
		}
	}
}

func TestDefaultPaths(t *testing.T) {
	t.Setenv("LINKLOG_SOCKET", "")
	if paths := DefaultPaths(); len(paths) < 2 || paths[len(paths)-1] != UserPath() || !slices.Contains(paths, SystemPath()) {
		t.Errorf("%q", paths)
	}
	for _, path := range DefaultPaths() {
		if err := check(path); err != nil {
			t.Error(err)
		}
	}
	t.Setenv("LINKLOG_SOCKET", "there")
	if paths := DefaultPaths(); len(paths) != 1 || paths[0] != "there" {
		t.Errorf("%q", paths)
	}
}
