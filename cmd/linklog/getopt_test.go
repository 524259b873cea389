package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func TestCanonical(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"", ""},
		{"--port 9162", "--port=9162"},
		{"--port=9162 -q", "--port=9162 --quiet"},
		// Shortened, with one dash, with a plus, in any case.
		{"--filter-dir=IN", "--filter-direction=IN"},
		{"--filter-dir IN", "--filter-direction=IN"},
		{"-filter-dir IN", "--filter-direction=IN"},
		{"-filter-dir=IN", "--filter-direction=IN"},
		{"+filter-dir=IN", "--filter-direction=IN"},
		{"--FILTER-Dir=in", "--filter-direction=in"},
		{"-no-dns", "--no-dns"},
		{"--no-dns-s --No-DNS-D", "--no-dns-source --no-dns-dest"},
		{"-port 9162 -quiet -log out", "--port=9162 --quiet --log-file=out"},
		{"-port=9162", "--port=9162"},
		{"--p 9162 --q --s --l out --t %a --h", "--port=9162 --quiet --show-port-numbers --log-file=out --template=%a --help"},
		{"-P 9162 -Q -S -L out -T %a", "--port=9162 --quiet --show-port-numbers --log-file=out --template=%a"},
		{"-c -r nobody", "--cache-dns --run-as=nobody"},
		{"--filter-p=TCP", "--filter-protocol=TCP"}, // it was alone with --filter-p
		{"--filter-ip=10.* --filter-ip-s=10.1.*", "--filter-ip=10.* --filter-ip-source=10.1.*"},
		// A flag takes what follows, whatever it looks like.
		{"-t -q", "--template=-q"},
		{"-l log", "--log-file=log"},
		{"--template=", "--template="},
		{"--template=%a=%A", "--template=%a=%A"},
		// Letters in one, as ever.
		{"-ql out", "--quiet --log-file=out"},
		{"-ql log", "--quiet --log-file=log"}, // a file, no command
		{"-qlout", "--quiet --log-file=out"},
		{"-ql=out", "--quiet --log-file=out"},
		{"-sp9162", "--show-port-numbers --port=9162"},
		{"-p9162 -l/var/log/l", "--port=9162 --log-file=/var/log/l"},
		{"-t%y|%i", "--template=%y|%i"},
		{"-t%a=%A", "--template=%a=%A"},
		{"-q=false", "--quiet=false"},
		{"-sq=false", "--show-port-numbers --quiet=false"},
		// Ours are written out.
		{"--json --since 1h", "--json --since=1h"},
		{"--filter-port=80", "--filter-port=80"},
		{"--js", "--js"},
		{"-json", "-json"},
		{"--filter-po 80", "--filter-po 80"},
		// A command's flags are its own; what is before it is not.
		{"log -n 5 -no", "log -n 5 -no"},
		{"-no-dns log --filter-dir in", "--no-dns log --filter-dir in"},
		{"-q -- -no-dns", "--quiet -- -no-dns"},
		{"- -no-dns", "- -no-dns"},
		{"__complete --filter-dir", "__complete --filter-dir"},
		// What is missing or wrong is for pflag.
		{"--port", "--port"},
		{"-po", "--port"},
		{"-qp", "--quiet --port"},
		{"-qx out", "-qx out"},
		{"-é", "-é"},
		{"--=x", "--=x"},
		{"-=x", "-=x"},
	} {
		flags := rootCommand(os.Stdout, os.Stderr).Flags()
		got, err := canonical(strings.Fields(test.args), flags)
		if err != nil || strings.Join(got, " ") != test.want {
			t.Errorf("%s: got %s, %v, want %s", test.args, strings.Join(got, " "), err, test.want)
		}
	}
}

func TestAmbiguous(t *testing.T) {
	flags := rootCommand(os.Stdout, os.Stderr).Flags()
	for _, test := range []struct{ arg, want string }{
		{"--no", "--no is ambiguous: --no-dns, --no-dns-dest or --no-dns-source"},
		{"-n", "-n is ambiguous: --no-dns, --no-dns-dest or --no-dns-source"},
		{"--filter-host-=x", "--filter-host- is ambiguous: --filter-host-dest or --filter-host-source"},
		{"-Filter-I=x", "-Filter-I is ambiguous: --filter-ip, --filter-ip-dest or --filter-ip-source"},
	} {
		if got, err := canonical([]string{test.arg}, flags); err == nil || err.Error() != test.want {
			t.Errorf("%s: %v, %v, want %s", test.arg, got, err, test.want)
		}
	}
}

// The original's flags are all there, and none of ours is the beginning of one, which
// would take the meaning of a script away from it.
func TestOriginalFlags(t *testing.T) {
	flags := rootCommand(os.Stdout, os.Stderr).Flags()
	for _, name := range originalFlags {
		if flags.Lookup(name) == nil {
			t.Errorf("no --%s", name)
		}
	}
	flags.VisitAll(func(f *pflag.Flag) {
		original, err := originalFlag("--", f.Name)
		if (original != "" || err != nil) && !slices.Contains(originalFlags, f.Name) {
			t.Errorf("--%s is the beginning of --%s", f.Name, original)
		}
	})
}
