select name, total_amount into x from ttl(orders, order_date, '1 HOUR') o join customers c on o.customer_id = c.customer_id where total_amount > 5
----
view x (name, total_amount), key none: equal rows are counted
  compute name, total_amount, about 1.8 M rows
    inner join on customer_id = customer_id -> total_amount, name, about 1.8 M rows
        keeps the left side by its key: about 88 M bytes
        keeps the right side by its key: about 400 M bytes
      rows while now < order_date + 1h0m0s -> customer_id, total_amount, about 4.4 M rows
          keeps the rows that are to come and go, by that time: about 88 M bytes
        where total_amount > 5, compute customer_id, order_date, total_amount, about 4.4 M rows
          scan orders (customer_id, order_date, total_amount), about 11 M rows
      scan customers (customer_id, name), about 11 M rows
====
select name, sum(total_amount) total into x from orders o join customers c on o.customer_id = c.customer_id where o.order_date > now() - interval '1' day and c.created_at <= now() group by name
----
view x (name, total), key name
  aggregate sum(total_amount) by name, about 590 k rows
      keeps a row for each group: about 23 M bytes
    compute name, total_amount, about 1.8 M rows
      inner join on customer_id = customer_id -> total_amount, name, about 1.8 M rows
          keeps the left side by its key: about 220 M bytes
          keeps the right side by its key: about 400 M bytes
        rows while now < order_date + 24h0m0s -> customer_id, total_amount, about 11 M rows
            keeps the rows that are to come and go, by that time: about 220 M bytes
          scan orders (customer_id, order_date, total_amount), about 11 M rows
        rows while now >= created_at -> customer_id, name, about 11 M rows
            keeps the rows that are to come and go, by that time: about 400 M bytes
          scan customers (customer_id, name, created_at), about 11 M rows
====
select o.order_id into x from orders o left join customers c on o.customer_id = c.customer_id and c.created_at >= current_date - 30 where o.order_date > current_date
----
view x (order_id), key order_id
  left join on customer_id = customer_id -> order_id, about 11 M rows
      keeps the left side by its key: about 180 M bytes
      keeps the right side by its key: about 130 M bytes
    rows while now cut to 24h0m0s < order_date -> order_id, customer_id, about 11 M rows
        keeps the rows that are to come and go, by that time: about 180 M bytes
      scan orders (order_id, customer_id, order_date), about 11 M rows
    rows while now cut to 24h0m0s <= created_at + 720h0m0s -> customer_id, about 11 M rows
        keeps the rows that are to come and go, by that time: about 130 M bytes
      scan customers (customer_id, created_at), about 11 M rows
====
select o.order_id into x from orders o join customers c on o.customer_id = c.customer_id where o.order_date + (o.order_date - c.created_at) > now()
----
view x (order_id), key order_id
  rows while now < order_date + (order_date - created_at) -> order_id, about 11 M rows
      keeps the rows that are to come and go, by that time: about 130 M bytes
    compute order_id, order_date + (order_date - created_at), about 11 M rows
      inner join on customer_id = customer_id -> order_id, order_date, created_at, about 11 M rows
          keeps the left side by its key: about 260 M bytes
          keeps the right side by its key: about 220 M bytes
        scan orders (order_id, customer_id, order_date), about 11 M rows
        scan customers (customer_id, created_at), about 11 M rows
====
select category, count(*) n into x from (select distinct product_id, category, price from products) p join order_items i on i.product_id = p.product_id join ttl(orders, order_date, '1 WEEK') o on o.order_id = i.order_id group by category
----
view x (category, n), key category
  aggregate count(*) by category, about 5.3 M rows
      keeps a row for each group: about 210 M bytes
    inner join on product_id = product_id -> category, about 16 M rows
        keeps the left side by its key: about 700 M bytes
        keeps the right side by its key: about 190 M bytes
      distinct, about 16 M rows
          keeps its input: about 700 M bytes
        scan products (product_id, category, price), about 16 M rows
      combine, about 16 M rows
        inner join on order_id = order_id -> product_id, about 100 M rows
            keeps the left side by its key: about 1.6 G bytes
            keeps the right side by its key: about 130 M bytes
          scan order_items (order_id, product_id), about 100 M rows
          rows while now < order_date + 168h0m0s -> order_id, about 11 M rows
              keeps the rows that are to come and go, by that time: about 130 M bytes
            scan orders (order_id, order_date), about 11 M rows
====
select now() into a from orders;
select order_id into b from orders where order_date > now() or order_date < now() - interval '1' day;
select order_id into c from orders where case when order_date > now() then 1 else 0 end = 1;
select customer_id, count(*) n into d from orders group by customer_id, current_date;
select max(now() - order_date) m into e from orders;
select o.order_id into f from orders o left join customers c on o.customer_id = c.customer_id and o.order_date > now();
select order_id into g from orders where order_date > now() - interval '1' month;
select order_id into h from orders where order_date <> now();
select order_id into i from orders where date_trunc('week', now()) = order_date;
select order_id into j from orders where order_date between now() - interval '1' hour and now();
select order_id into k from orders order by now() limit 3;
select order_id into l from orders where exists (select 1 from customers c where c.customer_id = orders.customer_id and orders.order_date > now());
select order_id into m from orders where now() > now() - interval '1' hour;
select order_id into n from orders where extract(hour from now()) = 5;
select order_id into o from ttl(orders, order_id, '1 HOUR');
select order_id into p from ttl(orders, order_date);
select order_id into q from ttl(orders, order_date, 'soon');
select order_id into r from orders where order_date > date_trunc('day', now() - interval '1' hour)
----
sql:1:8: E2034: the result would change all the time with NOW() at this place; write it in WHERE, compared with the row by itself and ANDed to the rest, as in ts > NOW() - INTERVAL '1' HOUR
sql:2:55: E2034: NOW() is not compared by =, <, <=, > or >= at the top of the condition; write it in WHERE, compared with the row by itself and ANDed to the rest, as in ts > NOW() - INTERVAL '1' HOUR
sql:3:65: E2034: NOW() is an argument of CASE; write it in WHERE, compared with the row by itself and ANDed to the rest, as in ts > NOW() - INTERVAL '1' HOUR
sql:4:73: E2034: the result would change all the time with CURRENT_DATE at this place; write it in WHERE, compared with the row by itself and ANDed to the rest, as in ts > NOW() - INTERVAL '1' HOUR
sql:5:12: E2034: the result would change all the time with NOW() at this place; write it in WHERE, compared with the row by itself and ANDed to the rest, as in ts > NOW() - INTERVAL '1' HOUR
sql:6:99: E2034: in the ON of a left JOIN the clock can only bound rows of the side that need not match; filter that side in a derived table: JOIN (SELECT * FROM t WHERE ts > NOW() - INTERVAL '1' HOUR) t ON ...
sql:7:55: E2034: months before or after the clock differ in length; write days, as in INTERVAL '30' DAY, or add the months to the column: NOW() < ts + INTERVAL '1' MONTH
sql:8:56: E2034: NOW() is not compared by =, <, <=, > or >= at the top of the condition; write it in WHERE, compared with the row by itself and ANDed to the rest, as in ts > NOW() - INTERVAL '1' HOUR
sql:9:61: E2034: the clock cannot be cut to a week; cut it to a second, minute, hour or day
sql:11:45: E2034: the result would change all the time with NOW() at this place; write it in WHERE, compared with the row by itself and ANDed to the rest, as in ts > NOW() - INTERVAL '1' HOUR
sql:12:121: E2034: a subquery compares the clock with the row around it; move the comparison to the WHERE of the query around
sql:13:42: E2034: both sides of the comparison read the clock; write it in WHERE, compared with the row by itself and ANDed to the rest, as in ts > NOW() - INTERVAL '1' HOUR
sql:14:60: E2034: NOW() is an argument of EXTRACT; write it in WHERE, compared with the row by itself and ANDed to the rest, as in ts > NOW() - INTERVAL '1' HOUR
sql:15:41: E2026: the time of TTL is a timestamp or a date, and this is int32; CAST it
sql:16:29: E2025: TTL takes a table, its time and a length; write TTL(table, time, '1 HOUR')
sql:17:53: E2027: "soon" is no length of time; write '5 MINUTES': a number and MILLISECONDS, SECONDS, MINUTES, HOURS, DAYS or WEEKS
sql:18:73: E2034: the clock is cut to a unit, and what is added to it before is no multiple of that; add it to the column
====
select order_id into a from orders where order_date > now() - interval '1' day or order_id = 1
----
view a (order_id), key order_id
  union, about 12 M rows
    where order_id = 1, compute order_id, about 1.1 M rows
      #1 scan orders (order_id, order_date), about 11 M rows
    rows while now < order_date + 24h0m0s -> order_id, about 11 M rows
        keeps the rows that are to come and go, by that time: about 130 M bytes
      where (order_id = 1) IS NOT TRUE, compute order_id, order_date, about 11 M rows
        #1, see above
