package settings

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"linklog/filter"
	"linklog/phrase"
)

// Rule says about what the user is told, besides what LinkLog tells by itself, or changes how
// one of the rules that are built in tells; or, with Record.Not, what is not recorded.
type Rule struct {
	Name      string   `toml:"name"`      // the user's
	Builtin   string   `toml:"builtin"`   // one of BuiltinRules, in place of a name, a filter and when
	Off       bool     `toml:"off"`       // it is kept, and tells nothing
	Filter    string   `toml:"filter"`    // see package filter
	When      When     `toml:"when"`      // zero: always
	Outlets   []string `toml:"outlets"`   // their names, Desktop and Program; empty: all
	Quiet     Hours    `toml:"quiet"`     // zero: none
	Meanwhile string   `toml:"meanwhile"` // Hold or Drop; "": Hold

	Record Record `toml:"record"` // the zero value: what matches is recorded
	Hours  Hours  `toml:"hours"`  // of those that are not recorded; zero: at any time
}

// Record says whether what matches a rule is recorded.
type Record struct{ Not bool }

// What Outlets of a Rule may be besides the names of outlets.
const (
	Desktop = "desktop" // notifications of the app
	Program = "program" // that of alerts.on_alert
)

// What becomes of alerts in quiet hours.
const (
	Hold = "hold" // they come together when the hours are over
	Drop = "drop" // they never come
)

// The rules that are built in, by what they tell about.
const (
	NewHost       = "new-host"
	PublicAddress = "public-address"
	NewDevice     = "new-device"
	Listed        = "listed"
	PortScan      = "port-scan"
	RouterSilent  = "router-silent"
	Trouble       = "trouble"
)

// BuiltinRules are the rules that are built in. The first OnByDefault of them tell unless
// they are off, the others once there is a section for them.
var BuiltinRules = []string{NewHost, PublicAddress, Listed, NewDevice, PortScan, RouterSilent, Trouble}

// OnByDefault is the number of BuiltinRules that tell without a section. What is listed is only
// told where the user has lists.
const OnByDefault = 3

const (
	maxRules    = 200
	maxRuleName = 100   // bytes
	maxFilter   = 4_096 // bytes
)

// WhenKind is what has to happen for a rule to tell.
type WhenKind uint8

const (
	Always           WhenKind = iota // each event that matches
	FirstHost                        // the first with a host
	FirstDeviceHost                  // the first of a device with a host
	FirstDeviceOwner                 // the first of a device with an owner of addresses
	MoreThan                         // more than Count within Span
	NothingFor                       // none for Span
)

// When says what has to happen for a rule to tell.
type When struct {
	Kind  WhenKind
	Count int
	Span  time.Duration
	text  string // of Span
}

var whenTexts = [...]string{Always: "always", FirstHost: "first for this host", FirstDeviceHost: "first for this device and host", FirstDeviceOwner: "first for this device and owner"}

// IsFirst reports whether a rule tells once for whom an event is about.
func (w When) IsFirst() bool { return w.Kind >= FirstHost && w.Kind <= FirstDeviceOwner }

// String writes it as UnmarshalText reads it.
func (w When) String() string {
	switch w.Kind {
	case MoreThan:
		return fmt.Sprintf("more than %d in %s", w.Count, w.text)
	case NothingFor:
		return "nothing for " + w.text
	}
	return whenTexts[w.Kind]
}

// The bounds of what is counted.
const (
	maxWhenCount = 1_000_000
	minMoreThan  = time.Second
	maxMoreThan  = 7 * 24 * time.Hour
	minNothing   = time.Minute
	maxNothing   = 366 * 24 * time.Hour
)

// UnmarshalText reads "always", "first for this host", "first for this device and host",
// "first for this device and owner", "more than 20 in 10m" and "nothing for 2h".
func (w *When) UnmarshalText(text []byte) error {
	words := strings.Fields(strings.ToLower(string(text)))
	say := strings.Join(words, " ")
	if len(words) == 0 {
		*w = When{}
		return nil
	}
	for kind, known := range whenTexts {
		if say == known {
			*w = When{Kind: WhenKind(kind)}
			return nil
		}
	}
	next := When{text: words[len(words)-1]}
	least, most := minMoreThan, maxMoreThan
	switch {
	case len(words) == 5 && words[0] == "more" && words[1] == "than" && words[3] == "in":
		n, err := strconv.Atoi(words[2])
		if err != nil {
			return phrase.Say("{{.Value}} is not a whole number", "Value", strconv.Quote(words[2]))
		}
		if n < 1 || n > maxWhenCount {
			return notBetween(n, 1, maxWhenCount)
		}
		next.Kind, next.Count = MoreThan, n
	case len(words) == 3 && words[0] == "nothing" && words[1] == "for":
		next.Kind = NothingFor
		least, most = minNothing, maxNothing
	default:
		if near := phrase.Nearest(say, slices.Values(whenTexts[:])); near != "" {
			return phrase.Say("{{.Value}} is not known: did you mean {{.Near}}?", "Value", strconv.Quote(string(text)), "Near", near)
		}
		return phrase.Say("{{.Value}} is not known: it is one of {{.Names}}", "Value", strconv.Quote(string(text)),
			"Names", strings.Join(whenTexts[:], ", ")+", more than 20 in 10m, nothing for 2h")
	}
	var span Duration
	if err := span.UnmarshalText([]byte(next.text)); err != nil {
		return err
	}
	if next.Span = time.Duration(span); next.Span < least || next.Span > most {
		return phrase.Say("{{.Value}} is not between {{.Least}} and {{.Most}}", "Value", next.text, "Least", short(least), "Most", short(most))
	}
	*w = next
	return nil
}

// short writes whole days, hours, minutes or seconds as a setting has them.
func short(d time.Duration) string {
	switch {
	case d%(24*time.Hour) == 0:
		return strconv.Itoa(int(d/(24*time.Hour))) + "d"
	case d%time.Minute == 0:
		return strings.TrimSuffix(strings.TrimSuffix(d.String(), "0s"), "0m")
	}
	return d.String()
}

// Hours are times of each day, from one minute to another, by the clock on the wall; the zero
// value is never.
type Hours struct {
	From, To int // minutes since midnight; To is before From where midnight is in between
}

// IsZero reports whether there are none.
func (h Hours) IsZero() bool { return h == Hours{} }

// String writes them as UnmarshalText reads them, "" for none.
func (h Hours) String() string {
	if h.IsZero() {
		return ""
	}
	return fmt.Sprintf("%02d:%02d-%02d:%02d", h.From/60, h.From%60, h.To/60, h.To%60)
}

// UnmarshalText reads "22:00-07:00".
func (h *Hours) UnmarshalText(text []byte) error {
	*h = Hours{}
	if len(strings.TrimSpace(string(text))) == 0 {
		return nil
	}
	from, to, found := strings.Cut(string(text), "-")
	wrong := phrase.Say("{{.Value}} is not a time of the day, such as 22:00-07:00", "Value", strconv.Quote(string(text)))
	if !found {
		return wrong
	}
	next := Hours{}
	var good, ends bool
	next.From, good = minuteOf(from)
	if next.To, ends = minuteOf(to); !good || !ends {
		return wrong
	}
	if next.From == next.To {
		return phrase.Say("begins when it ends")
	}
	*h = next
	return nil
}

// minuteOf reads a time of the day, in minutes since midnight.
func minuteOf(text string) (minute int, good bool) {
	t, err := time.Parse("15:04", strings.TrimSpace(text))
	return t.Hour()*60 + t.Minute(), err == nil
}

// DayTime is a time of each day, by the clock on the wall; the zero value is never.
type DayTime struct {
	Set    bool
	Minute int // since midnight
}

// String writes it as UnmarshalText reads it, "" for never.
func (d DayTime) String() string {
	if !d.Set {
		return ""
	}
	return fmt.Sprintf("%02d:%02d", d.Minute/60, d.Minute%60)
}

// UnmarshalText reads "07:00".
func (d *DayTime) UnmarshalText(text []byte) error {
	*d = DayTime{}
	if len(strings.TrimSpace(string(text))) == 0 {
		return nil
	}
	minute, good := minuteOf(string(text))
	if !good {
		return phrase.Say("{{.Value}} is not a time of the day, such as {{.Example}}", "Value", strconv.Quote(string(text)), "Example", "07:00")
	}
	*d = DayTime{true, minute}
	return nil
}

// After is the first time that it is then after another one.
func (d DayTime) After(t time.Time) time.Time {
	y, m, day := t.Date()
	for ; ; day++ {
		if at := time.Date(y, m, day, d.Minute/60, d.Minute%60, 0, 0, t.Location()); at.After(t) {
			return at
		}
	}
}

// Until reports whether a time is in the hours, and when they end then.
func (h Hours) Until(t time.Time) (end time.Time, in bool) {
	if h.IsZero() {
		return end, false
	}
	y, m, d := t.Date()
	now := t.Hour()*60 + t.Minute()
	switch {
	case h.From < h.To:
		in = now >= h.From && now < h.To
	case now >= h.From:
		in = true
		d++
	default:
		in = now < h.To
	}
	return time.Date(y, m, d, h.To/60, h.To%60, 0, 0, t.Location()), in
}

// RuleFilter makes a matcher of the filter of a rule: of one that is about all that comes.
func RuleFilter(text string, names filter.Services) (*filter.Matcher, error) {
	f, err := filter.Parse(text)
	if err != nil {
		return nil, err
	}
	if f.Timed() {
		return nil, phrase.Say("a rule is about all that comes: leave out since, until and date")
	}
	return f.Compile(names, time.Time{})
}

// NotRecorded makes a filter of what is not to be recorded, of Privacy.DoNotRecord or a Rule, which must
// be about attempts as they come. It may be all only where it is so at some hours.
func NotRecorded(query string, hours Hours, known filter.Services) (*filter.Matcher, error) {
	f, err := filter.Parse(query)
	switch {
	case err != nil:
		return nil, err
	case f.Everything() && hours.IsZero():
		return nil, phrase.Say("nothing would be recorded at all")
	case f.Timed() || f.New:
		return nil, phrase.Say("it is about all that comes: leave out since, until, date and new")
	}
	return f.Compile(known, time.Time{})
}

// Matcher makes a matcher of the filter of the rule.
func (r *Rule) Matcher(known filter.Services) (*filter.Matcher, error) {
	if r.Record.Not {
		return NotRecorded(r.Filter, r.Hours, known)
	}
	return RuleFilter(r.Filter, known)
}

// checkRules reports what the types do not say.
func (s *Settings) checkRules(wrong report) {
	if len(s.Rules) > maxRules {
		wrong("rule", maxRules, phrase.Say("there are more than {{.Most}}", "Most", maxRules))
		return
	}
	outlets := []string{Desktop, Program}
	for i := range s.Outlets {
		outlets = append(outlets, s.Outlets[i].Name)
	}
	for i := range s.Rules {
		r := &s.Rules[i]
		in := func(name string, at int, err error) { wrong(element("rule", i)+"."+name, at, err) }
		r.check(outlets, in)
		for _, b := range s.Rules[:i] {
			switch {
			case r.Builtin != "" && b.Builtin == r.Builtin:
				in("builtin", -1, phrase.Say("{{.Value}} is there twice", "Value", strconv.Quote(r.Builtin)))
			case r.Name != "" && strings.EqualFold(b.Name, r.Name):
				in("name", -1, phrase.Say("{{.Value}} is there twice", "Value", strconv.Quote(r.Name)))
			}
		}
	}
}

// check reports what is wrong with a rule where there are outlets of some names.
func (r *Rule) check(outlets []string, wrong report) {
	if r.Builtin != "" {
		r.checkBuiltin(wrong)
	} else {
		switch {
		case strings.TrimSpace(r.Name) == "":
			wrong("name", -1, phrase.Say("is missing: every rule needs a name"))
		case len(r.Name) > maxRuleName:
			wrong("name", -1, phrase.Say("may have {{.Limit}} bytes, this one has {{.Bytes}}", "Limit", maxRuleName, "Bytes", len(r.Name)))
		case strings.ContainsFunc(r.Name, func(c rune) bool { return !unicode.IsPrint(c) }):
			wrong("name", -1, phrase.Say("has a control character in it, which no setting needs"))
		}
		if len(r.Filter) > maxFilter {
			wrong("filter", -1, phrase.Say("may have {{.Limit}} bytes, this one has {{.Bytes}}", "Limit", maxFilter, "Bytes", len(r.Filter)))
		} else if r.Filter == "" && r.When.Kind != MoreThan && r.When.Kind != NothingFor && !r.Record.Not {
			wrong("filter", -1, phrase.Say("is missing: it would tell about everything"))
		}
	}
	if r.CheckRecord(wrong); r.Record.Not {
		return
	}
	for i, name := range r.Outlets {
		if slices.Contains(outlets, name) {
			continue
		}
		if near := phrase.Nearest(name, slices.Values(outlets)); near != "" {
			wrong("outlets", i, phrase.Say("there is no outlet {{.Name}}: did you mean {{.Near}}?", "Name", strconv.Quote(name), "Near", near))
		} else {
			wrong("outlets", i, phrase.Say("there is no outlet {{.Name}}: there are {{.Names}}", "Name", strconv.Quote(name), "Names", strings.Join(outlets, ", ")))
		}
	}
	switch r.Meanwhile {
	case "":
	case Hold, Drop:
		if r.Quiet.IsZero() {
			wrong("meanwhile", -1, phrase.Say("says what becomes of alerts in quiet hours, which are not set"))
		}
	default:
		wrong("meanwhile", -1, phrase.Say("{{.Value}} is not known: it is one of {{.Names}}", "Value", strconv.Quote(r.Meanwhile), "Names", Hold+", "+Drop))
	}
}

// CheckRecord reports settings that do not go together: a rule either tells, or says what is not recorded.
func (r *Rule) CheckRecord(wrong func(name string, at int, err error)) {
	if !r.Record.Not {
		if !r.Hours.IsZero() {
			wrong("hours", -1, phrase.Say("are those of a rule with record = false: a rule that tells has quiet hours"))
		}
		return
	}
	for _, of := range []struct {
		name string
		set  bool
	}{{"when", r.When != When{}}, {"outlets", len(r.Outlets) > 0}, {"quiet", !r.Quiet.IsZero()}, {"meanwhile", r.Meanwhile != ""}} {
		if of.set {
			wrong(of.name, -1, phrase.Say("a rule with record = false tells nothing, and has no such setting"))
		}
	}
}

func (r *Rule) checkBuiltin(wrong report) {
	if !slices.Contains(BuiltinRules, r.Builtin) {
		if near := phrase.Nearest(r.Builtin, slices.Values(BuiltinRules)); near != "" {
			wrong("builtin", -1, phrase.Say("{{.Value}} is not known: did you mean {{.Near}}?", "Value", strconv.Quote(r.Builtin), "Near", near))
		} else {
			wrong("builtin", -1, phrase.Say("{{.Value}} is not known: it is one of {{.Names}}", "Value", strconv.Quote(r.Builtin), "Names", strings.Join(BuiltinRules, ", ")))
		}
	}
	for name, set := range map[string]bool{"name": r.Name != "", "filter": r.Filter != "", "when": r.When != (When{}), "record": r.Record.Not} {
		if set {
			wrong(name, -1, phrase.Say("a rule that is built in has no such setting"))
		}
	}
}

// checkRuleFilters reports filters that cannot be used with the services that are known here.
func (s *Settings) checkRuleFilters(known filter.Services, wrong report) {
	for i := range s.Rules {
		if text := s.Rules[i].Filter; len(text) <= maxFilter {
			if _, err := s.Rules[i].Matcher(known); err != nil {
				wrong(element("rule", i)+".filter", -1, phrase.Say("{{.Filter}}: {{.Reason}}", "Filter", strconv.Quote(text), "Reason", err))
			}
		}
	}
}
