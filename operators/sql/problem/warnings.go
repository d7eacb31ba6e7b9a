package problem

// warnings are told and stop nothing.
var warnings = []Entry{
	{
		Code: "W2001", Title: "a column beside GROUP BY that the groups do not determine",
		Means: "The first of the group's values in order is taken. In a millrace.yaml this is the error E2006.",
		Mend:  "Add the column to GROUP BY, or write ANY_VALUE around it.",
		Wrong: "SELECT category, price, COUNT(*) AS n INTO v FROM products GROUP BY category;", Right: "SELECT category, ANY_VALUE(price) AS price, COUNT(*) AS n INTO v FROM products GROUP BY category;",
	},
	{
		Code: "W2002", Title: "a result that nothing uses",
		Means: "No endpoint and no other statement reads the table that a statement makes, so it is not computed.",
		Mend:  "Add an endpoint for it, or leave the statement out.",
	},
	{
		Code: "W2003", Title: "COUNT of several arguments",
		Means: "Every row is counted once for each argument. In a millrace.yaml this is the error E2015.",
		Mend:  "Write COUNT(*), COUNT of one of them, or COUNT(DISTINCT a, b).",
		Wrong: "SELECT COUNT(name, email) AS n INTO v FROM customers;", Right: "SELECT COUNT(*) AS n INTO v FROM customers;",
	},
	{
		Code: "W2004", Title: "an order that a view does not keep",
		Means: "The rows of a view have no order of their own, so ORDER BY without LIMIT changes nothing.",
		Mend:  "Leave it out, add a LIMIT, or ask for an order with $order_by when reading the view.",
		Wrong: "SELECT name INTO v FROM customers ORDER BY name;", Right: "SELECT name INTO v FROM customers;",
	},
	{
		Code: "W2005", Title: "state that grows with every row of a stream",
		Means: "A view keeps every row of a source that has no end, so its state grows as long as rows come.",
		Mend:  "Bound it: read the stream by TTL(table, time, '1 DAY'), or group it by a window such as TUMBLE.",
	},
	{
		Code: "W2006", Title: "a join that compares all pairs of rows",
		Means: "An outer join, IN or EXISTS has no condition left.x = right.y, so every row of one side is compared with every row of the other, on one worker, at each change.",
		Mend:  "Add an equality between a column of each side. The other conditions may stay.",
		Wrong: "SELECT c.name, o.order_id INTO v FROM customers c LEFT JOIN orders o ON o.total_amount > 5;",
		Right: "SELECT c.name, o.order_id INTO v FROM customers c LEFT JOIN orders o ON o.customer_id = c.customer_id AND o.total_amount > 5;",
	},
	{
		Code: "W2010", Title: "MIN_APPEND_ONLY or MAX_APPEND_ONLY",
		Means: "Dozer kept one value of a group for it and stopped at an update or delete. Here rows may be taken back, so it is exact, and keeps all values, as MIN and MAX do.",
		Mend:  "Write MIN or MAX: they are the same.",
		Wrong: "SELECT MIN_APPEND_ONLY(total_amount) AS least INTO v FROM orders;", Right: "SELECT MIN(total_amount) AS least INTO v FROM orders;",
	},
}
