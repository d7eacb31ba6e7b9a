package app

import (
	"context"

	"github.com/millrace-dev/millrace/host/catalog"
	"github.com/millrace-dev/millrace/host/cli"
	"github.com/millrace-dev/millrace/operators/plan"
)

// Subject returns what a test script needs of the configuration. Only its Tables connect.
func (a *App) Subject(ctx context.Context) (*cli.Subject, error) {
	s, errs := a.statements()
	if errs != nil {
		return nil, errs.Sort()
	}
	if err := a.useFunctions(ctx); err != nil {
		return nil, err
	}
	out := &cli.Subject{
		Statements: s.statements, Functions: a.functions, Loose: !a.cfg.Strict,
		Tables: func() ([]*plan.Table, error) { return a.sourceTables(ctx) },
	}
	for i := range a.cfg.Endpoints {
		e := &a.cfg.Endpoints[i]
		out.Views = append(out.Views, cli.Served{Name: e.Name, Result: e.TableName, Key: e.Index.PrimaryKey})
	}
	return out, nil
}

// sourceTables asks the connections for their tables.
func (a *App) sourceTables(ctx context.Context) ([]*plan.Table, error) {
	found, err := a.discover(ctx)
	if err != nil {
		return nil, err
	}
	c, err := catalog.New(a.cfg, found)
	if err != nil {
		return nil, err
	}
	var out []*plan.Table
	for _, name := range c.Names() {
		out = append(out, &c.Find(name).Table)
	}
	return out, nil
}
