select customer_id into x from customers except select customer_id from orders
----
view x (customer_id), key customer_id
  anti join on customer_id = customer_id, nulls equal, -> customer_id, about 5.5 M rows
      keeps the left side by its key: about 130 M bytes
      keeps the right side by its key: about 130 M bytes
    distinct, about 11 M rows
        keeps its input: about 130 M bytes
      scan customers (customer_id), about 11 M rows
    scan orders (customer_id), about 11 M rows
====
select customer_id into x from orders intersect all select customer_id from customers
----
view x (customer_id), key none: equal rows are counted
  the rows of the first input without those of the second, about 33 M rows
    #1 scan orders (customer_id), about 11 M rows
    positive, about 22 M rows
        keeps its input: about 260 M bytes
      the rows of the first input without those of the second, about 22 M rows
        #1, see above
        scan customers (customer_id), about 11 M rows
====
select customer_id, label into x from customers join (values (1, 'one'), (2, null)) t(id, label) on id = customer_id
----
view x (customer_id, label), key none: equal rows are counted
  inner join on CAST(customer_id AS INT64) = column1 -> customer_id, column2, about 11 M rows
      keeps the left side by its key: about 220 M bytes
      keeps the right side by its key: about 80 bytes
    compute customer_id, CAST(customer_id AS INT64), about 11 M rows
      scan customers (customer_id), about 11 M rows
    values (column1, column2), about 2 rows
====
select category, count(*) n into x from products group by all
----
view x (category, n), key category
  aggregate count(*) by category, about 5.3 M rows
      keeps a row for each group: about 210 M bytes
    scan products (category), about 16 M rows
====
select count(name, category) n into x from products
----
sql:1:8: W2003: count of 2 arguments counts every row 2 times; write COUNT(*), or COUNT of one of them
view x (n), key 
  compute count(*) * 2, about 1 rows
    aggregate count(*), about 1 rows
        keeps a row for each group: about 16 bytes
      scan products (product_id), about 16 M rows
====
select 1 into x;
select name into y from customers except select order_id from orders;
select name into z from customers union select name, email from customers;
select name into w from customers where customer_id in (values (1), ('x'));
select customer_id into u from customers union all values (1 / 0);
select * into v
----
sql:1:15: E2013: the result "x" reads no table; read a table, or use it in a WITH of a statement that does
sql:2:42: E2005: EXCEPT of column "name", which is utf8 on one side and int32 on the other; CAST one of them
sql:3:41: E2009: UNION of 1 column and 2 columns; give both sides the same columns
sql:4:70: E2005: VALUES of a column that is int64 in one row and utf8 in another; CAST one of them
sql:5:60: E2030: 1 / 0: division by zero
sql:6:8: E2033: * without columns to stand for; write FROM and a table
