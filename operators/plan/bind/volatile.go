package bind

import (
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
)

// volatile are functions that other systems have and that give another value at each call.
var volatile = []string{
	"RAND", "RANDOM", "SETSEED", "UUID", "UUID_GENERATE_V4", "GEN_RANDOM_UUID", "NEWID", "CLOCK_TIMESTAMP", "TIMEOFDAY", "SYSDATE",
	"NEXTVAL", "CURRVAL", "LASTVAL", "LAST_INSERT_ID", "TXID_CURRENT",
}

// refuseVolatile refuses a function without one answer, unless the app brings one of that name.
func (b *binder) refuseVolatile(e *ast.Call) error {
	name := strings.ToUpper(e.Func())
	if !slices.Contains(volatile, name) {
		return nil
	}
	if b.options.Functions != nil {
		if _, _, ok := b.options.Functions.Func(e.Func()); ok {
			return nil
		}
	}
	return b.fail(e, plan.CodeVolatile, "let the source write the value into the row, or derive it from the row's key",
		"%s gives another value at each call, and a row that is taken back has to be the row that was added", name)
}
