" Work for vim, on the file it was started with.
set undolevels=1000 nomore report=999999 maxmempattern=200000
%s/\<\(\w\)\(\w*\)\>/\2\1/g
g/^[a-m]/normal! A end
v/e/move $
%sort u /\w\+ /
let g:count = {}
for s:line in getline(1, 20000)
  for s:word in split(s:line)
    let g:count[s:word] = get(g:count, s:word, 0) + 1
  endfor
endfor
let s:words = sort(map(items(g:count), {_, item -> printf('%06d %s', item[1], item[0])}))
call writefile(s:words, 'words')
1,1000copy $
1,2000delete
undo
redo
undo
1,3000!tr a-y b-z
call setline(1, map(getline(1, 5000), {at, text -> at .. ' ' .. toupper(text)}))
new
call append(0, map(range(1, 20000), {_, n -> repeat('ab ', n % 30)}))
%s/ab \(ab \)\?/c\1/ge
set foldmethod=indent
%>
write! other
bwipeout!
write! text
let s:undo = undotree()
call writefile([line('$'), s:undo.seq_last, len(s:words)], 'numbers')
qall!
