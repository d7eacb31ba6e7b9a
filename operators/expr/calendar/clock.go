package calendar

import "github.com/millrace-dev/millrace/operators/expr/fn"

// clockFunctions read the pipeline's clock. They have no kernels: the planner makes operators of comparisons with
// them, which take rows back as time goes on.
func clockFunctions() []fn.Function {
	return []fn.Function{
		{
			Signature: "now([int]) timestamp", Help: "The time. Compare it with a column in WHERE, as in ts > NOW() - INTERVAL '1' HOUR: rows then come and go by themselves.",
			Nullable: fn.Never,
		},
		{
			Signature: "current_date() date", Help: "The day, in UTC. Compare it with a column in WHERE: rows then come and go by themselves.",
			Nullable: fn.Never,
		},
		{
			Name: "is current", Signature: "is current(timestamp, int, int, bool, bool, bool) bool",
			Help:     "What the planner makes of a comparison with NOW(): the clock has reached a bound, or has not.",
			Fallible: func(n *fn.Node) bool { return n.Args[5].Value == "true" },
		},
	}
}
