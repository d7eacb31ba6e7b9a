select c.name, p.name pname into x from customers c cross join products p where c.customer_id > 100 and p.price > c.customer_id
----
view x (name, pname), key none: equal rows are counted
  cross join where price > CAST(customer_id AS FLOAT64) -> name, name, about 28 T rows
      keeps the left side by its key: about 160 M bytes
      keeps the right side by its key: about 640 M bytes
    where customer_id > 100, compute customer_id, name, about 4.4 M rows
      scan customers (customer_id, name), about 11 M rows
    scan products (name, price), about 16 M rows
====
select c.name, o.order_id, p.name pname into x from customers c cross join products p join orders o on o.customer_id = c.customer_id
----
view x (name, order_id, pname), key none: equal rows are counted
  compute name, order_id, name, about 180 T rows
    cross join -> name, name, order_id, about 180 T rows
        keeps the left side by its key: about 510 M bytes
        keeps the right side by its key: about 400 M bytes
      scan products (name), about 16 M rows
      inner join on customer_id = customer_id -> name, order_id, about 11 M rows
          keeps the left side by its key: about 400 M bytes
          keeps the right side by its key: about 180 M bytes
        scan customers (customer_id, name), about 11 M rows
        scan orders (order_id, customer_id), about 11 M rows
====
select c.name, o.order_id into x from customers c, orders o
----
"x" has tables without a condition between them; write an equality between a column of each, or CROSS JOIN where all pairs of rows are meant
====
select c.name, t.best into x from customers c, (select max(total_amount) best from orders) t where t.best > c.customer_id
----
view x (name, best), key none: equal rows are counted
  cross join where max > CAST(customer_id AS FLOAT64) -> name, max, about 4.4 M rows
      keeps the left side by its key: about 400 M bytes
      keeps the right side by its key: about 16 bytes
    scan customers (customer_id, name), about 11 M rows
    aggregate max(total_amount), about 1 rows
        keeps a row for each group: about 16 bytes
        keeps the values of its groups in order: about 180 M bytes
      scan orders (total_amount), about 11 M rows
