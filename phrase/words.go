package phrase

// Words are the texts of a language, by the English ones; what is missing is said in English.
// They are for what is not shown by the app, which has its own way: no text has several forms.
type Words map[string]string

// L says a text, with names and their values in it (see Say).
func (w Words) L(format string, values ...any) string { return w.Say(Say(format, values...)) }

// Say says a Phrase, and those among its values.
func (w Words) Say(p Phrase) string {
	said := Phrase{Format: p.Format}
	if text := w[p.Format]; text != "" {
		said.Format = text
	}
	for name, v := range p.Values {
		if err, is := v.(error); is {
			v = w.Say(Of(err))
		}
		if said.Values == nil {
			said.Values = make(map[string]any, len(p.Values))
		}
		said.Values[name] = v
	}
	return said.String()
}
