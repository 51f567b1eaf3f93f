# Work for perl. Argument: a file of text.
use strict;
use warnings;
no warnings 'recursion';

my ($path) = @ARGV;
open my $file, '<', $path or die "$path: $!";
my @lines = <$file>;
close $file;
chomp @lines;

sub digest {
    my $sum = 0;
    for my $text (@_) {
        $sum = ($sum * 31 + unpack('%32C*', $text)) % 4_294_967_291;
    }
    return $sum;
}

# Words, what follows each of them, and where.
my (%count, %next, %place);
for my $at (0 .. $#lines) {
    my $before = '';
    for my $word (split ' ', $lines[$at]) {
        $count{$word}++;
        $next{$before}{$word}++ if $at % 4 == 0;
        push @{ $place{$word} }, $at if $at % 8 == 0;
        $before = $word;
    }
}
my @frequent = sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
print "$_ $count{$_}\n" for @frequent[0 .. 9];
printf "words %d, pairs %s, places %s\n", scalar @frequent,
    digest(map { my $w = $_; map { "$w $_ $next{$w}{$_}" } sort keys %{ $next{$w} } } sort keys %next),
    digest(map { "$_ @{ $place{$_} }" } sort keys %place);
undef %next;

# Strings that grow, shrink and are cut.
my $text = '';
$text .= "$_\n" for reverse @lines[0 .. 5000];
(my $changed = $text) =~ s/\b(\w)(\w*)/\u$1$2/g;
my @found = $changed =~ /([A-F]\w+) (\w{3,}) (?=[G-M])/g;
$changed =~ s/(?<first>\w+)\s+(?<second>\w+)/$+{second} $+{first}/g;
$changed =~ tr/a-y/b-z/;
print join(' ', length $changed, scalar @found, digest($changed, @found)), "\n";
substr($text, 1000 * $_, 3 + $_ % 90) = 'x' x ($_ % 50) for 1 .. 100;
print digest($text), "\n";

# Records, closures and recursion.
my @records = map { { id => $_, name => "name $_", list => [map { $_ * 2 } 1 .. $_ % 7] } } 1 .. 20_000;
my @counters = map { my $n = $_->{id}; sub { return $n += shift } } @records;
my $total = 0;
$total += $counters[$_]->($_ % 13) for 0 .. $#counters;
my @sorted = map { $_->[1] } sort { $a->[0] cmp $b->[0] } map { [scalar reverse($_->{name}), $_->{id}] } @records;
print "$total $sorted[0] $sorted[-1] ", digest(map { pack 'NnC/a*', $_, $_ % 65536, "r$_" } @sorted), "\n";
my $fold;
$fold = sub { my ($n, @rest) = @_; return $n == 0 ? scalar @rest : $fold->($n - 1, @rest, $n) };
print $fold->(300), "\n";

# Code made at run time, and errors that unwind it.
my $evaluated = 0;
for my $n (1 .. 1500) {
    my $value = eval "my \@a = (1 .. $n % 17); die 'seven' if $n % 7 == 0; sub f$n { return $n + \@a } f$n()";
    $evaluated += defined $value ? $value : length $@;
}
print "$evaluated\n";

# Children that allocate, each with a share of the lines.
my @pipes;
for my $child (0 .. 3) {
    my $pid = open(my $pipe, '-|') // die "fork: $!";
    if ($pid == 0) {
        my %own;
        $own{$_} .= substr($lines[$_], 0, 20) x 2 for grep { $_ % 4 == $child } 0 .. $#lines;
        print digest(map { $own{$_} } sort { $a <=> $b } keys %own), "\n";
        exit 0;
    }
    push @pipes, $pipe;
}
for my $pipe (@pipes) {
    print while <$pipe>;
    close $pipe or die "a child failed: $?";
}
