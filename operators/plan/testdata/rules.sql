-- constants are computed
select order_id into a from orders where order_date >= timestamp '2022-01-01 00:00:00' + interval '1' day and total_amount > 1 + 2
----
view a (order_id), key order_id
  where order_date >= TIMESTAMP '2022-01-02T00:00:00Z' and total_amount > 3, compute order_id, about 1.8 M rows
    scan orders (order_id, order_date, total_amount), about 11 M rows
====
-- equal columns are one class: each join needs one equality of it
select c.name, i.quantity into b from customers c, orders o, order_items i
where c.customer_id = o.customer_id and o.customer_id = i.order_id and i.order_id = c.customer_id
----
view b (name, quantity), key none: equal rows are counted
  compute name, quantity, about 100 M rows
    inner join on order_id = customer_id -> quantity, name, about 100 M rows
        keeps the left side by its key: about 1.6 G bytes
        keeps the right side by its key: about 400 M bytes
      scan order_items (order_id, quantity), about 100 M rows
      inner join on customer_id = customer_id -> customer_id, name, about 11 M rows
          keeps the left side by its key: about 400 M bytes
          keeps the right side by its key: about 130 M bytes
        scan customers (customer_id, name), about 11 M rows
        scan orders (customer_id), about 11 M rows
====
-- what is equal to a constant makes what is equal to it equal to the constant
select c.name, o.order_id into c from customers c join orders o on c.customer_id = o.customer_id where o.customer_id = 7
----
view c (name, order_id), key order_id
  inner join on customer_id = customer_id -> name, order_id, about 110 k rows
      keeps the left side by its key: about 40 M bytes
      keeps the right side by its key: about 18 M bytes
    where customer_id = 7, compute customer_id, name, about 1.1 M rows
      scan customers (customer_id, name), about 11 M rows
    where customer_id = 7, compute order_id, customer_id, about 1.1 M rows
      scan orders (order_id, customer_id), about 11 M rows
====
-- two columns that equal the same third
select c.name into d from customers c, orders o where c.customer_id = o.customer_id and c.customer_id = o.order_id
----
view d (name), key none: equal rows are counted
  inner join on customer_id = order_id -> name, about 1.1 M rows
      keeps the left side by its key: about 400 M bytes
      keeps the right side by its key: about 13 M bytes
    scan customers (customer_id, name), about 11 M rows
    where customer_id = order_id, compute order_id, about 1.1 M rows
      scan orders (order_id, customer_id), about 11 M rows
====
-- an OR over two tables says something of each
select c.name, p.name as product into e from customers c cross join products p
where c.name = 'a' and p.name = 'b' or c.name = 'c' and p.name = 'd'
----
view e (name, product), key none: equal rows are counted
  cross join where name = 'a' AND name = 'b' OR name = 'c' AND name = 'd' -> name, name, about 11 T rows
      keeps the left side by its key: about 210 M bytes
      keeps the right side by its key: about 310 M bytes
    where name = 'a' OR name = 'c', compute name, about 6.6 M rows
      scan customers (name), about 11 M rows
    where name = 'b' OR name = 'd', compute name, about 9.6 M rows
      scan products (name), about 16 M rows
====
-- a left join whose padded rows no condition lets through
select c.name, o.order_id into f from customers c left join orders o on c.customer_id = o.customer_id where o.total_amount > 5
----
view f (name, order_id), key order_id
  inner join on customer_id = customer_id -> name, order_id, about 4.4 M rows
      keeps the left side by its key: about 400 M bytes
      keeps the right side by its key: about 70 M bytes
    scan customers (customer_id, name), about 11 M rows
    where total_amount > 5, compute order_id, customer_id, about 4.4 M rows
      scan orders (order_id, customer_id, total_amount), about 11 M rows
====
-- one whose padded rows are asked for
select c.name, o.order_id into g from customers c left join orders o on c.customer_id = o.customer_id where o.order_id is null
----
view g (name, order_id), key none: equal rows are counted
  where order_id IS NULL, compute name, order_id, about 1.1 M rows
    left join on customer_id = customer_id -> name, order_id, about 11 M rows
        keeps the left side by its key: about 400 M bytes
        keeps the right side by its key: about 180 M bytes
      scan customers (customer_id, name), about 11 M rows
      scan orders (order_id, customer_id), about 11 M rows
====
-- a full join of which one side is asked for
select c.name, o.order_id into h from customers c full join orders o on c.customer_id = o.customer_id where o.total_amount > 5
----
view h (name, order_id), key order_id
  right join on customer_id = customer_id -> name, order_id, about 11 M rows
      keeps the left side by its key: about 400 M bytes
      keeps the right side by its key: about 70 M bytes
    scan customers (customer_id, name), about 11 M rows
    where total_amount > 5, compute order_id, customer_id, about 4.4 M rows
      scan orders (order_id, customer_id, total_amount), about 11 M rows
====
-- nulls behind AND under NOT may come through
select c.name into i from customers c left join orders o on c.customer_id = o.customer_id where not (o.total_amount > 5 and c.name = 'x')
----
view i (name), key none: equal rows are counted
  where NOT (total_amount > 5 AND name = 'x'), compute name, about 9.7 M rows
    left join on customer_id = customer_id -> name, total_amount, about 11 M rows
        keeps the left side by its key: about 400 M bytes
        keeps the right side by its key: about 220 M bytes
      scan customers (customer_id, name), about 11 M rows
      scan orders (customer_id, total_amount), about 11 M rows
====
-- a condition of ON that reads only the padded side is tested below, one that reads the other side is not
select c.name, o.order_id into j from customers c left join orders o on c.customer_id = o.customer_id and o.total_amount > 5 and c.name = 'x'
----
view j (name, order_id), key none: equal rows are counted
  left join on customer_id = customer_id where name = 'x' -> name, order_id, about 11 M rows
      keeps the left side by its key: about 400 M bytes
      keeps the right side by its key: about 70 M bytes
    scan customers (customer_id, name), about 11 M rows
    where total_amount > 5, compute order_id, customer_id, about 4.4 M rows
      scan orders (order_id, customer_id, total_amount), about 11 M rows
====
-- a semi join that keeps few rows comes before a join that makes more
select c.name, o.order_id, i.quantity into k from customers c, orders o, order_items i
where c.customer_id = o.customer_id and o.order_id = i.order_id
  and o.order_id in (select order_id from order_items group by order_id having sum(quantity) > 300)
----
view k (name, order_id, quantity), key none: equal rows are counted
  compute name, order_id, quantity, about 50 M rows
    inner join on order_id = order_id -> quantity, name, order_id, about 50 M rows
        keeps the left side by its key: about 1.6 G bytes
        keeps the right side by its key: about 200 M bytes
      #1 scan order_items (order_id, quantity), about 100 M rows
      inner join on customer_id = customer_id -> name, order_id, about 5.5 M rows
          keeps the left side by its key: about 400 M bytes
          keeps the right side by its key: about 88 M bytes
        scan customers (customer_id, name), about 11 M rows
        semi join on order_id = order_id -> order_id, customer_id, about 5.5 M rows
            keeps the left side by its key: about 180 M bytes
            keeps the right side by its key: about 160 M bytes
          scan orders (order_id, customer_id), about 11 M rows
          where sum > 300, compute order_id, about 13 M rows
            aggregate sum(quantity) by order_id, about 33 M rows
                keeps a row for each group: about 670 M bytes
              #1, see above
====
-- one that keeps most waits
select c.name, o.order_id into l from customers c join orders o on c.customer_id = o.customer_id
where c.email like 'a%' and not exists (select 1 from order_items i where i.order_id = o.order_id and i.quantity = 5)
----
view l (name, order_id), key order_id
  anti join on order_id = order_id -> name, order_id, about 550 k rows
      keeps the left side by its key: about 40 M bytes
      keeps the right side by its key: about 120 M bytes
    inner join on customer_id = customer_id -> name, order_id, about 1.1 M rows
        keeps the left side by its key: about 40 M bytes
        keeps the right side by its key: about 180 M bytes
      where email LIKE 'a%', compute customer_id, name, about 1.1 M rows
        scan customers (customer_id, name, email), about 11 M rows
      scan orders (order_id, customer_id), about 11 M rows
    where quantity = 5, compute order_id, about 10 M rows
      scan order_items (order_id, quantity), about 100 M rows
====
-- a condition that may fail stays where it is, above what guards it
select name, total into m from (select customer_id, 1 / total_amount as total from orders where total_amount > 0) o
join customers c on c.customer_id = o.customer_id where total < 5
----
view m (name, total), key none: equal rows are counted
  compute name, total, about 1.8 M rows
    inner join on customer_id = customer_id -> total, name, about 1.8 M rows
        keeps the left side by its key: about 35 M bytes
        keeps the right side by its key: about 400 M bytes
      where total < 5, compute customer_id, total, about 1.8 M rows
        where total_amount > 0, compute customer_id, 1 / total_amount, about 4.4 M rows
          scan orders (customer_id, total_amount), about 11 M rows
      scan customers (customer_id, name), about 11 M rows
====
-- joins that read the same rows by the same key share their arrangement, within a statement and across statements
select a.name, b.name as other into n from customers a join customers b on a.email = b.email;
select c.name, o.order_id into o from customers c join orders o on c.customer_id = o.customer_id;
select o.order_id, c.address into p from orders o left join customers c on c.customer_id = o.customer_id and c.name = 'x';
select o.order_date, c.email into q from orders o join customers c on c.customer_id = o.customer_id
----
view n (name, other), key none: equal rows are counted
  inner join on email = email -> name, name, about 11 M rows
      keeps the left side by its key for 2 readers, as arrangement 1: about 620 M bytes
      reads the right side by its key from arrangement 1
    #1 scan customers (name, email), about 11 M rows
    #1, see above
view o (name, order_id), key order_id
  inner join on customer_id = customer_id -> name, order_id, about 11 M rows
      keeps the left side by its key for 2 readers, as arrangement 2: about 400 M bytes
      keeps the right side by its key for 2 readers, as arrangement 3: about 180 M bytes
    scan customers (customer_id, name), about 11 M rows
    #2 scan orders (order_id, customer_id), about 11 M rows
view p (order_id, address), key order_id
  left join on customer_id = customer_id -> order_id, address, about 11 M rows
      keeps the left side by its key: about 180 M bytes
      keeps the right side by its key: about 120 M bytes
    #2, see above
    where name = 'x', compute customer_id, address, about 3.3 M rows
      scan customers (customer_id, name, address), about 11 M rows
view q (order_date, email), key none: equal rows are counted
  inner join on customer_id = customer_id -> order_date, email, about 11 M rows
      reads the left side by its key from arrangement 3
      reads the right side by its key from arrangement 2
    scan orders (customer_id, order_date), about 11 M rows
    scan customers (customer_id, email), about 11 M rows
