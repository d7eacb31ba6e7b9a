// Connector-ticker is a whole connector: a source of one row at every tick, which can be run, installed,
// documented and resumed.
package main

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/serve"
)

type config struct {
	Every time.Duration `cfg:"every" default:"1s" min:"1ms" doc:"Time between rows."`
}

type tick struct {
	N  int64     `col:"n,key"`
	At time.Time `col:"at"`
}

var (
	ticks     = sdk.NewTable[tick]("ticks")
	connector = sdk.Connector{Name: "ticker", Tables: sdk.Tables(ticks), Source: sdk.ReadSource(read)}
)

func read(ctx context.Context, c config, from sdk.Position, out *sdk.Writer) error {
	n, _ := binary.Uvarint(from) // no position yet: start at 0
	for at := range sdk.Every(ctx, c.Every) {
		ticks.Insert(out, tick{int64(n), at})
		n++
		if err := out.Commit(binary.AppendUvarint(nil, n)); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func main() { serve.Connector(connector) }
