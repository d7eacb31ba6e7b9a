SELECT DISTINCT P.id, P.name, P.dateTime - P.dateTime % 10000000 AS starttime
FROM person AS P
JOIN auction AS A ON P.id = A.seller AND P.dateTime - P.dateTime % 10000000 = A.dateTime - A.dateTime % 10000000
