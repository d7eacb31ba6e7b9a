package expr

import "slices"

// tableFunctions stand in FROM. The planner binds them.
var tableFunctions = []Function{
	{Name: "tumble", Signature: "tumble(table, time, '5 MINUTES') -> table", Help: "Each row with the window of that length that its time lies in: window_start and window_end."},
	{Name: "hop", Signature: "hop(table, time, '1 MINUTE', '5 MINUTES') -> table", Help: "Each row once for each window of the second length that begins every first length and that its time lies in."},
	{Name: "cumulate", Signature: "cumulate(table, time, '1 HOUR', '1 DAY') -> table", Help: "Each row once for each window that its time lies in, of those that grow by the first length up to the second."},
	{Name: "session", Signature: "session(table, time, '5 MINUTES'[, key, ...]) -> table", Help: "Each row with its session: rows of the same key without a longer gap between them."},
	{Name: "ttl", Signature: "ttl(table, time, '1 HOUR') -> table", Help: "The rows for so long after their time; then they are taken back."},
}

// windowFunctions need OVER. The planner binds them.
var windowFunctions = []Function{
	{Name: "cume_dist", Signature: "cume_dist() -> float", Help: "The part of the window's rows that are not after this one."},
	{Name: "dense_rank", Signature: "dense_rank() -> int", Help: "The row's place in the order, equal rows having one place, without gaps."},
	{Name: "first_value", Signature: "first_value(any) [ignore nulls] -> same", Help: "The value in the frame's first row, or the first that is not null."},
	{Name: "lag", Signature: "lag(any[, int[, any]]) [ignore nulls] -> same", Help: "The value so many rows before, all of them or those where it is not null; or a default where there is none."},
	{Name: "last_value", Signature: "last_value(any) [ignore nulls] -> same", Help: "The value in the frame's last row, or the last that is not null."},
	{Name: "lead", Signature: "lead(any[, int[, any]]) [ignore nulls] -> same", Help: "The value so many rows after, all of them or those where it is not null; or a default where there is none."},
	{Name: "nth_value", Signature: "nth_value(any, int) [from last] [ignore nulls] -> same", Help: "The value in the frame's n-th row, or the n-th that is not null, from the first row or from the last."},
	{Name: "ntile", Signature: "ntile(int) -> int", Help: "Which of n parts of nearly equal size the row is in."},
	{Name: "percent_rank", Signature: "percent_rank() -> float", Help: "The rank from 0 to 1: how many rows come before, of the others."},
	{Name: "rank", Signature: "rank() -> int", Help: "The row's place in the order, equal rows having one place, with gaps behind them."},
	{Name: "row_number", Signature: "row_number() -> int", Help: "The row's number in the order of its partition."},
}

// Catalog returns everything that SQL can call, by group and name: operators, functions, aggregates, window functions
// and table functions. Every aggregate may stand before OVER, too.
func Catalog() []Function {
	all := Functions()
	for _, a := range aggregates {
		f := Function{Name: a.Name, Group: "aggregates", Signature: a.Signature, Help: a.Help}
		if a.Alias != "" {
			f.Help = "The same as " + a.Alias + "."
		}
		all = append(all, f)
	}
	for _, f := range windowFunctions {
		f.Group = "windows"
		all = append(all, f)
	}
	for _, f := range tableFunctions {
		f.Group = "tables"
		all = append(all, f)
	}
	slices.SortStableFunc(all, func(a, b Function) int {
		return slices.Index(Groups, a.Group) - slices.Index(Groups, b.Group)
	})
	return all
}

// Groups are the groups of the catalog in the order in which people read them.
var Groups = []string{"operators", "conditions", "casts", "numbers", "text", "time", "json", "points", "aggregates", "windows", "tables"}
