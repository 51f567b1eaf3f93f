-- Work for sqlite3; @ROWS@ and @SOME@ are numbers of rows.
PRAGMA journal_mode = WAL;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -60000;
PRAGMA temp_store = MEMORY;

CREATE TABLE item (id INTEGER PRIMARY KEY, kind INTEGER, price INTEGER, name TEXT);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < @ROWS@)
INSERT INTO item
SELECT i, i * 7919 % 1009, (i * 48271) % 100003, printf('item %d of %x', i, i * 2654435761 % 4294967296) FROM n;
CREATE INDEX item_by_kind ON item (kind, price);

SELECT count(*), sum(price), min(name), max(name) FROM item;
SELECT kind, count(*), sum(price), min(price) FROM item GROUP BY kind ORDER BY sum(price) DESC LIMIT 20;

CREATE TABLE word (name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;
INSERT INTO word SELECT substr(name, -6), count(*) FROM item WHERE id <= @SOME@ GROUP BY 1;
SELECT count(*), sum(value) FROM word;

SELECT sum(a.price * b.price % 97) FROM item AS a JOIN item AS b ON b.id = a.price + 1 WHERE a.id <= @SOME@;

SELECT sum(place * price % 1013), max(running) FROM (
    SELECT price,
           rank() OVER (PARTITION BY kind ORDER BY price) AS place,
           sum(price) OVER (PARTITION BY kind ORDER BY id ROWS 50 PRECEDING) AS running
    FROM item WHERE id <= @SOME@);

SELECT length(group_concat(name, ';')) FROM item WHERE id <= @SOME@;
SELECT sum(json_extract(doc, '$.list[1]')), sum(length(doc)) FROM (
    SELECT json_object('id', id, 'name', name, 'list', json_array(kind, price, name)) AS doc
    FROM item WHERE id <= @SOME@);

CREATE TABLE log (id INTEGER, old INTEGER, new INTEGER);
CREATE TRIGGER remember AFTER UPDATE OF price ON item
BEGIN INSERT INTO log VALUES (old.id, old.price, new.price); END;
BEGIN;
UPDATE item SET price = price * 3 % 100019 WHERE id % 20 = 0 AND id <= @SOME@;
SAVEPOINT before;
DELETE FROM item WHERE id % 11 = 0 AND id <= @SOME@;
SELECT count(*), sum(price) FROM item;
ROLLBACK TO before;
DELETE FROM item WHERE id % 13 = 0 AND id <= @SOME@;
COMMIT;
SELECT count(*), sum(old), sum(new) FROM log;

CREATE VIRTUAL TABLE text USING fts5(body);
INSERT INTO text SELECT name || ' ' || replace(hex(price * 7919), '3', ' ') FROM item WHERE id <= @SOME@ / 4;
SELECT count(*), sum(rowid) FROM text WHERE text MATCH 'item AND (6 OR 7)';
SELECT rowid, snippet(text, 0, '[', ']', '...', 5) FROM text WHERE text MATCH '"of a*"' ORDER BY rowid LIMIT 5;

SELECT sum(x) FROM (
    SELECT DISTINCT name || kind AS n, price AS x FROM item WHERE id <= @SOME@ ORDER BY n DESC);
SELECT hex(zeroblob(100)) = replace(hex(zeroblob(100)), 'x', ''), length(zeroblob(30000000) || 'end');
ANALYZE;
VACUUM;
SELECT count(*), sum(price), total(kind) FROM item;
