package metrics

import (
	"strconv"
	"strings"
)

// Types of metrics.
const (
	counter = "counter"
	gauge   = "gauge"
)

// text writes the text format.
type text struct {
	b    []byte
	name string // of the metric that is written
	head string // its help and type, until it has a sample
}

// family begins a metric. Its samples follow; without any it is left out.
func (t *text) family(name, kind, help string) {
	t.name = name
	t.head = "# HELP " + name + " " + help + "\n# TYPE " + name + " " + kind + "\n"
}

// sample writes a value, with names and values of labels in turn.
func (t *text) sample(value float64, labels ...string) {
	t.b = append(t.b, t.head...)
	t.head = ""
	t.b = append(t.b, t.name...)
	for i := 0; i < len(labels); i += 2 {
		before := ","
		if i == 0 {
			before = "{"
		}
		t.b = append(t.b, before+labels[i]+`="`+escaped.Replace(labels[i+1])+`"`...)
	}
	if len(labels) > 0 {
		t.b = append(t.b, '}')
	}
	t.b = append(t.b, ' ')
	t.b = strconv.AppendFloat(t.b, value, 'f', -1, 64)
	t.b = append(t.b, '\n')
}

// escaped is how values of labels are written.
var escaped = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// one writes a metric that is one value.
func (t *text) one(name, kind, help string, value float64) {
	t.family(name, kind, help)
	t.sample(value)
}
