package script

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/plan/bind"
	"github.com/millrace-dev/millrace/operators/plan/rule"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/operators/sql/lex"
	"github.com/millrace-dev/millrace/operators/sql/parse"
	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// Config is what a script takes by "use config".
type Config struct {
	// Statements are those of the configuration. Every result has a name.
	Statements []ast.Statement
	// Views are the results that are served.
	Views []Served
	// Functions resolves its own functions.
	Functions expr.Resolver
	Loose     bool
	// Tables returns its tables. It may ask their sources.
	Tables func() ([]*plan.Table, error)
}

// Served is a result of a statement, under the name by which it is served.
type Served struct {
	Name, Result string
	// Key are the columns of a declared key, of which the first row in canonical order is served; nil: there is none.
	Key []string
}

// use takes the line "use config", with the views of interest behind it.
func (p *parser) use(words []string) error {
	switch {
	case len(words) == 0 || words[0] != "config":
		return fmt.Errorf("use: write use config, and the names of views if not all are of interest")
	case p.load == nil:
		return fmt.Errorf("use config: there is none; name its file with -c")
	case p.s.config != nil:
		return fmt.Errorf("use config: once is enough")
	}
	var err error
	if p.s.config, err = p.load(); err != nil {
		return fmt.Errorf("use config: %w", err)
	}
	var names []string
	for _, v := range p.s.config.Views {
		names = append(names, v.Name)
	}
	for _, word := range strings.FieldsFunc(strings.Join(words[1:], " "), func(r rune) bool { return r == ',' || r == ' ' }) {
		if !slices.Contains(names, word) {
			return fmt.Errorf("use config: it serves no view %q; %s", word, near.Fix(word, names))
		}
		p.s.only = append(p.s.only, word)
	}
	return nil
}

// complete adds the tables of the config if its statements read any that the script does not declare.
func (s *Script) complete() error {
	if s.config == nil {
		return nil
	}
	own, _ := parse.ParseScript(s.Name, s.SQL) // was parsed statement by statement
	known := Tables(s.Tables).Names()
	var read []string
	for _, stmt := range slices.Concat(s.config.Statements, own) {
		known = append(known, resultName(stmt))
		ast.Walk(stmt, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Query:
				if n.With != nil {
					for i := range n.With.CTEs {
						known = append(known, n.With.CTEs[i].Name.Text)
					}
				}
			case *ast.Table:
				read = append(read, n.Name.Last().Text)
			}
			return true
		})
	}
	if len(s.Tables) > 0 && !slices.ContainsFunc(read, func(name string) bool { return !slices.Contains(known, name) }) {
		return nil
	}
	more, err := s.config.Tables()
	if err != nil {
		return fmt.Errorf("use config: %w", err)
	}
	for _, t := range more {
		if _, declared := s.Table(t.Name); !declared {
			s.Tables = append(s.Tables, t)
		}
	}
	return nil
}

func resultName(s ast.Statement) string {
	switch s := s.(type) {
	case *ast.QueryStatement:
		return s.Into.Text
	case *ast.CreateView:
		return s.Name.Last().Text
	}
	return ""
}

// Compile plans the views of the script and of its config.
func (s *Script) Compile() (*Program, error) {
	var p *Program
	var err error
	if s.config == nil {
		p, err = Compile(s.Name, s.Tables, s.SQL, bind.Options{Loose: s.Loose})
	} else {
		p, err = s.compileWithConfig()
	}
	if err != nil {
		return nil, err
	}
	p.Keyed = map[string]bool{}
	for _, t := range s.Tables {
		p.Keyed[t.Name] = t.Schema.Key != nil
	}
	return p, nil
}

func (s *Script) compileWithConfig() (*Program, error) {
	tables := Tables(s.Tables)
	o := bind.Options{Loose: s.config.Loose || s.Loose, Functions: s.config.Functions}
	// Alone first, so that its mistakes are told from the script's: it may read tables that the script declares.
	views, problems := bind.Bind(s.config.Statements, tables, o)
	var errs []error
	for _, p := range problems {
		if !p.Warning {
			errs = append(errs, fmt.Errorf("%s: the config, with the tables of the script: %s: %w", s.Name, p.Code, p))
		}
	}
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	own, _ := parse.ParseScript(s.Name, s.SQL) // was parsed statement by statement
	if len(own) > 0 {
		views, problems = bind.Bind(slices.Concat(s.config.Statements, own), tables, o)
		source := ast.NewSource(s.Name, s.SQL)
		for _, p := range problems {
			if !p.Warning {
				line, column := source.Position(p.Span.Pos)
				errs = append(errs, fmt.Errorf("%s:%d:%d: %s: %w", s.Name, line, column, p.Code, p))
			}
		}
		if errs != nil {
			return nil, errors.Join(errs...)
		}
	}
	views, err := s.served(views, own)
	if err != nil {
		return nil, err
	}
	best, err := rule.Optimise(views, tables)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	return &Program{Tables: tables, Plan: best, Functions: o.Functions}, nil
}

// served returns those of the views that the config serves and are of interest, and those of the script.
func (s *Script) served(views []plan.View, own []ast.Statement) ([]plan.View, error) {
	var out []plan.View
	for _, v := range s.config.Views {
		at := slices.IndexFunc(views, func(w plan.View) bool { return w.Name == v.Result })
		if at < 0 || s.only != nil && !slices.Contains(s.only, v.Name) {
			continue // of a table that is served as it is there is nothing to test
		}
		w := views[at]
		w.Name = v.Name
		w, err := w.WithKey(v.Key, Tables(s.Tables))
		if err != nil {
			return nil, fmt.Errorf("%s: view %q: %w", s.Name, v.Name, err)
		}
		out = append(out, w)
	}
	for _, stmt := range own {
		name := resultName(stmt)
		if slices.ContainsFunc(out, func(v plan.View) bool { return v.Name == name }) {
			return nil, fmt.Errorf("%s: the config serves a view %q, too; give that of the script another name", s.Name, name)
		}
		at := slices.IndexFunc(views, func(w plan.View) bool { return w.Name == name })
		out = append(out, views[at])
	}
	return out, nil
}

// layout returns the lines of a statement at their places in a file, with a semicolon at the end. The CREATE that
// "view" is short for stands in the line before, so that columns stay as they are.
func layout(statement []string, first int) []string {
	lines := slices.Concat(make([]string, first-1), statement)
	if fields := strings.Fields(statement[0]); strings.EqualFold(fields[0], "view") {
		at := max(first-2, 0)
		lines[at] = "create " + lines[at]
	}
	last := len(lines) - 1
	for last >= first && strings.TrimSpace(lines[last]) == "" {
		last--
	}
	tokens, _ := lex.Scan(lines[last])
	if n := len(tokens); n > 1 { // what follows the last token is a comment
		end := tokens[n-2].End
		if tokens[n-2].Is(";") {
			end--
		}
		lines[last] = lines[last][:end]
	}
	lines[last] += "; "
	return lines
}
