select order_id into x from orders o where total_amount > (select avg(total_amount) from orders)
----
view x (order_id), key order_id
  cross join where total_amount > avg -> order_id, about 4.4 M rows
      keeps the left side by its key: about 220 M bytes
      keeps the right side by its key: about 16 bytes
    scan orders (order_id, total_amount), about 11 M rows
    aggregate avg(total_amount), about 1 rows
        keeps a row for each group: about 16 bytes
      scan orders (total_amount), about 11 M rows
====
select name, (select count(*) from orders o where o.customer_id = c.customer_id and o.total_amount > 5) n into x from customers c
----
view x (name, n), key none: equal rows are counted
  compute name, COALESCE(count(*), 0), about 11 M rows
    left join on customer_id = customer_id -> name, count(*), about 11 M rows
        keeps the left side by its key: about 400 M bytes
        keeps the right side by its key: about 29 M bytes
      scan customers (customer_id, name), about 11 M rows
      aggregate count(*) by customer_id, about 1.5 M rows
          keeps a row for each group: about 29 M bytes
        where total_amount > 5, compute customer_id, about 4.4 M rows
          scan orders (customer_id, total_amount), about 11 M rows
====
select p.name, i.quantity into x from order_items i join products p on p.product_id = i.product_id
where i.quantity < (select 0.2 * avg(quantity) from order_items where product_id = p.product_id)
----
view x (name, quantity), key none: equal rows are counted
  inner join on product_id = product_id -> name, quantity, about 40 M rows
      keeps the left side by its key: about 580 M bytes
      keeps the right side by its key: about 640 M bytes
    scan products (product_id, name), about 16 M rows
    inner join on product_id = product_id where CAST(quantity AS FLOAT64) < 0.2 * avg -> product_id, quantity, about 40 M rows
        keeps the left side by its key: about 1.6 G bytes
        keeps the right side by its key: about 670 M bytes
      #1 scan order_items (product_id, quantity), about 100 M rows
      aggregate avg(quantity) by product_id, about 33 M rows
          keeps a row for each group: about 670 M bytes
        #1, see above
====
select name, (select total_amount from orders where order_id = c.customer_id) t, (select name from products where product_id = c.customer_id) p into x from customers c
----
view x (name, t, p), key none: equal rows are counted
  compute name, total_amount, SINGLE(any_value, count), about 11 M rows
    left join on customer_id = product_id -> name, total_amount, any_value, count, about 11 M rows
        keeps the left side by its key: about 480 M bytes
        keeps the right side by its key: about 230 M bytes
      left join on customer_id = order_id -> customer_id, name, total_amount, about 11 M rows
          keeps the left side by its key: about 400 M bytes
          keeps the right side by its key: about 220 M bytes
        scan customers (customer_id, name), about 11 M rows
        scan orders (order_id, total_amount), about 11 M rows
      aggregate any_value(name), count(*) by product_id, about 5.3 M rows
          keeps a row for each group: about 230 M bytes
          keeps the values of its groups in order: about 580 M bytes
        scan products (product_id, name), about 16 M rows
====
select category, sum(price) s into x from products group by category having sum(price) > (select sum(price) * 0.001 from products)
----
view x (category, s), key category
  cross join where sum > sum * 0.001 -> category, sum, about 2.1 M rows
      keeps the left side by its key: about 210 M bytes
      keeps the right side by its key: about 16 bytes
    aggregate sum(price) by category, about 5.3 M rows
        keeps a row for each group: about 210 M bytes
      scan products (category, price), about 16 M rows
    aggregate sum(price), about 1 rows
        keeps a row for each group: about 16 bytes
      scan products (price), about 16 M rows
====
select name, (select order_id, total_amount from orders) into x from customers;
select name, (select count(*) from orders o where o.customer_id < c.customer_id) n into y from customers c;
select sum((select sum(total_amount) from orders o where o.customer_id = c.customer_id having count(*) > 1)) into z from customers c;
select name into u from customers c join orders o on o.customer_id = (select 1 from products);
select (select max(o.total_amount * c.customer_id) from orders o) a into v from customers c
----
sql:1:14: E2029: a subquery that is used as a value has 2 columns; leave one
