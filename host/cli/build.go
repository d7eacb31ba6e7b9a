package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/millrace-dev/millrace/host/config"
)

func (c *command) buildCommand() *cobra.Command {
	var o BuildOptions
	var force string
	cmd := &cobra.Command{
		Use:   "build",
		Short: "Check everything without running, and write the lock file",
		Args:  usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(ctx context.Context, a *opened) error {
				if cmd.Flags().Changed("force") && c.program.Clean != nil {
					if err := c.program.Clean(ctx, a.cfg); err != nil {
						return err
					}
				}
				found, err := a.Build(ctx, o)
				if err != nil {
					return err
				}
				c.show(found.Warnings)
				describe(c.env.Out, a.cfg, found)
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&o.Locked, "locked", false, "fail if the lock file is missing or would change")
	cmd.Flags().StringVarP(&force, "force", "f", "", "remove the app's data first")
	cmd.Flags().Lookup("force").NoOptDefVal = "true"
	return cmd
}

func (c *command) cleanCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "clean",
		Short: "Remove this app's data",
		Args:  usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.load(cmd.Context())
			if err != nil {
				return err
			}
			return c.program.Clean(cmd.Context(), cfg)
		},
	}
}

func (c *command) connectorsCommand() *cobra.Command {
	var filter string
	cmd := &cobra.Command{
		Use:   "connectors",
		Short: "Tables and schemas of each connection",
		Args:  usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(ctx context.Context, a *opened) error {
				tables, err := a.Tables(ctx)
				if err != nil {
					return err
				}
				for _, t := range tables {
					if strings.Contains(t.Name, filter) {
						printTable(c.env.Out, t)
					}
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVarP(&filter, "filter", "f", "", "only tables whose name contains the `text`")
	return cmd
}

// describe prints what a build found.
func describe(out io.Writer, cfg *config.Config, found *Description) {
	fmt.Fprintf(out, "app %s, data in %s\n", cfg.AppName, cfg.HomeDir)
	for _, t := range found.Tables {
		printTable(out, t)
	}
	for _, v := range found.Views {
		fmt.Fprintf(out, "\nendpoint %s at %s: view %s\n", v.Endpoint, v.Path, v.Table.Name)
		printColumns(out, v.Table.Columns)
	}
}

func printTable(out io.Writer, t Table) {
	rows := ""
	if t.Rows >= 0 {
		rows = fmt.Sprintf(", %d rows", t.Rows)
	}
	fmt.Fprintf(out, "\nconnection %s: table %s%s\n", t.Connection, t.Name, rows)
	printColumns(out, t.Columns)
}

func printColumns(out io.Writer, columns []Column) {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	for _, c := range columns {
		notes := "not null"
		if c.Nullable {
			notes = "null"
		}
		if c.Key {
			notes += ", key"
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\n", c.Name, c.Type, notes)
	}
	_ = w.Flush()
}
