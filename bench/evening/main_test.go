package main

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

func TestDraw(t *testing.T) {
	var out strings.Builder
	in := "seconds,visible_cpu,visible_mb,hidden_cpu,hidden_mb\n10,30.5,200,4,170\n20,28,210.5,3.5,170\n"
	if err := draw(strings.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	points := 0
	for d := xml.NewDecoder(strings.NewReader(out.String())); ; {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "polyline" {
			for _, a := range e.Attr {
				if a.Name.Local == "points" {
					points += len(strings.Fields(a.Value))
				}
			}
		}
	}
	if points != 8 {
		t.Errorf("%d points of four lines of two", points)
	}
}

func TestDrawRefuses(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"", "want the columns"},
		{"a,b\n1,2\n", "want the columns"},
		{"seconds,visible_cpu,visible_mb,hidden_cpu,hidden_mb\n1,2,3,4,5\n1,2,x,4,5\n", `line 3: "x"`},
		{"seconds,visible_cpu,visible_mb,hidden_cpu,hidden_mb\n1,2,3\n", "wrong number of fields"},
	} {
		if err := draw(strings.NewReader(test.in), io.Discard); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, want %q", test.in, err, test.want)
		}
	}
}
