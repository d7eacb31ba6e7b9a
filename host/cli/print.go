package cli

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/millrace-dev/millrace/host/config"
	"github.com/millrace-dev/millrace/operators/sql/problem"
)

// maxMistakes is how many mistakes of the configuration are shown at once.
const maxMistakes = 20

// print writes an error: mistakes of the configuration with their lines and places, so that editors find them.
func (c *command) print(err error) {
	text := err.Error()
	all, ok := errors.AsType[config.Errors](err)
	if one, single := errors.AsType[*config.Error](err); !ok && single {
		all = config.Errors{one}
	}
	switch {
	case all == nil:
		fmt.Fprintln(c.env.Err, strings.TrimSpace("millrace: "+text))
	case all.Error() == text:
		c.show(all)
	default: // there is more to say
		fmt.Fprintln(c.env.Err, strings.TrimSpace(text))
	}
}

var codes = regexp.MustCompile(`^[EW][0-9]{4}: `)

// show writes mistakes or warnings.
func (c *command) show(all config.Errors) {
	if c.cfg != nil {
		c.cfg.Quote(all)
	}
	example := ""
	for i, e := range all {
		if i == maxMistakes {
			fmt.Fprintf(c.env.Err, "and %d more\n", len(all)-i)
			break
		}
		fmt.Fprint(c.env.Err, e.Render(c.colour()))
		if code := codes.FindString(e.Msg); code != "" && example == "" {
			example = strings.TrimSuffix(code, ": ")
		}
	}
	if example != "" {
		fmt.Fprintf(c.env.Err, "`millrace explain %s` tells more\n", example)
	}
}

// colour reports whether errors go to a terminal that wants colours.
func (c *command) colour() bool {
	file, ok := c.env.Err.(*os.File)
	if !ok {
		return false
	}
	if _, without := c.env.Lookup("NO_COLOR"); without {
		return false
	}
	if term, _ := c.env.Lookup("TERM"); term == "dumb" {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// explainCode writes what the catalogue says about a code.
func (c *command) explainCode(code string) error {
	e, ok := problem.Find(code)
	if !ok {
		return errUsage{fmt.Errorf("there is no %s; near it are %s", strings.ToUpper(code), strings.Join(problem.Nearest(code), ", "))}
	}
	_, err := fmt.Fprint(c.env.Out, e.Text())
	return err
}
