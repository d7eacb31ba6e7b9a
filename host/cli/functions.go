package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/millrace-dev/millrace/host/config"
	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/sdk/batch/near"
)

func (c *command) functionsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "functions [NAME|PATTERN]",
		Short: "Functions, operators and aggregates of SQL",
		Long: `functions lists what SQL can call, with signatures and a line of help. With a name it tells all about
one function, with examples; with a pattern such as 'json*' or a part of a name it lists those that fit.

The functions of the configuration, which -c names or which lies in the folder, are listed, too.`,
		Args: usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			own, err := c.ownFunctions(cmd.Context())
			if err != nil {
				return err
			}
			all := append(own, expr.Catalog()...)
			if len(args) == 0 {
				return listFunctions(c.env.Out, all)
			}
			found := matching(all, strings.ToLower(args[0]))
			switch {
			case len(found) == 0:
				var names []string
				for _, f := range all {
					names = append(names, f.Name)
				}
				return fmt.Errorf("no function is called %q; %s", args[0], near.Fix(strings.ToLower(args[0]), names))
			case len(found) == 1 || found[0].Name == strings.ToLower(args[0]):
				for _, f := range found {
					explainFunction(c.env.Out, f)
				}
				return nil
			}
			return listFunctions(c.env.Out, found)
		},
	}
}

// Library is what an App can do whose configuration has functions.
type Library interface {
	// Functions returns the functions of the configuration. It connects to nothing.
	Functions(ctx context.Context) ([]expr.Function, error)
}

// ownFunctions returns the functions of the configuration. There need not be one in the folder; what is wrong with it is
// told, and is no reason not to list the others.
func (c *command) ownFunctions(ctx context.Context) ([]expr.Function, error) {
	if c.program.Open == nil {
		return nil, nil
	}
	var own []expr.Function
	err := c.with(ctx, func(ctx context.Context, a *opened) (err error) {
		if l, ok := a.App.(Library); ok {
			own, err = l.Functions(ctx)
		}
		return err
	})
	switch {
	case err == nil || len(c.configPaths) > 0 || ctx.Err() != nil:
		return own, err
	case !errors.Is(err, config.ErrNotFound):
		fmt.Fprintf(c.env.Err, "the functions of the configuration are missing: %v\n", err)
	}
	return nil, nil
}

// matching returns the functions of a name, or else those that a pattern fits, or else those with it in their name.
func matching(all []expr.Function, pattern string) []expr.Function {
	for _, fits := range []func(name string) bool{
		func(name string) bool { return name == pattern },
		func(name string) bool { ok, err := path.Match(pattern, name); return ok && err == nil },
		func(name string) bool { return strings.Contains(name, pattern) },
	} {
		var found []expr.Function
		for _, f := range all {
			if fits(f.Name) {
				found = append(found, f)
			}
		}
		if found != nil {
			return found
		}
	}
	return nil
}

// listFunctions writes a line for each function, under its group.
func listFunctions(out io.Writer, all []expr.Function) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	group := ""
	for _, f := range all {
		if f.Group != group {
			if group != "" {
				fmt.Fprintln(w)
			}
			group = f.Group
			fmt.Fprintf(w, "%s:\n", group)
		}
		signature := strings.Split(f.Signature, "; ")
		for _, s := range signature[:len(signature)-1] {
			fmt.Fprintf(w, "  %s\t\n", s)
		}
		fmt.Fprintf(w, "  %s\t%s\n", signature[len(signature)-1], f.Help)
	}
	return w.Flush()
}

// explainFunction writes all about a function.
func explainFunction(out io.Writer, f expr.Function) {
	fmt.Fprintf(out, "%s (%s)\n", f.Name, f.Group)
	for s := range strings.SplitSeq(f.Signature, "; ") {
		fmt.Fprintf(out, "  %s\n", s)
	}
	fmt.Fprintf(out, "%s\n", f.Help)
	for _, e := range f.Examples {
		fmt.Fprintf(out, "  %s\n", e)
	}
}
