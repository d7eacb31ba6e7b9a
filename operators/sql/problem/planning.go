package problem

// planning is what shows when a plan is made of statements that are right by themselves.
var planning = []Entry{
	{
		Code: "E3001", Title: "tables without a condition between them",
		Means: "All pairs of rows of two tables would have to be kept, which is hardly ever meant.",
		Mend:  "Write an equality between a column of each, or CROSS JOIN where all pairs are meant.",
		Wrong: "SELECT name, order_id INTO v FROM customers, orders;", Right: "SELECT name, order_id INTO v FROM customers c, orders o WHERE c.customer_id = o.customer_id;",
	},
	{
		Code: "E3002", Title: "a key of a column that the result does not have",
		Means: "The primary key of an endpoint names a column that its table does not have.",
		Mend:  "Correct the name in the endpoint's `index.primary_key`.",
	},
	{
		Code: "E3003", Title: "too large to plan",
		Means: "A statement may have 1,000 tables and SELECTs, 64 tables with commas between them, and 20,000 parts where what it reads twice counts twice, so that planning ends soon.",
		Mend:  "Put long lists into a table and join it, or divide the statement: others may read its INTO.",
	},
	{
		Code: "E3004", Title: "state that is predicted to exceed the memory budget",
		Means: "By the row counts of the connectors the operators of the plan would keep more than the memory they may have. The message names the largest.",
		Mend:  "Bound the state by a window, TTL or WHERE, leave columns out, raise `app.memory`, or run it all the same with `app.allow_large_state: true`.",
	},
}
