select o.order_id into x from orders o
where o.total_amount > 5 and o.order_id in (select order_id from order_items where quantity > 3 group by order_id having sum(price) > 300)
----
view x (order_id), key order_id
  semi join on order_id = order_id -> order_id, about 2.1 M rows
      keeps the left side by its key: about 53 M bytes
      keeps the right side by its key: about 64 M bytes
    where total_amount > 5, compute order_id, about 4.4 M rows
      scan orders (order_id, total_amount), about 11 M rows
    where sum > 300, compute order_id, about 5.3 M rows
      aggregate sum(price) by order_id, about 13 M rows
          keeps a row for each group: about 270 M bytes
        where quantity > 3, compute order_id, price, about 40 M rows
          scan order_items (order_id, quantity, price), about 100 M rows
====
select name into x from customers c
where exists (select 1 from orders o where o.customer_id = c.customer_id and o.total_amount > c.customer_id)
  and not exists (select 1 from orders o where o.customer_id = c.customer_id and o.order_id = 5)
----
view x (name), key none: equal rows are counted
  anti join on customer_id = customer_id -> name, about 5 M rows
      keeps the left side by its key: about 200 M bytes
      keeps the right side by its key: about 13 M bytes
    semi join on customer_id = customer_id where total_amount > CAST(customer_id AS FLOAT64) -> customer_id, name, about 5.5 M rows
        keeps the left side by its key: about 400 M bytes
        keeps the right side by its key: about 220 M bytes
      scan customers (customer_id, name), about 11 M rows
      scan orders (customer_id, total_amount), about 11 M rows
    where order_id = 5, compute customer_id, about 1.1 M rows
      scan orders (order_id, customer_id), about 11 M rows
====
select name into x from customers c where customer_id not in (select customer_id from orders where total_amount > 7)
----
view x (name), key none: equal rows are counted
  union, about 3.5 M rows
    anti join -> name, about 3 M rows
        keeps the left side by its key: about 190 M bytes
        keeps the right side by its key: about 9 bytes
      anti join on customer_id = customer_id -> name, about 5.9 M rows
          keeps the left side by its key: about 360 M bytes
          keeps the right side by its key: about 53 M bytes
        where customer_id IS NOT NULL, compute customer_id, name, about 9.9 M rows
          #1 scan customers (customer_id, name), about 11 M rows
        #2 where total_amount > 7, compute customer_id, about 4.4 M rows
          #3 scan orders (order_id, customer_id, total_amount), about 11 M rows
      distinct, about 1 rows
          keeps its input: about 9 bytes
        combine, about 1 rows
          where total_amount > 7 and customer_id IS NULL, compute TRUE, about 440 k rows
            #3, see above
    anti join -> name, about 550 k rows
        keeps the left side by its key: about 35 M bytes
        keeps the right side by its key: about 9 bytes
      where customer_id IS NULL, compute name, about 1.1 M rows
        #1, see above
      distinct, about 1 rows
          keeps its input: about 9 bytes
        combine, about 1 rows
          compute TRUE, about 4.4 M rows
            #2, see above
====
select name into x from customers where exists (select 1 from orders where total_amount > 100000)
----
view x (name), key none: equal rows are counted
  semi join -> name, about 5.5 M rows
      keeps the left side by its key: about 350 M bytes
      keeps the right side by its key: about 9 bytes
    scan customers (name), about 11 M rows
    distinct, about 1 rows
        keeps its input: about 9 bytes
      combine, about 1 rows
        where total_amount > 100000, compute TRUE, about 4.4 M rows
          scan orders (order_id, total_amount), about 11 M rows
====
select name into x from customers c where customer_id > 5 or exists (select 1 from orders o where o.customer_id = c.customer_id);
select name into y from customers c where exists (select 1 from orders o where o.order_id > c.customer_id);
select name into z from customers c where (customer_id, name) in (select customer_id from orders);
select name into u from customers c where exists (select count(*) from orders o where o.customer_id = c.customer_id);
select name into v from customers c where customer_id in (select o.customer_id + c.customer_id from orders o);
select name into w from customers c where exists (select 1 from orders o where o.customer_id = d.customer_id);
select name into t from customers c join orders o on c.customer_id in (select customer_id from orders);
select name into s from customers c where customer_id >= all (select customer_id from orders)
----
sql:2:43: W2006: the subquery and the query around it have no condition x = y: every row of one side is compared with every row of the other; add an equality between a column of each side
sql:3:43: E2029: IN compares 2 values with a subquery of 1 column; leave as many columns as there are values
sql:6:96: E2001: unknown table "d"; did you mean "o"?
====
select name, case when exists (select 1 from orders o where o.customer_id = c.customer_id) then 1 else 0 end e into x from customers c
where c.email = 'a' or c.customer_id in (select customer_id from orders where total_amount > 7)
----
view x (name, e), key none: equal rows are counted
  compute name, CASE WHEN COALESCE(rows, 0) > 0 THEN 1 ELSE 0 END, about 7.7 M rows
    left join on customer_id = customer_id -> name, rows, about 7.7 M rows
        keeps the left side by its key: about 280 M bytes
        keeps the right side by its key: about 73 M bytes
      where email = 'a' OR CASE WHEN COALESCE(rows, 0) > 0 THEN TRUE WHEN COALESCE(rows, 0) > 0 AND (customer_id IS NULL OR COALESCE(values, 0) < COALESCE(rows, 0)) THEN NULL ELSE FALSE END, compute customer_id, name, about 7.7 M rows
        left join -> customer_id, name, email, rows, rows, values, about 11 M rows
            keeps the left side by its key: about 750 M bytes
            keeps the right side by its key: about 24 bytes
          left join on customer_id = value -> customer_id, name, email, rows, about 11 M rows
              keeps the left side by its key: about 660 M bytes
              keeps the right side by its key: about 29 M bytes
            scan customers (customer_id, name, email), about 11 M rows
            aggregate count(*) by value, about 1.5 M rows
                keeps a row for each group: about 29 M bytes
              #1 where total_amount > 7, compute customer_id, about 4.4 M rows
                scan orders (customer_id, total_amount), about 11 M rows
          aggregate count(*), count(value), about 1 rows
              keeps a row for each group: about 24 bytes
            #1, see above
      aggregate count(*) by customer_id, about 3.7 M rows
          keeps a row for each group: about 73 M bytes
        scan orders (customer_id), about 11 M rows
