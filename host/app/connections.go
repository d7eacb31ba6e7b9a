package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/millrace-dev/millrace/connectors"
	"github.com/millrace-dev/millrace/host/config"
	"github.com/millrace-dev/millrace/plugins"
	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// connection is a connection of the configuration, with the plugin or the built-in connector behind it.
type connection struct {
	app   *App
	index int
	cfg   *config.Connection

	mu     sync.Mutex
	plugin *plugins.Plugin // nil: not started, or in process
}

// program is the file name of a connector's plugin.
func program(connector string) string { return "millrace-connector-" + connector }

// find returns the path of a connector's plugin.
func (a *App) find(connector string) (string, error) {
	for _, dir := range a.options.PluginDirs {
		path := filepath.Join(dir, program(connector))
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	var there []string
	for _, dir := range a.options.PluginDirs {
		found, _ := filepath.Glob(filepath.Join(dir, program("*"))) // the pattern is well formed
		for _, path := range found {
			there = append(there, strings.TrimPrefix(filepath.Base(path), program("")))
		}
	}
	fix := "put it there, or name its folder with --plugin-dir"
	if word := near.Word(connector, there); word != "" {
		fix = fmt.Sprintf("did you mean %q?", word)
	} else if there != nil {
		fix += "; the connectors found are: " + strings.Join(there, ", ")
	}
	return "", &sdk.ConfigError{Msg: fmt.Sprintf("there is no %s in %s", program(connector), strings.Join(a.options.PluginDirs, ", ")), Fix: fix}
}

// opener returns the connector behind a connection, starting its plugin if none runs.
func (c *connection) opener(ctx context.Context) (sdk.Opener, error) {
	if c.cfg.InProcess {
		for _, built := range connectors.All() {
			if built.Name == c.cfg.Connector {
				return built, nil
			}
		}
		return nil, &sdk.ConfigError{Msg: fmt.Sprintf("connector %q is not built in", c.cfg.Connector), Fix: "leave in_process out"}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.plugin != nil {
		select {
		case <-c.plugin.Exited():
			c.plugin.Close() //nolint:errcheck // it has ended, and said why to its reader
			c.plugin = nil
		default:
			return c.plugin, nil
		}
	}
	path, err := c.app.find(c.cfg.Connector)
	if err != nil {
		return nil, err
	}
	p, err := plugins.Open(ctx, path, plugins.Options{
		Checksum: c.app.lock.Plugins[c.cfg.Connector], Log: c.app.log.With("connection", c.cfg.Name),
	})
	if err != nil {
		return nil, err
	}
	if c.app.options.Processes != nil {
		c.app.options.Processes.Add("plugin "+c.cfg.Name, p.PID())
	}
	c.plugin = p
	return p, nil
}

// open opens the connection's source.
func (c *connection) open(ctx context.Context) (sdk.Source, error) {
	o, err := c.opener(ctx)
	if err != nil {
		return nil, c.placed(err)
	}
	src, err := o.Open(ctx, c.cfg.Config)
	if err != nil {
		return nil, c.placed(err)
	}
	return src, nil
}

// placed is an error of a connection; each of its lines begins with the place.
type placed struct {
	place string
	err   error
}

func (p *placed) Error() string {
	return p.place + strings.ReplaceAll(p.err.Error(), "\n", "\n"+p.place)
}

func (p *placed) Unwrap() error { return p.err }

// placed gives the mistakes that a connector found in its configuration their places in the user's file.
func (c *connection) placed(err error) error {
	var wrong sdk.ConfigErrors
	var one *sdk.ConfigError
	switch {
	case errors.As(err, &wrong):
	case errors.As(err, &one):
		wrong = sdk.ConfigErrors{one}
	default:
		return &placed{fmt.Sprintf("%v: connection %q: ", c.cfg.Pos, c.cfg.Name), err}
	}
	var out config.Errors
	for _, w := range wrong {
		e := &config.Error{Pos: c.cfg.Pos, Path: fmt.Sprintf("connection %q", c.cfg.Name), Msg: w.Msg, Fix: w.Fix}
		if w.Path != "" {
			e.Pos, e.Path = c.app.cfg.Locate(c.index, w.Path), e.Path+": "+w.Path
		}
		out = append(out, e)
	}
	return out
}

// tables asks a connection for its tables.
func (c *connection) tables(ctx context.Context) ([]sdk.Table, error) {
	src, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	tables, err := sdk.Discover(ctx, src)
	if err = errors.Join(err, src.Close()); err != nil {
		return nil, c.placed(err)
	}
	return tables, nil
}

func (c *connection) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.plugin == nil {
		return nil
	}
	err := c.plugin.Close()
	c.plugin = nil
	return err
}
