package serve

import (
	"net/http"

	"linklog/phrase"
	"linklog/service/api"
	"linklog/service/settings"
)

// rules lists what the user is told about.
func (s *Server) rules(r *http.Request) (any, error) {
	out := []api.Rule{}
	for _, r := range s.engine.Alerts().Rules() {
		one := api.Rule{
			Name: r.Name, Builtin: r.Builtin, On: !r.Off, Filter: r.Filter, Outlets: r.Outlets, Quiet: r.Quiet.String(), Meanwhile: r.Meanwhile, Told: r.Told, Last: r.Last,
		}
		switch {
		case r.Record.Not:
			one.DoNotRecord, one.Hours, one.Unrecorded = true, r.Hours.String(), s.engine.Unrecorded(r.Name)
		case r.Builtin == "":
			one.When = r.When.String()
		}
		if r.Err != nil {
			one.Error = oneLine(r.Err.Error())
		}
		out = append(out, one)
	}
	return map[string][]api.Rule{"rules": out}, nil
}

// tryRule says how often a rule would have told.
func (s *Server) tryRule(r *http.Request) (any, error) {
	p := readParams(r)
	rule := settings.Rule{Filter: p.text("filter"), Meanwhile: p.text("meanwhile"), Record: settings.Record{Not: p.yes("do_not_record")}}
	if err := rule.When.UnmarshalText([]byte(p.text("when"))); err != nil {
		p.fail("when", phrase.Of(err))
	}
	if err := rule.Quiet.UnmarshalText([]byte(p.text("quiet"))); err != nil {
		p.fail("quiet", phrase.Of(err))
	}
	if err := rule.Hours.UnmarshalText([]byte(p.text("hours"))); err != nil {
		p.fail("hours", phrase.Of(err))
	}
	rule.CheckRecord(func(name string, _ int, err error) { p.fail(name, phrase.Of(err)) })
	if rule.Meanwhile != "" && rule.Meanwhile != settings.Hold && rule.Meanwhile != settings.Drop {
		p.fail("meanwhile", phrase.Say("must be one of {{.Names}}", "Names", settings.Hold+", "+settings.Drop))
	}
	if p.end() != nil {
		return nil, p.err
	}
	end, err := s.heavy(r.Context())
	if err != nil {
		return nil, err
	}
	defer end()
	t, err := s.engine.TryRule(r.Context(), rule)
	if err != nil {
		return nil, err
	}
	out := api.Trial{Told: t.Told, Matches: t.Matches, Since: t.Since, Until: t.Until, Whole: t.Whole}
	for i := range t.Last {
		out.Alerts = append(out.Alerts, t.Last[i].API())
	}
	return out, nil
}
