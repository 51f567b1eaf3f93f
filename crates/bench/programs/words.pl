use strict;
use warnings;

# Counts words in a hash of hashes, joins and splits strings, keeps some and drops the rest.
my $count = @COUNT@;
my (%seen, @lines);
my $state = 12345;

sub draw {
    my ($limit) = @_;
    $state = ($state * 1103515245 + 12345) % 2147483648;
    return int($state / 65536) % $limit;
}

for my $number (1 .. $count) {
    my @words = map { "w" . draw(5000) } 1 .. 6;
    my $line = join " ", @words, "line$number";
    $seen{$words[0]}{$words[1]}++;
    push @lines, { text => $line, words => \@words };
    @lines = grep { draw(4) } @lines if @lines > 20000;
}

my ($pairs, $length) = (0, 0);
$pairs += scalar keys %{ $seen{$_} } for sort keys %seen;
for my $line (sort { $a->{text} cmp $b->{text} } @lines) {
    my @parts = split / /, $line->{text};
    $length += length join "-", reverse @parts;
}
print "$pairs pairs, ", scalar @lines, " lines, $length characters\n";
