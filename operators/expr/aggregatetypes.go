package expr

import (
	"math/big"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// of binds one argument by its type.
func of(result func(t batch.Type) (batch.Type, bool)) aggregateBinding {
	return func(args []Expr) (batch.Type, int) {
		t, ok := result(args[0].Type)
		if !ok {
			return t, 0
		}
		return t, -1
	}
}

func anyCount([]Expr) (batch.Type, int) { return batch.T(batch.Int64), -1 }

func sameAs(args []Expr) (batch.Type, int) { return args[0].Type, -1 }

func sameAsSecond(args []Expr) (batch.Type, int) { return args[1].Type, -1 }

func sameType(t batch.Type) (batch.Type, bool) { return t, t.Kind != batch.Invalid }

func boolType(t batch.Type) (batch.Type, bool) { return t, t.Kind == batch.Bool }

func bitType(t batch.Type) (batch.Type, bool) { return t, t.Integer() }

func sumType(t batch.Type) (batch.Type, bool) {
	switch {
	case t.Signed():
		return batch.T(batch.Int64), true
	case t.Unsigned():
		return batch.T(batch.Uint64), true
	case t.Float():
		return batch.T(batch.Float64), true
	}
	return t, t.Numeric() || t.Kind == batch.Duration
}

func avgType(t batch.Type) (batch.Type, bool) {
	switch t.Kind {
	case batch.Decimal:
		return batch.DecimalType(min(38, max(6, t.Scale+4))), true
	case batch.Duration:
		return t, true
	}
	return batch.T(batch.Float64), t.Numeric()
}

// contType is the type of a value between two of type t.
func contType(t batch.Type) (batch.Type, bool) {
	if t.Kind == batch.Timestamp {
		return t, true
	}
	return avgType(t)
}

func oneCondition(args []Expr) (batch.Type, int) {
	if args[0].Type.Kind != batch.Bool {
		return args[0].Type, 0
	}
	return batch.T(batch.Int64), -1
}

// oneNumber takes a number.
func oneNumber(args []Expr) (batch.Type, int) {
	if !args[0].Type.Numeric() {
		return args[0].Type, 0
	}
	return batch.T(batch.Float64), -1
}

// twoNumbers takes two numbers: two floats if one is a float.
func twoNumbers(args []Expr) (batch.Type, int) {
	for i, a := range args {
		if !a.Type.Numeric() {
			return a.Type, i
		}
	}
	float := batch.T(batch.Float64)
	if args[0].Type.Float() || args[1].Type.Float() {
		for i := range args {
			args[i] = must(Cast(args[i], float, false))
		}
	}
	return float, -1
}

func pairCount(args []Expr) (batch.Type, int) {
	_, wrong := twoNumbers(args)
	return batch.T(batch.Int64), wrong
}

func average(of int) aggregateBinding {
	return func(args []Expr) (batch.Type, int) {
		if _, wrong := twoNumbers(args); wrong >= 0 {
			return args[wrong].Type, wrong
		}
		t, _ := avgType(args[of].Type)
		return t, -1
	}
}

func toJSON([]Expr) (batch.Type, int) { return batch.T(batch.JSON), -1 }

// members takes a name, which is made a text, and a value.
func members(args []Expr) (batch.Type, int) {
	return batch.T(batch.JSON), toText(args)
}

// toText makes the first argument a text.
func toText(args []Expr) (wrong int) {
	text := batch.T(batch.Utf8)
	if !Castable(args[0].Type, text) {
		return 0
	}
	x, err := Cast(args[0], text, false)
	if err != nil {
		return 0
	}
	args[0] = x
	return -1
}

// separated takes a text, or what becomes one, and a constant text.
func separated(args []Expr) (batch.Type, int) {
	t := batch.T(batch.Utf8)
	if wrong := toText(args); wrong >= 0 {
		return t, wrong
	}
	if len(args) > 1 && (args[1].Op != LiteralOp || args[1].Null || args[1].Type != t) {
		return t, 1
	}
	return t, -1
}

// between makes a date a timestamp, so that there is something between two.
func between(args []Expr) {
	if args[0].Type.Kind == batch.Date {
		args[0] = must(Cast(args[0], batch.T(batch.Timestamp), false))
	}
}

func median(args []Expr) (batch.Type, int) {
	between(args)
	t, ok := contType(args[0].Type)
	if !ok {
		return t, 0
	}
	return t, -1
}

// percentile takes values and a constant fraction from 0 to 1.
func percentile(result func(t batch.Type) (batch.Type, bool)) aggregateBinding {
	return func(args []Expr) (batch.Type, int) {
		if _, date := result(batch.T(batch.Date)); !date {
			between(args)
		}
		t, ok := result(args[0].Type)
		if !ok {
			return t, 0
		}
		f, err := Fold(args[1])
		if err != nil || f.Op != LiteralOp || f.Null || !f.Type.Numeric() {
			return t, 1
		}
		v, ok := new(big.Rat).SetString(f.Value)
		if !ok || v.Sign() < 0 || v.Cmp(big.NewRat(1, 1)) > 0 {
			return t, 1
		}
		args[1] = f
		return t, -1
	}
}
