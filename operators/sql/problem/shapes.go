package problem

// shapes are mistakes about which columns and rows a query has.
var shapes = []Entry{
	{
		Code: "E2006", Title: "a column that is neither grouped nor aggregated",
		Means: "A group has many values of the column, and nothing says which one is meant.",
		Mend:  "Add it to GROUP BY, or write MIN, MAX or ANY_VALUE around it. Columns that a grouped key determines need not be listed.",
		Wrong: "SELECT category, price, COUNT(*) AS n INTO v FROM products GROUP BY category;", Right: "SELECT category, MAX(price) AS price, COUNT(*) AS n INTO v FROM products GROUP BY category;",
	},
	{
		Code: "E2009", Title: "numbers of columns that differ",
		Means: "The two sides of UNION, EXCEPT or INTERSECT must have as many columns, and a list of column names must have as many names as there are columns.",
		Mend:  "Add or leave out columns.",
		Wrong: "SELECT name, email INTO v FROM customers UNION SELECT name FROM products;", Right: "SELECT name INTO v FROM customers UNION SELECT name FROM products;",
	},
	{
		Code: "E2020", Title: "an aggregate in the wrong place",
		Means: "WHERE, ON and GROUP BY are computed before there are groups, and the argument of an aggregate for each row of one.",
		Mend:  "Write conditions on aggregates in HAVING. For an aggregate of an aggregate group in a derived table first.",
		Wrong: "SELECT customer_id, COUNT(*) AS n INTO v FROM orders WHERE COUNT(*) > 1 GROUP BY customer_id;",
		Right: "SELECT customer_id, COUNT(*) AS n INTO v FROM orders GROUP BY customer_id HAVING COUNT(*) > 1;",
	},
	{
		Code: "E2021", Title: "only an aggregate takes that",
		Means: "DISTINCT, *, FILTER and ORDER BY in parentheses are for aggregates.",
		Mend:  "Give the function plain arguments.",
		Wrong: "SELECT upper(DISTINCT name) AS u INTO v FROM customers;", Right: "SELECT DISTINCT upper(name) AS u INTO v FROM customers;",
	},
	{
		Code: "E2022", Title: "a number that is no column's",
		Means: "A number in GROUP BY or ORDER BY means the item of the select list at that place, counted from 1.",
		Mend:  "Name the column, or give the number of one.",
		Wrong: "SELECT category, COUNT(*) AS n INTO v FROM products GROUP BY 3;", Right: "SELECT category, COUNT(*) AS n INTO v FROM products GROUP BY 1;",
	},
	{
		Code: "E2023", Title: "an order by something that the result does not have",
		Means: "Behind DISTINCT or UNION only the columns of the result are left to order by.",
		Mend:  "Name a column of the result, or give its number.",
		Wrong: "SELECT name INTO v FROM customers UNION SELECT name FROM products ORDER BY upper(name) LIMIT 5;",
		Right: "SELECT name INTO v FROM customers UNION SELECT name FROM products ORDER BY name LIMIT 5;",
	},
	{
		Code: "E2025", Title: "a window function without what it needs",
		Means: "TUMBLE takes a table, its column of time and a size; HOP and CUMULATE take a step before the size, SESSION a gap and columns that divide it, TTL a length.",
		Mend:  "Write TUMBLE(orders, order_date, '5 MINUTES') or HOP(orders, order_date, '1 MINUTE', '5 MINUTES').",
		Wrong: "SELECT * INTO v FROM HOP(orders, order_date, '5 MINUTES');", Right: "SELECT * INTO v FROM HOP(orders, order_date, '1 MINUTE', '5 MINUTES');",
	},
	{
		Code: "E2026", Title: "a window over something that is no time",
		Means: "Windows are cut by a column of the table that is a timestamp.",
		Mend:  "Name such a column, or CAST or compute it in a derived table: TUMBLE((SELECT ..., CAST(x AS TIMESTAMP) AS t FROM ...), t, '5 MINUTES').",
		Wrong: "SELECT * INTO v FROM TUMBLE(orders, total_amount, '5 MINUTES');", Right: "SELECT * INTO v FROM TUMBLE(orders, order_date, '5 MINUTES');",
	},
	{
		Code: "E2027", Title: "a length that no window can have",
		Means: "A length is a positive number and a unit from microseconds to weeks. The size of a HOP is no less than its hop, and that of a CUMULATE a multiple of its step.",
		Mend:  "Write '5 MINUTES' or INTERVAL '5' MINUTE.",
		Wrong: "SELECT * INTO v FROM TUMBLE(orders, order_date, '5 LIGHTYEARS');", Right: "SELECT * INTO v FROM TUMBLE(orders, order_date, '5 MINUTES');",
	},
	{
		Code: "E2034", Title: "the clock where a result cannot be kept up to date",
		Means: "A view changes when rows do, and when a row's time has come: NOW() and CURRENT_DATE can be compared with the row, and then it comes or goes by itself. Anything else of them would change all the time.",
		Mend:  "Write the comparison in WHERE or HAVING, by itself, ANDed to the rest or in one alternative of an OR, with the clock on one side. Let the source write the time into the row where its age is wanted.",
		Wrong: "SELECT order_id, NOW() - order_date AS age INTO v FROM orders;", Right: "SELECT order_id, order_date INTO v FROM orders WHERE order_date > NOW() - INTERVAL '1' DAY;",
	},
	{
		Code: "E2029", Title: "a subquery with too many columns",
		Means: "A subquery that stands for a value has one column, and that of x IN (SELECT ...) as many as there are values on the left.",
		Mend:  "Leave the columns that are compared or used. EXISTS (SELECT ...) takes any.",
		Wrong: "SELECT name INTO v FROM customers WHERE customer_id IN (SELECT order_id, customer_id FROM orders);",
		Right: "SELECT name INTO v FROM customers WHERE customer_id IN (SELECT customer_id FROM orders);",
	},
	{
		Code: "E2033", Title: "* without columns",
		Means: "* stands for the columns of the FROM, and there is none, or EXCEPT takes all of them away.",
		Mend:  "Write FROM and a table, or list expressions.",
		Wrong: "SELECT * INTO v;", Right: "SELECT * INTO v FROM customers;",
	},
	{
		Code: "E2035", Title: "a window function in the wrong place",
		Means: "Window functions are computed after WHERE, GROUP BY and HAVING, over the rows that are left then, and not inside each other. RANK and its like need OVER, and OVER needs an aggregate or a window function before it.",
		Mend:  "Write it in the select list, in ORDER BY or in QUALIFY. For a function of its result use a derived table.",
		Wrong: "SELECT name INTO v FROM products WHERE ROW_NUMBER() OVER (PARTITION BY category ORDER BY price) = 1;",
		Right: "SELECT name INTO v FROM products QUALIFY ROW_NUMBER() OVER (PARTITION BY category ORDER BY price) = 1;",
	},
	{
		Code: "E2036", Title: "an unknown window",
		Means: "OVER name means a window that stands behind WINDOW in the same SELECT. One that goes on from it may add what it lacks.",
		Mend:  "Write WINDOW name AS (...) behind the FROM, or the whole window in OVER (...).",
		Wrong: "SELECT name, RANK() OVER w AS r INTO v FROM products WINDOW x AS (ORDER BY price);",
		Right: "SELECT name, RANK() OVER x AS r INTO v FROM products WINDOW x AS (ORDER BY price);",
	},
	{
		Code: "E2040", Title: "WITH TIES without ORDER BY",
		Means: "WITH TIES keeps the rows that the order does not tell apart from the last one, too. Without an order that would be all rows.",
		Mend:  "Write ORDER BY what makes two rows equally good, or ROWS ONLY.",
		Wrong: "SELECT name INTO v FROM products FETCH FIRST 3 ROWS WITH TIES;",
		Right: "SELECT name INTO v FROM products ORDER BY price FETCH FIRST 3 ROWS WITH TIES;",
	},
	{
		Code: "E2037", Title: "a frame that its order cannot have",
		Means: "A distance of RANGE is a difference between values of the one column of ORDER BY: a number or an interval, from 0 on. GROUPS counts groups of rows that the ORDER BY does not tell apart.",
		Mend:  "Order by one number or time and write a distance of its type, or write ROWS.",
		Wrong: "SELECT AVG(price) OVER (ORDER BY name RANGE BETWEEN 5 PRECEDING AND CURRENT ROW) AS a INTO v FROM products;",
		Right: "SELECT AVG(price) OVER (ORDER BY price RANGE BETWEEN 5 PRECEDING AND CURRENT ROW) AS a INTO v FROM products;",
	},
}
