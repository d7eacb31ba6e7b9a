package generator

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// config is what a connection says.
type config struct {
	Kind   string  `cfg:"kind,required" oneof:"nexmark|tables" doc:"What to make: the tables person, auction and bid of the Nexmark benchmark, or the tables given below."`
	Seed   uint64  `cfg:"seed" default:"1" doc:"Another seed gives other rows."`
	Rate   float64 `cfg:"rate" default:"0" min:"0" max:"1000000000" doc:"Events, or rows of each table, a second; 0 is as fast as they are taken. With a rate the tables are streams, shown from the start; without one they are shown when they are complete, unless they have no end."`
	Batch  int64   `cfg:"batch" default:"0" min:"0" max:"1000000" doc:"Events, or rows, that become visible together; 0 is those of 10 ms, or 8192 without a rate."`
	Splits int64   `cfg:"splits" default:"1" min:"1" max:"64" doc:"How many parts to make side by side. With more than one, events come out of order by a few batches. A table with updates or deletes has one."`
	First  string  `cfg:"first_time" default:"2015-07-15T00:00:00Z" doc:"Kind nexmark: time of the first event."`
	nexmarkConfig
	Tables []tableConfig `cfg:"tables" doc:"Kind tables: the tables."`
}

// mostBatch is how many steps are made, and written, at once.
const mostBatch = 8192

// Check reports what belongs to the other kind, tables of the same name, and a time that is none.
func (c *config) Check() error {
	var errs sdk.ConfigErrors
	fail := func(path, msg, fix string) { errs = append(errs, &sdk.ConfigError{Path: path, Msg: msg, Fix: fix}) }
	if _, err := valueOf(batch.T(batch.Timestamp), c.First); err != nil {
		fail("first_time", err.Error(), "write for example 2015-07-15T00:00:00Z")
	}
	if err := c.nexmarkConfig.Check(); err != nil {
		if one, ok := errors.AsType[*sdk.ConfigError](err); ok {
			errs = append(errs, one)
		}
	}
	switch {
	case c.Kind == "nexmark" && c.Tables != nil:
		fail("tables", "kind nexmark has tables of its own", "write kind: tables, or remove them")
	case c.Kind == "tables" && c.Events != 0:
		fail("events", "only kind nexmark has events", "write rows in each of the tables")
	case c.Kind == "tables" && len(c.Tables) == 0:
		fail("tables", "missing: kind tables needs them", "write tables: [{name: t, columns: [{name: id, type: int, sequence: {}}]}]")
	}
	seen := map[string]bool{}
	for i, t := range c.Tables {
		if seen[t.Name] {
			fail(fmt.Sprintf("tables[%d].name", i), fmt.Sprintf("table %q is there twice", t.Name), "")
		}
		seen[t.Name] = true
	}
	if errs == nil {
		return nil
	}
	return errs
}

// batch returns how many steps a commit has.
func (c *config) batch() int64 {
	switch {
	case c.Batch > 0:
		return c.Batch
	case c.Rate > 0:
		return min(max(int64(c.Rate/100), 1), mostBatch)
	}
	return mostBatch
}

// fingerprint is a hash of all that rows follow from, and how they are split: a position means nothing when any
// of it is another. How many rows there are, and how fast they come, may change.
func (c config) fingerprint() uint64 {
	c.Rate, c.Events = 0, 0
	c.Batch = c.batch()
	if c.Splits == 1 {
		c.Batch = 0
	}
	tables := c.Tables
	c.Tables = nil
	for _, t := range tables {
		t.Rows = 0
		c.Tables = append(c.Tables, t)
	}
	text, err := json.Marshal(c)
	if err != nil {
		panic("generator: a configuration is plain data: " + err.Error())
	}
	h := fnv.New64a()
	h.Write(text)
	return h.Sum64()
}
