package problem

// refused is what is valid SQL somewhere and is not taken.
var refused = []Entry{
	{
		Code: "E2900", Title: "not supported yet",
		Means: "Valid SQL that is not kept up to date yet.",
		Mend:  "The message names a way around where there is one.",
		Wrong: "SELECT name, ARRAY[1, 2] AS a INTO v FROM customers;",
	},
	{
		Code: "E2901", Title: "recursive WITH",
		Means: "A recursive query has no bound on how often it goes round, so no change could be said to be complete; and taking one row back may take back everything that was derived from it.",
		Mend:  "Join the table with itself as often as the hierarchy is deep, or let the source keep the closure of it.",
		Wrong: "WITH RECURSIVE r AS (SELECT customer_id FROM customers UNION ALL SELECT customer_id + 1 FROM r) SELECT * INTO v FROM r;",
	},
	{
		Code: "E2902", Title: "a function without one answer",
		Means: "RANDOM(), UUID() and their like give another value at each call. A row that is taken back would not be the row that was added, and a restart would change the view.",
		Mend:  "Let the source write the value into the row, or derive it from the row's key, for example by a hash of it.",
		Wrong: "SELECT name, RANDOM() AS r INTO v FROM customers;", Right: "SELECT name, customer_id % 10 AS r INTO v FROM customers;",
	},
	{
		Code: "E2903", Title: "a statement that changes a table",
		Means: "The SQL of an app says what views are, once. Rows come from the sources only, so that a view is always what its SQL says about them.",
		Mend:  "Change the rows at the source; the push connector takes them over HTTP and gRPC. To read a result write SELECT ... INTO name.",
		Wrong: "DELETE FROM customers WHERE customer_id = 5;",
	},
	{
		Code: "E2904", Title: "a declaration that belongs in the config",
		Means: "Tables, connections, sinks and functions are declared in the config, where their connector and its settings are.",
		Mend:  "List tables under `sources`, sinks under `sinks` and WASM modules under `udfs`.",
		Wrong: "CREATE TABLE t (a INT);",
	},
	{
		Code: "E2905", Title: "a subquery that reads the query around it at a place where it cannot",
		Means: "A subquery may read columns of the queries around it, but not in a table that TUMBLE or TTL is of, and an aggregate in it has to read a column of its own.",
		Mend:  "Move the condition out of the table function, into the WHERE of the subquery; compute an aggregate of the query around there.",
		Wrong: "SELECT name, (SELECT MAX(c.customer_id) FROM orders o WHERE o.customer_id > c.customer_id) AS m INTO v FROM customers c;",
		Right: "SELECT name, (SELECT MAX(o.customer_id) FROM orders o WHERE o.customer_id > c.customer_id) AS m INTO v FROM customers c;",
	},
	{
		Code: "E2906", Title: "a subquery at a place where there can be none",
		Means: "Subqueries are joined to rows, so they stand where those are complete: in the select list, in WHERE, in HAVING, and in the ON of an inner join. In the ON of an outer join a condition with a subquery can read one side only.",
		Mend:  "Move it there, or compute it in a derived table.",
		Wrong: "SELECT c.name INTO v FROM customers c LEFT JOIN orders o ON o.customer_id = c.customer_id AND o.total_amount > (SELECT MAX(p.total_amount) FROM orders p WHERE p.customer_id = c.customer_id AND p.order_id < o.order_id);",
		Right: "SELECT c.name INTO v FROM customers c LEFT JOIN (SELECT *, (SELECT MAX(p.total_amount) FROM orders p WHERE p.customer_id = q.customer_id AND p.order_id < q.order_id) AS before FROM orders q) o ON o.customer_id = c.customer_id AND o.total_amount > o.before;",
	},
	{
		Code: "E2907", Title: "IN of many values that may be null, inside an expression",
		Means: "Whether a row of values is IN the rows of a subquery, is not, or nobody knows, depends on which of them are null: for each way to be null the rows are counted. Inside an expression that is done for up to three values that may be null.",
		Mend:  "Write IN or NOT IN as a condition of WHERE, joined to the others by AND: there may be any number.",
		Wrong: "SELECT order_id, (customer_id, order_id, order_date, total_amount) IN (SELECT customer_id, order_id, order_date, total_amount FROM orders WHERE total_amount > 5) AS x INTO v FROM orders;",
		Right: "SELECT order_id INTO v FROM orders WHERE (customer_id, order_id, order_date, total_amount) IN (SELECT customer_id, order_id, order_date, total_amount FROM orders WHERE total_amount > 5);",
	},
	{
		Code: "E2909", Title: "ANY or ALL of an array",
		Means: "A comparison with ANY or ALL takes the rows of a subquery, or the values that ARRAY[...] lists. There are no columns that hold arrays.",
		Mend:  "Write a subquery, ARRAY[...], or IN and a list.",
		Wrong: "SELECT name INTO v FROM customers WHERE customer_id = ANY (name);",
		Right: "SELECT name INTO v FROM customers WHERE customer_id > ALL (SELECT customer_id FROM orders);",
	},
	{
		Code: "E2910", Title: "LATERAL in a join that cannot have it",
		Means: "A derived table that reads the tables beside it has rows for each of their rows: INNER, LEFT and CROSS JOIN can have it on their right side, with ON.",
		Mend:  "Write LEFT JOIN LATERAL (SELECT ...) t ON ..., with the tables that it reads on the left.",
		Wrong: "SELECT name, m INTO v FROM customers c RIGHT JOIN LATERAL (SELECT MAX(total_amount) AS m FROM orders o WHERE o.customer_id = c.customer_id) t ON TRUE;",
		Right: "SELECT name, m INTO v FROM customers c LEFT JOIN LATERAL (SELECT MAX(total_amount) AS m FROM orders o WHERE o.customer_id = c.customer_id) t ON TRUE;",
	},
	{
		Code: "E2911", Title: "GROUPING SETS, ROLLUP and CUBE in too many ways",
		Means: "Each way to group is kept as a query of its own, so there may be 64 of them; ROLLUP and CUBE take no further ROLLUP, CUBE or GROUPING SETS inside.",
		Mend:  "Write GROUPING SETS with the groupings that are needed.",
		Wrong: "SELECT COUNT(*) AS n INTO v FROM products GROUP BY ROLLUP (CUBE (category, name));",
		Right: "SELECT COUNT(*) AS n INTO v FROM products GROUP BY GROUPING SETS (CUBE (category, name), (price));",
	},
}
