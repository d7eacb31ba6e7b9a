package app

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/millrace-dev/millrace/host/cli"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// Explain writes the plans.
func (a *App) Explain(ctx context.Context, o cli.ExplainOptions) error {
	if err := a.prepare(ctx); err != nil {
		return err
	}
	found := false
	for i := range a.plan.components {
		c := &a.plan.components[i]
		shown := &plan.Plan{}
		for _, v := range c.plan.Views {
			if o.View == "" || o.View == v.Name {
				shown.Views = append(shown.Views, v)
			}
		}
		for _, s := range c.served {
			if o.View == "" || o.View == s.View {
				found = true
				if o.Format == "text" {
					fmt.Fprintf(o.Out, "view %s: table %s as it is\n", s.View, s.Table)
				}
			}
		}
		if len(shown.Views) == 0 {
			continue
		}
		found = true
		if err := a.show(o, shown); err != nil {
			return err
		}
	}
	if o.Format == "text" && found {
		if err := showState(o.Out, a.runningState(ctx)); err != nil {
			return err
		}
	}
	if !found && o.View == "" && o.Format == "text" {
		_, err := fmt.Fprintln(o.Out, "No endpoint serves a result: name one under `endpoints`, as in `- table_name: orders`, and its plan is shown here.")
		return err
	}
	if !found && o.View != "" {
		var names []string
		for i := range a.plan.endpoints {
			names = append(names, a.plan.endpoints[i].endpoint.Name)
		}
		return fmt.Errorf("view %q is not there%s", o.View, hint(near.Fix(o.View, names)))
	}
	return nil
}

func (a *App) show(o cli.ExplainOptions, p *plan.Plan) error {
	if o.Format == "json" {
		text, err := json.MarshalIndent(p, "", "  ")
		if err == nil {
			_, err = o.Out.Write(append(text, '\n'))
		}
		return err
	}
	_, err := fmt.Fprint(o.Out, p.Explain(a.catalog))
	return err
}
