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

// Catalog returns everything that SQL can call, by group and name: operators, functions, aggregates and table
// functions.
func Catalog() []Function {
	all := Functions()
	for _, a := range aggregates {
		f := Function{Name: a.Name, Group: "aggregates", Signature: a.Signature, Help: a.Help}
		if a.Alias != "" {
			f.Help = "The same as " + a.Alias + "."
		}
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
var Groups = []string{"operators", "conditions", "casts", "numbers", "text", "time", "json", "points", "aggregates", "tables"}
