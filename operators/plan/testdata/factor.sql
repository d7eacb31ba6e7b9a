select count(*) n into x from orders o, customers c
where o.customer_id = c.customer_id and c.name = 'a' and o.total_amount > 5 or c.customer_id = o.customer_id and c.name = 'b'
----
view x (n), key 
  aggregate count(*), about 1 rows
      keeps a row for each group: about 16 bytes
    inner join on customer_id = customer_id where name = 'a' AND total_amount > 5 OR name = 'b' -> order_id, about 2.8 M rows
        keeps the left side by its key: about 260 M bytes
        keeps the right side by its key: about 240 M bytes
      scan orders (order_id, customer_id, total_amount), about 11 M rows
      where name = 'a' OR name = 'b', compute customer_id, name, about 6.6 M rows
        scan customers (customer_id, name), about 11 M rows
====
select count(*) n into x from orders o, customers c
where o.customer_id = c.customer_id and c.name = 'a' and o.total_amount > 5 or o.customer_id = c.customer_id and (c.name = 'b' or c.email = 'x')
----
view x (n), key 
  aggregate count(*), about 1 rows
      keeps a row for each group: about 16 bytes
    inner join on customer_id = customer_id where name = 'a' AND total_amount > 5 OR name = 'b' OR email = 'x' -> order_id, about 7.1 M rows
        keeps the left side by its key: about 260 M bytes
        keeps the right side by its key: about 590 M bytes
      scan orders (order_id, customer_id, total_amount), about 11 M rows
      where name = 'a' OR name = 'b' OR email = 'x', compute customer_id, name, email, about 9.9 M rows
        scan customers (customer_id, name, email), about 11 M rows
====
select count(*) n into x from orders o left join customers c on o.customer_id = c.customer_id or o.customer_id = c.customer_id and c.name = 'a'
----
view x (n), key 
  aggregate count(*), about 1 rows
      keeps a row for each group: about 16 bytes
    left join on customer_id = customer_id -> order_id, about 11 M rows
        keeps the left side by its key: about 180 M bytes
        keeps the right side by its key: about 130 M bytes
      scan orders (order_id, customer_id), about 11 M rows
      scan customers (customer_id), about 11 M rows
