select c.customer_id, c.name, c.email, o.order_id, o.order_date, o.total_amount, COUNT(*)
  into customer_orders
  from customers c
  inner join orders o on c.customer_id = o.customer_id
  join order_items i on o.order_id = i.order_id
  join products p on i.product_id = p.product_id
  group by c.customer_id, c.name, c.email, o.order_id, o.order_date, o.total_amount
----
view customer_orders (customer_id, name, email, order_id, order_date, total_amount, COUNT(*)), key order_id
  aggregate count(*) by customer_id, name, email, order_id, order_date, total_amount, about 3.7 M rows
      keeps a row for each group: about 320 M bytes
    inner join on customer_id = customer_id -> customer_id, name, email, order_id, order_date, total_amount, about 11 M rows
        keeps the left side by its key: about 660 M bytes
        keeps the right side by its key: about 350 M bytes
      scan customers (customer_id, name, email), about 11 M rows
      inner join on order_id = order_id -> order_id, customer_id, order_date, total_amount, about 11 M rows
          keeps the left side by its key: about 350 M bytes
          keeps the right side by its key: about 130 M bytes
        scan orders (order_id, customer_id, order_date, total_amount), about 11 M rows
        combine, about 11 M rows
          inner join on product_id = product_id -> order_id, about 100 M rows
              keeps the left side by its key: about 1.6 G bytes
              keeps the right side by its key: about 190 M bytes
            scan order_items (order_id, product_id), about 100 M rows
            scan products (product_id), about 16 M rows
====
select c.customer_id, c.name, c.email, o.order_id, o.order_date, o.total_amount
  into customer_orders
  from customers c
  inner join orders o on c.customer_id = o.customer_id
  join order_items i on o.order_id = i.order_id
  join products p on i.product_id = p.product_id
----
view customer_orders (customer_id, name, email, order_id, order_date, total_amount), key none: equal rows are counted
  inner join on customer_id = customer_id -> customer_id, name, email, order_id, order_date, total_amount, about 11 M rows
      keeps the left side by its key: about 660 M bytes
      keeps the right side by its key: about 350 M bytes
    scan customers (customer_id, name, email), about 11 M rows
    inner join on order_id = order_id -> order_id, customer_id, order_date, total_amount, about 11 M rows
        keeps the left side by its key: about 350 M bytes
        keeps the right side by its key: about 130 M bytes
      scan orders (order_id, customer_id, order_date, total_amount), about 11 M rows
      combine, about 11 M rows
        inner join on product_id = product_id -> order_id, about 100 M rows
            keeps the left side by its key: about 1.6 G bytes
            keeps the right side by its key: about 190 M bytes
          scan order_items (order_id, product_id), about 100 M rows
          scan products (product_id), about 16 M rows
====
select category, sum(quantity * i.price) as revenue, count(distinct order_id) orders
into categories
from order_items i, products p
where i.product_id = p.product_id and i.price > 5 and p.category like 'a%'
group by category having sum(quantity) > 10
----
view categories (category, revenue, orders), key category
  where sum > 10, compute category, sum, count, about 530 k rows
    aggregate sum(CAST(quantity AS FLOAT64) * price), count(distinct order_id), sum(quantity) by category, about 1.3 M rows
        keeps a row for each group: about 75 M bytes
        keeps the values of its groups in order: about 190 M bytes
      compute category, CAST(quantity AS FLOAT64) * price, order_id, quantity, about 4 M rows
        inner join on product_id = product_id -> order_id, quantity, price, category, about 4 M rows
            keeps the left side by its key: about 1.1 G bytes
            keeps the right side by its key: about 58 M bytes
          where price > 5, compute order_id, product_id, quantity, price, about 40 M rows
            scan order_items (order_id, product_id, quantity, price), about 100 M rows
          where category LIKE 'a%', compute product_id, category, about 1.6 M rows
            scan products (product_id, category), about 16 M rows
====
with big as (select * from orders where total_amount > 100)
select c.name, b.order_id, b2.order_date into x
from big b left join customers c using (customer_id) join big b2 on b.order_id = b2.order_id;
select name, count(*) n into y from x group by name
----
view x (name, order_id, order_date), key order_id
  #1 compute name, order_id, order_date, about 4.4 M rows
    inner join on order_id = order_id -> order_id, name, order_date, about 4.4 M rows
        keeps the left side by its key: about 400 M bytes
        keeps the right side by its key: about 110 M bytes
      left join on customer_id = customer_id -> order_id, name, about 11 M rows
          keeps the left side by its key: about 70 M bytes
          keeps the right side by its key: about 400 M bytes
        compute order_id, customer_id, about 4.4 M rows
          #2 where total_amount > 100, compute order_id, customer_id, order_date, about 4.4 M rows
            scan orders (order_id, customer_id, order_date, total_amount), about 11 M rows
        scan customers (customer_id, name), about 11 M rows
      #2, see above
view y (name, n), key name
  aggregate count(*) by name, about 1.5 M rows
      keeps a row for each group: about 59 M bytes
    compute name, about 4.4 M rows
      #1, see above
====
select distinct customer_id into d from orders union all select customer_id from customers
----
view d (customer_id), key none: equal rows are counted
  union, about 22 M rows
    distinct, about 11 M rows
        keeps its input: about 130 M bytes
      scan orders (customer_id), about 11 M rows
    scan customers (customer_id), about 11 M rows
====
select name, custmer_id into x from customers
----
sql:1:14: E2002: unknown column "custmer_id"; did you mean "customer_id"?
====
select name, max(customer_id) into x from customers group by email
----
sql:1:8: W2001: column "name" is neither grouped nor aggregated: the first value in order is taken; add it to GROUP BY, or write ANY_VALUE(name)
view x (name, MAX(customer_id)), key none: equal rows are counted
  compute any_value, max, about 3.7 M rows
    aggregate any_value(name), max(customer_id) by email, about 3.7 M rows
        keeps a row for each group: about 220 M bytes
        keeps the values of its groups in order: about 660 M bytes
      compute email, name, customer_id, about 11 M rows
        scan customers (customer_id, name, email), about 11 M rows
====
select * into x from orders o join order_items using (order_id)
----
view x (order_id, customer_id, order_date, total_amount, order_item_id, product_id, quantity, price), key none: equal rows are counted
  inner join on order_id = order_id -> order_id, customer_id, order_date, total_amount, order_item_id, product_id, quantity, price, about 100 M rows
      keeps the left side by its key: about 350 M bytes
      keeps the right side by its key: about 3.2 G bytes
    scan orders (order_id, customer_id, order_date, total_amount), about 11 M rows
    scan order_items (order_item_id, order_id, product_id, quantity, price), about 100 M rows
====
select order_id into x from orders o, customers c
----
"x" has tables without a condition between them; write an equality between a column of each, or CROSS JOIN where all pairs of rows are meant
====
select name into x from custmers;
select order_id from orders;
select order_id into y from orders order by 1;
select count(*) into z from orders where count(*) > 1
----
sql:1:25: E2001: unknown table "custmers"; did you mean "customers"?
sql:2:1: E2011: the result of the SELECT has no name; write INTO and a name after the select list
sql:3:45: W2004: a result has no order: ORDER BY without LIMIT changes nothing; leave it out, add a LIMIT, or ask for an order with $order_by when reading the view
sql:4:42: E2020: COUNT is not allowed in WHERE; write it in HAVING or in the select list
====
select name, count(*) n, avg(total_amount) filter (where total_amount > 10) a into z
from customers c full join orders o on c.customer_id = o.customer_id and o.total_amount > 3
where order_date >= '2022-03-01' and upper(name) <> 'X'
group by 1
----
view z (name, n, a), key name
  aggregate count(*), avg(CASE WHEN total_amount > 10 THEN total_amount END) by name, about 3.3 M rows
      keeps a row for each group: about 160 M bytes
    where UPPER(name) <> 'X', compute name, CASE WHEN total_amount > 10 THEN total_amount END, about 9.9 M rows
      right join on customer_id = customer_id where total_amount > 3 -> name, total_amount, about 11 M rows
          keeps the left side by its key: about 400 M bytes
          keeps the right side by its key: about 88 M bytes
        scan customers (customer_id, name), about 11 M rows
        where order_date >= TIMESTAMP '2022-03-01T00:00:00Z', compute customer_id, total_amount, about 4.4 M rows
          scan orders (customer_id, order_date, total_amount), about 11 M rows
