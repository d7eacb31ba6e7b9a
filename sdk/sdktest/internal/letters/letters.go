// Package letters is a connector of a finite, replayable table in several splits, on which the laws try
// themselves.
package letters

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/millrace-dev/millrace/sdk"
)

type config struct {
	Letters string `cfg:"letters,required"`
	Splits  int    `cfg:"splits" default:"3" min:"1"`
	// Wrong makes the source break a law: lost loses a row when it resumes, twice gives one again.
	Wrong string `cfg:"wrong"`
}

type letter struct {
	ID    string `col:"id,key"`
	Rune  string `col:"rune"`
	Split int32  `col:"split"`
}

var table = sdk.NewTable[letter]("letters", sdk.Replayable, sdk.Finite)

// Connector is the connector.
var Connector = sdk.Connector{Name: "letters", Tables: sdk.Tables(table), Source: sdk.OpenSource(open)}

func open(_ context.Context, c config) (*source, error) { return &source{c}, nil }

type source struct{ config config }

// Read reads each split on its own.
func (s *source) Read(ctx context.Context, req sdk.Request, out *sdk.Writer) error {
	var splits sync.WaitGroup
	errs := make([]error, s.config.Splits)
	for i := range s.config.Splits {
		splits.Go(func() { errs[i] = s.split(i, out.Split(fmt.Sprint(i))) })
	}
	splits.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if err := out.Live("letters"); err != nil {
		return err
	}
	if !req.Bounded {
		<-ctx.Done()
	}
	return ctx.Err()
}

func (s *source) split(i int, out *sdk.Writer) error {
	n := len(out.From())
	switch {
	case n > 0 && s.config.Wrong == "lost":
		n++
	case n > 0 && s.config.Wrong == "twice":
		n--
	}
	for ; n < len(s.config.Letters); n++ {
		table.Insert(out, letter{fmt.Sprint(i, " ", n), s.config.Letters[n : n+1], int32(i)})
		if err := out.Commit(sdk.Position(s.config.Letters[:n+1])); err != nil {
			return err
		}
	}
	return nil
}

// Close has nothing to free.
func (s *source) Close() error { return nil }
