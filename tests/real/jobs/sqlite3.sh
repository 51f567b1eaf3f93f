about='sqlite3: 250,000 (full: two million) rows, indexes, joins, windows, JSON, full-text search, triggers, vacuum'
needs=(/usr/bin/sqlite3=sqlite3)

job() {
    sed "s/@ROWS@/$(size 250000 2000000)/; s/@SOME@/$(size 30000 1000000)/" "$data/queries.sql" >queries.sql
    heap sqlite3 -batch -bail work.db <queries.sql
    heap sqlite3 -batch -readonly work.db 'PRAGMA quick_check; SELECT sum(length(name)) FROM item;'
    # A dump and its way back: other statements, other sizes of blocks.
    heap sqlite3 -batch work.db '.dump word' >word.sql
    heap sqlite3 -batch :memory: '.read word.sql' 'SELECT count(*), sum(value) FROM word;'
}
