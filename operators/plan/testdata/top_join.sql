select order_id, order_date, product_id, price into x from (
  select o.order_id, o.order_date, i.product_id, i.price, row_number() over (partition by o.order_id order by i.price desc, i.product_id) as n
  from orders o join order_items i on o.order_id = i.order_id and i.price < o.total_amount) t
where n <= 3
----
view x (order_id, order_date, product_id, price), key none: equal rows are counted
  the first 3 by price desc, product_id of each order_id of an inner join on order_id = order_id where price < total_amount -> order_id, order_date, product_id, price, about 33 M rows
      keeps the left side by its key: about 310 M bytes
      keeps the right side by its key: about 2.4 G bytes
    scan orders (order_id, order_date, total_amount), about 11 M rows
    scan order_items (order_id, product_id, price), about 100 M rows
====
select product_id, category, order_id into x from (
  select i.product_id, p.category, i.order_id, row_number() over (partition by i.product_id order by i.order_id) as n
  from order_items i join products p on i.product_id = p.product_id and p.price > i.price) t
where n <= 1
----
view x (product_id, category, order_id), key product_id
  compute product_id, category, order_id, about 40 M rows
    the first 1 by order_id of each product_id of an inner join on product_id = product_id where price > price -> order_id, product_id, category, about 33 M rows
        keeps the left side by its key: about 2.4 G bytes
        keeps the right side by its key: about 700 M bytes
      scan order_items (order_id, product_id, price), about 100 M rows
      scan products (product_id, category, price), about 16 M rows
====
select product_id, category, order_id into x from (
  select i.product_id, p.category, i.order_id, row_number() over (partition by i.product_id order by p.price) as n
  from order_items i join products p on i.product_id = p.product_id) t
where n <= 1
----
view x (product_id, category, order_id), key product_id
  compute product_id, category, order_id, about 40 M rows
    the first 1 by price of each product_id, about 33 M rows
        keeps its input: about 4.8 G bytes
      inner join on product_id = product_id -> order_id, product_id, category, price, about 100 M rows
          keeps the left side by its key: about 1.6 G bytes
          keeps the right side by its key: about 700 M bytes
        scan order_items (order_id, product_id), about 100 M rows
        scan products (product_id, category, price), about 16 M rows
====
select customer_id, name, order_id into x from (
  select c.customer_id, c.name, o.order_id, row_number() over (partition by c.customer_id, c.name order by o.order_date) as n
  from customers c join orders o on c.customer_id = o.customer_id) t
where n <= 1
----
view x (customer_id, name, order_id), key order_id
  compute customer_id, name, order_id, about 4.4 M rows
    the first 1 by order_date of each customer_id, name of an inner join on customer_id = customer_id -> customer_id, name, order_id, order_date, about 3.7 M rows
        keeps the left side by its key: about 400 M bytes
        keeps the right side by its key: about 260 M bytes
      scan customers (customer_id, name), about 11 M rows
      scan orders (order_id, customer_id, order_date), about 11 M rows
