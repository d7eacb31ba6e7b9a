select c.name, p.name pname into x from customers c cross join products p where c.customer_id > 100 and p.price > c.customer_id
----
view x (name, pname), key none: equal rows are counted
  cross join where price > CAST(customer_id AS FLOAT64) -> name, name, about 2.8e+04 G rows
      keeps both sides by their keys: about 4e+02 M bytes and 6.4e+02 M bytes
    where customer_id > 100, compute customer_id, name, about 11 M rows
      scan customers (customer_id, name), about 11 M rows
    scan products (name, price), about 16 M rows
====
select c.name, o.order_id, p.name pname into x from customers c cross join products p join orders o on o.customer_id = c.customer_id
----
view x (name, order_id, pname), key none: equal rows are counted
  compute name, order_id, name, about 1.8e+05 G rows
    cross join -> name, name, order_id, about 1.8e+05 G rows
        keeps both sides by their keys: about 5.1e+02 M bytes and 4e+02 M bytes
      scan products (name), about 16 M rows
      inner join on customer_id = customer_id -> name, order_id, about 11 M rows
          keeps both sides by their keys: about 4e+02 M bytes and 1.8e+02 M bytes
        scan customers (customer_id, name), about 11 M rows
        scan orders (order_id, customer_id), about 11 M rows
====
select c.name, o.order_id into x from customers c, orders o
----
view "x": a join without a condition between its tables: write an equality between a column of each, or CROSS JOIN where all pairs of rows are meant
====
select c.name, t.best into x from customers c, (select max(total_amount) best from orders) t where t.best > c.customer_id
----
view x (name, best), key none: equal rows are counted
  cross join where max > CAST(customer_id AS FLOAT64) -> name, max, about 4.4 M rows
      keeps both sides by their keys: about 4e+02 M bytes and 16 bytes
    scan customers (customer_id, name), about 11 M rows
    aggregate max(total_amount), about 1 rows
        keeps a row for each group: about 16 bytes
      scan orders (total_amount), about 11 M rows
