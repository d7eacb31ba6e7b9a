package app

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/host/cli"
	"github.com/millrace-dev/millrace/host/config"
	"github.com/millrace-dev/millrace/host/pipeline"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/plan/bind"
	"github.com/millrace-dev/millrace/operators/plan/rule"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/operators/sql/parse"
	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// planned is what the statements and endpoints of a configuration come to.
type planned struct {
	endpoints  []endpoint
	components []component
	warnings   []*config.Error
}

// endpoint is an endpoint and the rows that it serves.
type endpoint struct {
	endpoint *config.Endpoint
	schema   batch.Schema
	pipeline string
}

// warn notes something that stops nothing.
func (p *planned) warn(at config.Pos, fix, format string, args ...any) {
	e := fail(at, fix, format, args...)
	e.Warning = true
	p.warnings = append(p.warnings, e)
}

// component is what moves together: connections, tables, statements and views that hang together.
type component struct {
	name   string
	plan   *plan.Plan
	served []pipeline.Served
}

// script is all SQL of the configuration in one text: the top-level statements, then those of endpoints.
type script struct {
	text       string
	parts      []scriptPart
	statements []ast.Statement
	broken     []string // results of statements that cannot be read
}

type scriptPart struct {
	start    int
	text     config.Text
	endpoint *config.Endpoint // whose result it is; nil: INTO says
}

func (s *script) add(t config.Text, e *config.Endpoint) {
	if strings.TrimSpace(t.Text) == "" {
		return
	}
	if s.text != "" {
		s.text += "\n;\n"
	}
	s.parts = append(s.parts, scriptPart{len(s.text), t, e})
	s.text += t.Text
}

// part returns the part that a place belongs to.
func (s *script) part(offset int) *scriptPart {
	i := len(s.parts) - 1
	for i > 0 && s.parts[i].start > offset {
		i--
	}
	return &s.parts[i]
}

// mistake returns a mistake in a span of the script. What goes over several lines is marked to the end of the first.
func (s *script) mistake(at ast.Span, msg, fix string) *config.Error {
	p := s.part(at.Pos)
	e := &config.Error{Pos: p.text.At(at.Pos - p.start), Msg: msg, Fix: fix, Width: math.MaxInt32}
	if last := p.text.At(max(at.Pos, at.End-1) - p.start); last.File == e.Pos.File && last.Line == e.Pos.Line {
		e.Width = max(1, last.Column-e.Pos.Column+1)
	}
	return e
}

// problem returns a problem of a plan at its place.
func (s *script) problem(p *plan.Problem) *config.Error {
	e := s.mistake(p.Span, p.Code+": "+p.Msg, p.Hint)
	e.Warning = p.Warning
	return e
}

// statements parses all SQL. Every result has a name then. Mistakes are among the errors, with their places.
func (a *App) statements() (*script, config.Errors) {
	s := &script{}
	s.add(a.cfg.SQL, nil)
	for i := range a.cfg.Endpoints {
		s.add(a.cfg.Endpoints[i].SQL, &a.cfg.Endpoints[i])
	}
	statements, diags := parse.ParseScript(a.cfg.AppName, s.text)
	var errs config.Errors
	for _, d := range diags {
		errs = append(errs, s.mistake(d.Span(), d.Code+": "+d.Msg, d.Hint))
		s.broken = append(s.broken, d.Result)
		if e := s.part(d.Pos).endpoint; e != nil && d.Result == "" {
			s.broken = append(s.broken, cmp.Or(e.TableName, e.Name))
		}
	}
	for _, st := range statements {
		q, ok := st.(*ast.QueryStatement)
		if e := s.part(st.Span().Pos).endpoint; ok && e != nil && q.Into.Text == "" {
			e.TableName = cmp.Or(e.TableName, e.Name)
			q.Into = ast.Ident{At: q.At, Text: e.TableName}
		}
	}
	s.statements = statements
	return s, errs
}

// makePlan parses, binds and optimises the statements, and says which views there are. All mistakes are
// reported together.
func (a *App) makePlan() (*planned, error) {
	s, errs := a.statements()
	views, problems := bind.Bind(s.statements, a.catalog, bind.Options{Functions: a.functions, Loose: !a.cfg.Strict, Broken: s.broken})
	p := &planned{}
	for _, problem := range problems {
		if problem.Warning {
			p.warnings = append(p.warnings, s.problem(problem))
			continue
		}
		errs = append(errs, s.problem(problem))
	}
	if errs != nil {
		return nil, errs.Sort()
	}
	if errs := a.unsupported(p); errs != nil {
		return nil, errs
	}
	return p, a.serve(p, s, views)
}

// unsupported refuses what would silently not happen, and warns of what only makes a query slower.
func (a *App) unsupported(p *planned) (errs config.Errors) {
	for i := range a.cfg.Sinks {
		s := &a.cfg.Sinks[i]
		errs = append(errs, fail(s.Pos, "serve the table by an endpoint", "sink %q: sinks are not supported yet", s.Name))
	}
	for i := range a.cfg.Lambdas {
		errs = append(errs, fail(a.cfg.Lambdas[i].Pos, "leave it out", "lambdas are not supported"))
	}
	for i := range a.cfg.Endpoints {
		for _, index := range a.cfg.Endpoints[i].Index.Secondary.Create {
			p.warn(index.Pos, "leave it out", "secondary indexes are not built yet: queries by other columns than the key scan the view")
		}
	}
	return errs
}

// serve gives each endpoint its view and divides all into components.
func (a *App) serve(p *planned, s *script, views []plan.View) error {
	var served []pipeline.Served
	var made []plan.View
	var errs config.Errors
	used := map[string]bool{}
	for i := range a.cfg.Endpoints {
		e := &a.cfg.Endpoints[i]
		used[e.TableName] = true
		if t := a.catalog.Find(e.TableName); t != nil {
			served = append(served, pipeline.Served{View: e.Name, Table: e.TableName})
			p.endpoints = append(p.endpoints, endpoint{endpoint: e, schema: t.Schema})
			continue
		}
		at := slices.IndexFunc(views, func(v plan.View) bool { return v.Name == e.TableName })
		if at < 0 {
			errs = append(errs, fail(a.endpointPos(i, "table_name"), a.suggest(e.TableName, views), "endpoint %q: table name specified in endpoint not found: %s", e.Name, e.TableName))
			continue
		}
		v := views[at]
		v.Name = e.Name
		v, err := v.WithKey(e.Index.PrimaryKey, a.catalog)
		if err != nil {
			for _, problem := range plan.Problems(err) {
				errs = append(errs, fail(a.endpointPos(i, "index.primary_key"), problem.Hint, "%s: endpoint %q: %s", problem.Code, e.Name, problem.Msg))
			}
			continue
		}
		made = append(made, v)
		p.endpoints = append(p.endpoints, endpoint{endpoint: e})
	}
	if errs != nil {
		return errs
	}
	for _, v := range views {
		if !used[v.Name] && !plan.Reads(views, v.Name) {
			unused := s.mistake(v.Span, "W2002: output table "+v.Name+" not used in any endpoint", "add an endpoint for it, or leave the statement out")
			unused.Warning = true
			p.warnings = append(p.warnings, unused)
		}
	}
	optimised, err := rule.Optimise(made, a.catalog)
	if err != nil {
		for _, problem := range plan.Problems(err) {
			errs = append(errs, s.problem(problem))
		}
		if errs != nil {
			return errs.Sort()
		}
		return fail(a.cfg.SQL.At(0), "", "%v", err)
	}
	if err := a.checkState(p, s, optimised); err != nil {
		return err
	}
	for i := range p.endpoints {
		for j := range optimised.Views {
			if optimised.Views[j].Name == p.endpoints[i].endpoint.Name {
				p.endpoints[i].schema = optimised.Views[j].Schema()
			}
		}
	}
	a.divide(p, optimised, served)
	return nil
}

// endpointPos is the place of a value of an endpoint.
func (a *App) endpointPos(i int, path string) config.Pos {
	return a.cfg.At(fmt.Sprintf("endpoints[%d].%s", i, path))
}

func (a *App) suggest(name string, views []plan.View) string {
	names := slices.Clone(a.catalog.Names())
	for _, v := range views {
		names = append(names, v.Name)
	}
	return near.Fix(name, names)
}

// divide finds the connected components of connections and views. A component is named after the first of
// its connections.
func (a *App) divide(p *planned, all *plan.Plan, served []pipeline.Served) {
	parent := map[string]string{}
	var root func(c string) string
	root = func(c string) string {
		if up, ok := parent[c]; ok && up != c {
			return root(up)
		}
		return c
	}
	join := func(tables []string) {
		first := ""
		for _, t := range tables {
			for i := range a.catalog.Find(t).Feeders {
				c := root(a.catalog.Find(t).Feeders[i].Connection)
				switch {
				case first == "":
					first = c
				case c < first:
					parent[first], first = c, c
				case c > first:
					parent[c] = first
				}
			}
		}
	}
	of := func(tables []string) string { return root(a.catalog.Find(tables[0]).Feeders[0].Connection) }
	for i := range all.Views {
		join(plan.Tables(all.Views[i].Node))
	}
	for _, s := range served {
		join([]string{s.Table})
	}
	at := map[string]int{}
	place := func(tables []string, viewName string) *component {
		name := of(tables)
		i, ok := at[name]
		if !ok {
			i = len(p.components)
			at[name] = i
			p.components = append(p.components, component{name: name, plan: &plan.Plan{}})
		}
		for j := range p.endpoints {
			if p.endpoints[j].endpoint.Name == viewName {
				p.endpoints[j].pipeline = name
			}
		}
		return &p.components[i]
	}
	for _, v := range all.Views {
		c := place(plan.Tables(v.Node), v.Name)
		c.plan.Views = append(c.plan.Views, v)
	}
	for _, s := range served {
		c := place([]string{s.Table}, s.View)
		c.served = append(c.served, s)
	}
}

func describe(connection, name string, rows int64, s *batch.Schema) cli.Table {
	t := cli.Table{Connection: connection, Name: name, Rows: rows}
	for i, f := range s.Fields {
		t.Columns = append(t.Columns, cli.Column{
			Name: f.Name, Type: f.Type.String(), Nullable: f.Nullable, Key: slices.Contains(s.Key, i),
		})
	}
	return t
}

func columnTexts(s *batch.Schema) []string {
	var out []string
	for i, f := range s.Fields {
		text := f.Name + " " + f.Type.String()
		if slices.Contains(s.Key, i) {
			text += " key"
		}
		out = append(out, text)
	}
	return out
}
