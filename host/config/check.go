package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// check reports what no single value shows: names that are missing, given twice, or point nowhere.
func check(c *Config, o *notes) {
	wrong := map[string]bool{} // what has mistakes of its own; those that follow from them are not worth telling
	for _, e := range o.errs {
		wrong[entity(e.Path)] = true
	}
	fail := func(path, fix, format string, args ...any) {
		if !wrong[entity(path)] {
			o.fail(Error{Pos: c.At(path), Path: path, Msg: fmt.Sprintf(format, args...), Fix: fix})
		}
	}
	unique := func() func(path, what, name string) {
		seen := map[string]string{}
		return func(path, what, name string) {
			if name == "" {
				fail(path, "write `"+what+": ...`", "%s is missing", what)
			} else if first, twice := seen[name]; twice {
				fail(path+"."+what, "choose another", "%q is taken by %s", name, c.At(first))
			} else {
				seen[name] = path + "." + what
			}
		}
	}
	if strings.ContainsAny(c.AppName, "/\\\x00") || c.AppName == ".." {
		fail("app_name", "use letters, digits, - and _", "%q cannot name a folder", c.AppName)
	}
	names := unique()
	var connections []string
	for i, x := range c.Connections {
		names(fmt.Sprintf("connections[%d]", i), "name", x.Name)
		connections = append(connections, x.Name)
	}
	checkSources(c, connections, fail)

	names, paths := unique(), unique()
	for i := range c.Endpoints {
		x, path := &c.Endpoints[i], fmt.Sprintf("endpoints[%d]", i)
		names(path, "name", x.Name)
		x.Path = "/" + strings.Trim(x.Path, "/")
		if x.Path == "/" {
			x.Path += x.Name
		}
		paths(path, "path", x.Path)
		if x.TableName == "" {
			fail(path, "write `table_name: <table>`", "table_name is missing")
		}
		repeated(x.Index.PrimaryKey, func(name string) {
			fail(path+".index.primary_key", "", "column %q is named twice", name)
		})
		x.ConflictResolution.withDefaults()
	}
	for i, x := range c.Sinks {
		if x.Connector != "" && x.TableName == "" && x.config.get("tables") == nil {
			fail(fmt.Sprintf("sinks[%d]", i), "write `table_name: <table>`", "table_name is missing")
		}
	}
	names = unique()
	for i, x := range c.UDFs {
		names(fmt.Sprintf("udfs[%d]", i), "name", x.Name)
	}
	checkServers(c, fail)
}

type failFunc func(path, fix, format string, args ...any)

// entity is the item of a list, or the section, that a path leads into: "endpoints[0]" of "endpoints[0].path".
func entity(path string) string {
	before, _, _ := strings.Cut(path, ".")
	return before
}

func checkSources(c *Config, connections []string, fail failFunc) {
	first := map[string]Source{}
	for i, x := range c.Sources {
		path := fmt.Sprintf("sources[%d]", i)
		if x.Name == "" {
			fail(path, "write `name: <table>`", "name is missing")
			continue
		}
		if x.TableName == "" {
			x.TableName = x.Name
			c.Sources[i].TableName = x.Name
		}
		switch {
		case x.Connection == "" && len(connections) == 1:
			c.Sources[i].Connection = connections[0]
		case x.Connection == "":
			fail(path, near.Fix("", connections), "connection is missing")
		case !slices.Contains(connections, x.Connection):
			fail(path+".connection", near.Fix(x.Connection, connections), "there is no connection %q", x.Connection)
		}
		repeated(x.Columns, func(name string) { fail(path+".columns", "", "column %q is named twice", name) })
		repeated(x.PrimaryKey, func(name string) { fail(path+".primary_key", "", "column %q is named twice", name) })
		for _, key := range x.PrimaryKey {
			if len(x.Columns) > 0 && !slices.Contains(x.Columns, key) {
				fail(path+".primary_key", "add it to columns", "column %q is not one of the columns", key)
			}
		}
		other, again := first[x.Name]
		if !again {
			first[x.Name] = x
			continue
		}
		if other.Connection == x.Connection && other.TableName == x.TableName && other.Schema == x.Schema {
			fail(path, "", "table %q of connection %q already feeds %q: see %s", x.TableName, x.Connection, x.Name, other.Pos)
		}
		if len(other.PrimaryKey) > 0 && len(x.PrimaryKey) > 0 && !slices.Equal(other.PrimaryKey, x.PrimaryKey) {
			fail(path+".primary_key", "one table has one key", "%v differs from %v at %s", x.PrimaryKey, other.PrimaryKey, other.Pos)
		}
	}
}

// checkServers reports two servers on one port of one address.
func checkServers(c *Config, fail failFunc) {
	type server struct {
		name string
		Server
	}
	everywhere := []string{"", "0.0.0.0", "::", "[::]"}
	var before []server
	for _, s := range []server{{"api.rest", c.API.REST}, {"api.grpc", c.API.GRPC}, {"api.app_grpc", c.API.AppGRPC}, {"api.pgwire", c.API.PGWire}} {
		if !s.Enabled || s.Port == 0 {
			continue
		}
		for _, other := range before {
			if s.Port == other.Port && (s.Host == other.Host || slices.Contains(everywhere, s.Host) || slices.Contains(everywhere, other.Host)) {
				fail(s.name+".port", "", "port %d is also that of %s", s.Port, other.name)
			}
		}
		before = append(before, s)
	}
}

func (r *ConflictResolution) withDefaults() {
	for _, s := range []*string{&r.OnInsert, &r.OnUpdate, &r.OnDelete} {
		if *s == "" {
			*s = "Nothing"
		}
	}
}

func repeated(names []string, report func(string)) {
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			report(name)
		}
	}
}
