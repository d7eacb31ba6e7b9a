select order_id, total_amount into x from orders order by total_amount desc limit 10
----
view x (order_id, total_amount), key order_id
  the first 10 by total_amount desc, about 10 rows
      keeps its input: about 220 M bytes
    scan orders (order_id, total_amount), about 11 M rows
====
select c.name, sum(o.total_amount) s into x from customers c join orders o using (customer_id) group by c.customer_id, c.name order by s desc, min(order_date) limit 5 offset 5
----
view x (name, s), key none: equal rows are counted
  compute name, s, about 5 rows
    the first 5 behind 5 by s desc, MIN(order_date), about 5 rows
        keeps its input: about 180 M bytes
      compute name, sum, min, about 3.7 M rows
        aggregate sum(total_amount), min(order_date) by customer_id, name, about 3.7 M rows
            keeps a row for each group: about 190 M bytes
            keeps the values of its groups in order: about 570 M bytes
          compute customer_id, name, total_amount, order_date, about 11 M rows
            inner join on customer_id = customer_id -> customer_id, name, order_date, total_amount, about 11 M rows
                keeps the left side by its key: about 400 M bytes
                keeps the right side by its key: about 310 M bytes
              scan customers (customer_id, name), about 11 M rows
              scan orders (customer_id, order_date, total_amount), about 11 M rows
====
select name into x from customers order by email
----
sql:1:44: W2004: a result has no order: ORDER BY without LIMIT changes nothing; leave it out, add a LIMIT, or ask for an order with $order_by when reading the view
view x (name), key none: equal rows are counted
  scan customers (name), about 11 M rows
====
select max(total_amount) m into x from (select total_amount from orders order by order_date limit 100) where total_amount > 5
----
view x (m), key 
  aggregate max(total_amount), about 1 rows
      keeps a row for each group: about 16 bytes
      keeps the values of its groups in order: about 640 bytes
    where total_amount > 5, compute total_amount, about 40 rows
      the first 100 by order_date, about 100 rows
          keeps its input: about 260 M bytes
        compute total_amount, order_date, about 11 M rows
          scan orders (order_date, total_amount), about 11 M rows
====
select name into a from customers order by 2 limit 1;
select name into b from customers order by nam limit 1;
select distinct name into c from customers order by email limit 1;
select name into d from customers limit 1.5;
select name into e from customers offset 5.5;
select name into f from customers fetch first 2 rows with ties;
select name into g from customers limit customer_id;
select category into h from products group by category order by price limit 3
----
sql:1:44: E2022: ORDER BY 2 of 1 column; name a column, or give the number of one
sql:2:44: E2002: unknown column "nam"; did you mean "name"?
sql:3:53: E2023: ORDER BY an expression that the result does not have; name a column of the result, or give its number
sql:4:41: E2031: LIMIT is no constant number of rows; write a number
sql:5:42: E2031: OFFSET is no constant number of rows; write a number
sql:6:47: E2040: WITH TIES without ORDER BY; write ORDER BY what makes two rows equally good
sql:7:41: E2002: unknown column "customer_id"
sql:8:65: W2001: column "price" is neither grouped nor aggregated: the first value in order is taken; add it to GROUP BY, or write ANY_VALUE(price)
====
select customer_id, name into x from customers order by name, customer_id offset 5;
select customer_id, name into y from customers order by name limit 5 with ties offset 2
----
view x (customer_id, name), key customer_id
  the rows of the first input without those of the second, about 11 M rows
    #1 scan customers (customer_id, name), about 11 M rows
    the first 5 by name, customer_id, about 5 rows
        keeps its input: about 400 M bytes
      #1, see above
view y (customer_id, name), key customer_id
  the first 5 with ties behind 2 by name, about 5 rows
      keeps its input: about 400 M bytes
    #1, see above
