package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/millrace-dev/millrace/operators/sql/problem"
)

func (c *command) explainCommand() *cobra.Command {
	o := ExplainOptions{Out: c.env.Out}
	cmd := &cobra.Command{
		Use:   "explain [VIEW | CODE]",
		Short: "Plans, and the state of a running pipeline; or what an error such as E2002 means",
		Args:  usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.Format != "text" && o.Format != "json" {
				return errUsage{fmt.Errorf("--format %s: write text or json", o.Format)}
			}
			if len(args) > 0 && problem.IsCode(args[0]) {
				return c.explainCode(args[0])
			}
			if len(args) > 0 {
				o.View = args[0]
			}
			return c.with(cmd.Context(), func(ctx context.Context, a *opened) error { return a.Explain(ctx, o) })
		},
	}
	cmd.Flags().StringVar(&o.Format, "format", "text", "`text` or json")
	return cmd
}

func (c *command) exportCommand() *cobra.Command {
	var file, format string
	cmd := &cobra.Command{
		Use:   "export VIEW",
		Short: "A view's rows as " + strings.Join(Formats, ", "),
		Args:  usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if format == "" {
				format = strings.TrimPrefix(filepath.Ext(file), ".")
			}
			if format == "" {
				format = "csv"
			}
			if !slices.Contains(Formats, format) {
				return errUsage{fmt.Errorf("format %s: write --format with one of %s", format, strings.Join(Formats, ", "))}
			}
			return c.with(cmd.Context(), func(ctx context.Context, a *opened) error {
				return c.export(ctx, a, ExportOptions{View: args[0], Format: format}, file)
			})
		},
	}
	cmd.Flags().StringVarP(&file, "output", "o", "-", "`file` to write; - is standard output")
	cmd.Flags().StringVar(&format, "format", "", "one of "+strings.Join(Formats, ", ")+" (default by the file's name, else csv)")
	return cmd
}

// export writes a file whole or not at all.
func (c *command) export(ctx context.Context, a *opened, o ExportOptions, path string) (err error) {
	if path == "-" {
		out := bufio.NewWriterSize(c.env.Out, 1<<20)
		o.Out = out
		return errors.Join(a.Export(ctx, o), out.Flush())
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(file, 1<<20)
	o.Out = out
	err = a.Export(ctx, o)
	if err == nil {
		err = errors.Join(out.Flush(), file.Chmod(0o644))
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

func (c *command) securityCommand() *cobra.Command {
	security := &cobra.Command{Use: "security", Short: "Tokens for the API", Args: usageArgs(cobra.NoArgs)}
	security.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	var valid time.Duration
	generate := &cobra.Command{
		Use:   "generate-token",
		Short: "A token that may do everything",
		Args:  usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.load(cmd.Context())
			if err != nil {
				return err
			}
			secret := cfg.API.Security.JWT
			if own, ok := c.env.Lookup("DOZER_MASTER_SECRET"); ok && own != "" {
				secret = own
			}
			if secret == "" {
				return errUsage{errors.New("there is no secret to sign with: write `api: {api_security: !Jwt \"${SECRET}\"}` into the configuration")}
			}
			token, err := c.program.Token(secret, valid)
			if err == nil {
				_, err = fmt.Fprintln(c.env.Out, token)
			}
			return err
		},
	}
	generate.Flags().DurationVar(&valid, "valid", 0, "how `long` the token is valid (default for ever)")
	security.AddCommand(generate)
	return security
}

func (c *command) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Which millrace this is",
		Args:  usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			revision := ""
			if info, ok := debug.ReadBuildInfo(); ok {
				for _, s := range info.Settings {
					if s.Key == "vcs.revision" {
						revision = " " + s.Value
					}
				}
			}
			_, err := fmt.Fprintf(c.env.Out, "millrace %s%s %s %s/%s\n", c.program.Version, revision, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
