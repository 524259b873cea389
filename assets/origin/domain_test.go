package origin

import "testing"

func TestDomain(t *testing.T) {
	for name, want := range map[string]string{
		"api.eu.netflix.com":                  "netflix.com",
		"NETFLIX.com.":                        "netflix.com",
		"www.books.amazon.co.uk":              "amazon.co.uk",
		"d3abc.cloudfront.net":                "cloudfront.net",
		"ec2-1-2-3-4.compute-1.amazonaws.com": "amazonaws.com",
		"s3.eu-central-1.amazonaws.com":       "amazonaws.com",
		"someone.github.io":                   "github.io",
		"www.city.kawasaki.jp":                "city.kawasaki.jp",
		"nas.fritz.box":                       "fritz.box",
		"tv.home.arpa":                        "tv.home.arpa",
		"printer.lan":                         "printer.lan",
		"a.b.unknown":                         "b.unknown",
		"laptop":                              "",
		"com":                                 "",
		"co.uk":                               "",
		"":                                    "",
		"...":                                 "",
		"..com":                               "",
	} {
		if got := Domain(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func FuzzDomain(f *testing.F) {
	f.Add("a.b.co.uk")
	f.Fuzz(func(t *testing.T, name string) {
		if d := Domain(name); len(d) > len(name)+4 {
			t.Errorf("%q: %q", name, d)
		}
	})
}
