SELECT B.auction, B.price, B.bidder, B.dateTime, B.extra
FROM bid AS B
JOIN (
  SELECT dateTime - dateTime % 10000000 + 10000000 AS endtime, MAX(price) AS most
  FROM bid GROUP BY 1
) AS M ON B.price = M.most
WHERE B.dateTime BETWEEN M.endtime - 10000000 AND M.endtime
