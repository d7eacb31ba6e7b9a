package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/millrace-dev/millrace/host/config"
)

// answers are what a new configuration is made of.
type answers struct {
	app, kind, path, home, file string
}

// kinds are the connections that init can write.
var kinds = []string{"files", "push"}

func (c *command) initCommand() *cobra.Command {
	var a answers
	var yes bool
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a configuration, by asking or from flags",
		Args:  usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			if !yes {
				if err := c.ask(&a); err != nil {
					if errors.Is(err, io.EOF) {
						return nil // the user went away
					}
					return err
				}
			}
			return c.writeConfig(a)
		},
	}
	f := cmd.Flags()
	f.StringVar(&a.app, "app-name", "quick-start-app", "`name` of the app")
	f.StringVar(&a.home, "home-dir", "./.millrace", "`folder` for the app's data")
	f.StringVar(&a.kind, "connection", "files", "`kind` of the first connection: "+strings.Join(kinds, " or "))
	f.StringVar(&a.path, "path", "data", "`folder` of the files, one folder a table")
	f.StringVarP(&a.file, "output", "o", "millrace.yaml", "`file` to write")
	f.BoolVarP(&yes, "yes", "y", false, "ask nothing")
	return cmd
}

// ask asks for every answer; an empty line keeps what the flags said.
func (c *command) ask(a *answers) error {
	in := bufio.NewReader(c.env.In)
	for _, q := range []struct {
		question string
		answer   *string
	}{
		{"Name of the app", &a.app},
		{"Folder for its data", &a.home},
		{"Kind of the first connection (" + strings.Join(kinds, ", ") + ")", &a.kind},
		{"Folder of the files", &a.path},
		{"File to write", &a.file},
	} {
		if q.answer == &a.path && a.kind != "files" {
			continue
		}
		fmt.Fprintf(c.env.Out, "%s [%s]: ", q.question, *q.answer)
		line, err := in.ReadString('\n')
		if err != nil && line == "" {
			fmt.Fprintln(c.env.Out)
			return err
		}
		if line = strings.TrimSpace(line); line != "" {
			*q.answer = line
		}
	}
	return nil
}

// writeConfig writes a configuration that loads as it is, and never over one that is there.
func (c *command) writeConfig(a answers) error {
	if !slices.Contains(kinds, a.kind) {
		return errUsage{fmt.Errorf("connection %q: write one of %s", a.kind, strings.Join(kinds, ", "))}
	}
	text := configText(a)
	file, err := os.OpenFile(a.file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return &config.Error{Pos: config.Pos{File: a.file}, Msg: "the file exists", Fix: "name another with -o, or remove it"}
	}
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	fmt.Fprintf(c.env.Out, "wrote %s; next: millrace build -c %s\n", a.file, a.file)
	return nil
}

// configText returns the YAML. Of a folder of files that exists, every folder in it becomes a table.
func configText(a answers) string {
	var b strings.Builder
	fmt.Fprintf(&b, "app_name: %s\nhome_dir: %s\n\nconnections:\n", yamlText(a.app), yamlText(a.home))
	var tables []string
	if a.kind == "push" {
		tables = []string{"events"}
		b.WriteString(`  # Rows come by POST, PUT and DELETE.
  - name: push
    config: !Push
      tables:
        - name: events
          primary_key: [id]
          columns:
            - {name: id, type: int}
            - {name: kind, type: string}
`)
	} else {
		tables = folders(a.path)
		fmt.Fprintf(&b, "  # Every folder in path is a table, of Parquet or CSV files.\n  - name: files\n    config: !Files\n      path: %s\n", yamlText(a.path))
	}
	b.WriteString("\n# sql: |\n#   SELECT ..., COUNT(*) INTO my_view FROM my_table GROUP BY ...;\n")
	if len(tables) == 0 {
		b.WriteString("\n# endpoints:\n#   - {name: my_view, path: /my_view, table_name: my_view}\n")
		return b.String()
	}
	b.WriteString("\nendpoints:\n")
	for _, t := range tables {
		fmt.Fprintf(&b, "  - name: %s\n    path: %s\n    table_name: %s\n", yamlText(t), yamlText("/"+t), yamlText(t))
	}
	return b.String()
}

// folders returns the names of the folders in a folder; none if it does not exist.
func folders(path string) (names []string) {
	entries, _ := os.ReadDir(filepath.Clean(path))
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names
}

// yamlText writes text so that YAML reads it as text.
func yamlText(s string) string {
	plain := s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./") == "" &&
		strings.ContainsAny(s[:1], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ./")
	switch strings.ToLower(s) {
	case "true", "false", "yes", "no", "on", "off", "null", "y", "n":
		plain = false
	}
	if plain {
		return s
	}
	return `'` + strings.ReplaceAll(s, `'`, `''`) + `'`
}
