package config

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Options say what to load. The zero value loads the default files of the working directory.
type Options struct {
	// Paths are files and globs: .yaml and .yml are merged, .sql is appended to the SQL. A first path that is a
	// http or https URL is fetched and used alone. None: millrace.yaml or else dozer-config.*, and queries/*.sql.
	Paths []string
	// Token is sent as bearer token when the configuration is fetched.
	Token string
	// Overrides are JSON pointers with a value, "/app/commit_size=5", applied after merging.
	Overrides []string
	// Stdin is one more YAML document, merged last; nil if there is none.
	Stdin io.Reader
	// Set are settings of the command line, which win over files and environment: "app.workers" to "4".
	Set map[string]string
	// Lookup finds environment variables. Nil: os.LookupEnv.
	Lookup func(name string) (string, bool)
}

// ErrNotFound says that there is no configuration file.
var ErrNotFound = errors.New("no configuration file")

// maxFile bounds the size of a configuration file.
const maxFile = 64 << 20

// Load reads, merges and checks a configuration. Mistakes in it come back as Errors, all together.
func Load(ctx context.Context, o Options) (*Config, error) {
	if o.Lookup == nil {
		o.Lookup = os.LookupEnv
	}
	sources, err := read(ctx, o)
	if err != nil {
		return nil, err
	}
	cfg, err := parse(sources, o)
	showLines(sources, err)
	return cfg, err
}

// parse makes a configuration of files that have been read.
func parse(sources []*source, o Options) (*Config, error) {
	n := &notes{}
	var root *node
	var sql []*node
	var files []string
	strict := false
	for _, s := range sources {
		files = append(files, s.name)
		if isSQL(s.name) {
			sql = append(sql, &node{pos: Pos{s.name, 1, 1}, kind: scalar, text: string(s.text), from: s})
			continue
		}
		strict = strict || strings.HasPrefix(filepath.Base(s.name), "millrace")
		root = merge(root, parseYAML(s, n), n)
	}
	if root == nil {
		root = &node{kind: mapping, pos: Pos{File: strings.Join(files, ", ")}}
	}
	if root.kind != mapping {
		n.fail(Error{Pos: root.pos, Msg: "the configuration has " + root.kind.String() + ", it must be a map", Fix: "begin with `app_name: my-app`"})
	}
	if err := n.err(); err != nil {
		return nil, err
	}
	for _, tree := range append([]*node{root}, sql...) {
		expand(tree, o.Lookup, n)
	}
	modernise(root, n)
	override(root, o.Overrides, n)
	layered := layer(root, o, n)

	cfg := &Config{sources: sources, Files: files, Strict: strict, root: layered}
	d := decoder{notes: n}
	d.config(layered, cfg)
	for _, s := range sql {
		cfg.SQL.add(s)
	}
	check(cfg, n)
	cfg.Warnings = n.texts()
	if err := n.err(); err != nil {
		return nil, err
	}
	return cfg, nil
}

// read finds the files and reads them; YAML comes first, then SQL, then standard input.
func read(ctx context.Context, o Options) ([]*source, error) {
	if len(o.Paths) > 0 && (strings.HasPrefix(o.Paths[0], "http://") || strings.HasPrefix(o.Paths[0], "https://")) {
		one, err := fetch(ctx, o.Paths[0], o.Token)
		if err != nil {
			return nil, err
		}
		return []*source{one}, nil
	}
	names, err := find(o.Paths)
	if err != nil {
		return nil, err
	}
	var sources []*source
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if len(text) > maxFile {
			return nil, &Error{Pos: Pos{File: name}, Msg: fmt.Sprintf("%d bytes are too much for a configuration file", len(text))}
		}
		sources = append(sources, &source{name, text})
	}
	if o.Stdin != nil {
		text, err := io.ReadAll(io.LimitReader(o.Stdin, maxFile))
		if err != nil {
			return nil, fmt.Errorf("standard input: %w", err)
		}
		if strings.TrimSpace(string(text)) != "" {
			sources = append(sources, &source{"<stdin>", text})
		}
	}
	return sources, nil
}

// find expands the paths to files: YAML in the order given, then SQL. At least one is YAML.
func find(paths []string) ([]string, error) {
	given := paths
	if len(paths) == 0 {
		paths = []string{"dozer-config.*", "queries/*.sql"}
		for _, own := range []string{"millrace.yaml", "millrace.yml"} {
			if _, err := os.Stat(own); err == nil {
				paths[0] = own
				break
			}
		}
	}
	var yaml, sql []string
	for i, p := range paths {
		matches, err := filepath.Glob(p)
		if err != nil {
			return nil, &Error{Msg: fmt.Sprintf("-c %s: %v", p, err)}
		}
		if _, err := os.Stat(p); err == nil {
			matches = []string{p} // a name that happens to look like a glob
		} else if len(matches) == 0 && len(given) > 0 {
			return nil, &Error{Msg: fmt.Sprintf("-c %s: %v", p, notFound(given[i])), Fix: "see `millrace init`"}
		}
		for _, m := range matches {
			switch {
			case isSQL(m) && !slices.Contains(sql, m):
				sql = append(sql, m)
			case (isYAML(m) || m == p) && !slices.Contains(yaml, m) && !slices.Contains(sql, m):
				yaml = append(yaml, m)
			}
		}
	}
	if len(yaml) == 0 {
		looked := "millrace.yaml, dozer-config.yaml"
		if len(given) > 0 {
			looked = strings.Join(given, ", ")
		}
		return nil, fmt.Errorf("%w at %s: write one with `millrace init`, or name one with -c", ErrNotFound, looked)
	}
	return append(yaml, sql...), nil
}

func notFound(path string) error {
	if strings.ContainsAny(path, "*?[") {
		return fmt.Errorf("%w matches", ErrNotFound)
	}
	return fmt.Errorf("%w: %w", ErrNotFound, fs.ErrNotExist)
}

func isSQL(name string) bool { return strings.Contains(filepath.Base(name), ".sql") && !isYAML(name) }

func isYAML(name string) bool {
	base := filepath.Base(name)
	return strings.Contains(base, ".yaml") || strings.Contains(base, ".yml") || strings.HasSuffix(base, ".json")
}

// fetch gets a configuration from a URL.
func fetch(ctx context.Context, url, token string) (*source, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, &Error{Pos: Pos{File: url}, Msg: "the server answered " + resp.Status}
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxFile))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", url, err)
	}
	return &source{url, text}, nil
}

// merge puts b over a: maps by key, lists one after the other. Nothing is overwritten.
func merge(a, b *node, o *notes) *node { return mergeAt(a, b, "", o) }

func mergeAt(a, b *node, path string, o *notes) *node {
	switch {
	case a == nil || a.kind == null && a.tag == "":
		return b
	case b == nil || b.kind == null && b.tag == "":
		return a
	case a.tag == b.tag && a.kind == mapping && b.kind == mapping:
		for _, e := range b.entries {
			if old := a.get(e.key); old != nil {
				a.set(e.key, mergeAt(old, e.value, join(path, e.key), o))
			} else {
				a.entries = append(a.entries, e)
			}
		}
	case a.tag == b.tag && a.kind == list && b.kind == list:
		a.items = append(a.items, b.items...)
	default:
		o.fail(Error{
			Pos: b.pos, Path: path, Msg: fmt.Sprintf("it is given here and at %s: such values do not merge", a.pos),
			Fix: "remove one of them",
		})
	}
	return a
}

func join(path, key string) string {
	if path == "" || key == "" {
		return path + key
	}
	return path + "." + key
}
