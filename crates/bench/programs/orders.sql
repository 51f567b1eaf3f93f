pragma cache_size = 20000;
create table customer (id integer primary key, name text, city text);
create table purchase (id integer primary key, customer integer, item text, price real, note text);
begin;
with recursive n(i) as (select 1 union all select i + 1 from n where i < @COUNT@ / 10)
insert into customer select i, 'customer ' || (i * 7919 % 100003), 'city ' || (i % 97) from n;
with recursive n(i) as (select 1 union all select i + 1 from n where i < @COUNT@)
insert into purchase
  select i, i * 31 % (@COUNT@ / 10 + 1), 'item ' || (i % 1009), (i % 10007) / 7.0,
         substr('a note that is sometimes long and sometimes short, as notes are', 1, i % 60)
  from n;
commit;
create index purchase_customer on purchase (customer);
create index purchase_item on purchase (item, price);
select city, count(*), round(sum(price), 2), max(length(note))
  from purchase join customer on customer.id = purchase.customer
  group by city order by 3 desc limit 5;
select item, group_concat(name, ',') is not null, count(distinct customer)
  from purchase join customer on customer.id = purchase.customer
  where price > 700 group by item order by 3 desc, 1 limit 5;
update purchase set note = note || ' (changed ' || id || ')' where id % 3 = 0;
delete from purchase where id % 5 = 0;
select count(*), sum(length(note)), max(note) from purchase;
select json_array_length(json_group_array(json_object('id', id, 'item', item, 'note', note)))
  from purchase where id % 4 = 0;
