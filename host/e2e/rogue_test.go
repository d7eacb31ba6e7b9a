package e2e_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"time"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/serve"
)

// rogue is the main of a plugin that is not as it should be.
func rogue(name string) {
	switch name {
	case "crashing":
		fmt.Fprintln(os.Stderr, "the license has expired")
		os.Exit(7)
	case "greeting":
		fmt.Println("Welcome to my connector!")
	case "panicking":
		panic("no memory left for jokes")
	}
	serve.Connector(sdk.Connector{Name: name, Tables: sdk.Tables(numbers), Source: sdk.ReadSource(count)})
}

type number struct {
	N int64 `col:"n,key"`
}

var numbers = sdk.NewTable[number]("numbers", sdk.Replayable, sdk.Finite)

type counting struct {
	// First are the rows that are there from the start, More those that come afterwards, one by one.
	First int           `cfg:"first"`
	More  int           `cfg:"more"`
	Step  int           `cfg:"step" default:"10"`
	Pause time.Duration `cfg:"pause" default:"1ms"`
	Print bool          `cfg:"print"`
}

// count counts, slowly.
func count(ctx context.Context, c counting, from sdk.Position, out *sdk.Writer) error {
	done, _ := binary.Uvarint(from) // at the beginning there is no position
	n := int(done)
	for n < c.First+c.More {
		if n == c.First {
			if err := out.Live("numbers"); err != nil {
				return err
			}
		}
		step := 1
		if n < c.First {
			step = min(c.Step, c.First-n)
		}
		if c.Print {
			fmt.Println("number", n, "is next")
		}
		for range step {
			numbers.Insert(out, number{int64(n)})
			n++
		}
		if err := out.Commit(binary.AppendUvarint(nil, uint64(n))); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(c.Pause):
		}
	}
	if err := out.Live("numbers"); err != nil {
		return err
	}
	<-ctx.Done()
	return ctx.Err()
}
