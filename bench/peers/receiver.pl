#!/usr/bin/perl
# What the benchmark stands beside as "Perl": receive a trap, decode its BER by hand, take the message apart with a regular expression, print
# a line to a file. That is the way Perl loggers for these routers went, with nothing but what Perl itself brings.
#   receiver.pl PORT FILE
use strict;
use warnings;
use IO::Socket::INET;

my ($port, $file) = @ARGV;
my $socket = IO::Socket::INET->new(LocalPort => $port, Proto => 'udp') or die "port $port: $!\n";
open my $log, '>>', $file or die "$file: $!\n";
my $end = 0;
$SIG{INT} = sub { $end = 1 };    # recv returns, and what was printed is flushed by the end of the program

# element DATA, POSITION: tag, content and the position behind the element that begins there; nothing if it is cut off.
sub element {
    my ($data, $at) = @_;
    return if $at + 2 > length $data;
    my ($tag, $length) = unpack 'CC', substr $data, $at, 2;
    $at += 2;
    if ($length & 0x80) {
        my $n = $length & 0x7f;
        return if $n < 1 || $n > 4 || $at + $n > length $data;
        $length = 0;
        $length = $length << 8 | $_ for unpack 'C*', substr $data, $at, $n;
        $at += $n;
    }
    return if $at + $length > length $data;
    return ($tag, substr($data, $at, $length), $at + $length);
}

# message TRAP: the first text among the variables of an SNMPv1 trap.
sub message {
    my ($trap) = @_;
    my ($tag, $all) = element($trap, 0);
    return unless defined $tag && $tag == 0x30;
    my $at = 0;
    for (1 .. 2) {    # version, community
        ($tag, undef, $at) = element($all, $at);
        return unless defined $tag;
    }
    ($tag, my $pdu) = element($all, $at);
    return unless defined $tag && $tag == 0xa4;
    $at = 0;
    for (1 .. 5) {    # enterprise, agent, generic and specific trap, time
        ($tag, undef, $at) = element($pdu, $at);
        return unless defined $tag;
    }
    ($tag, my $list) = element($pdu, $at);
    return unless defined $tag && $tag == 0x30;
    for ($at = 0; $at < length $list;) {
        ($tag, my $variable, $at) = element($list, $at);
        return unless defined $tag && $tag == 0x30;
        (my $kind, undef, my $value) = element($variable, 0);
        return unless defined $kind && $kind == 0x06;
        ($kind, my $text) = element($variable, $value);
        return $text if defined $kind && $kind == 0x04;
    }
    return;
}

until ($end) {
    my $trap;
    defined $socket->recv($trap, 65535) or next;
    my $text = message($trap);
    next unless defined $text;
    if ($text =~ /\@(in|out)\s+(\w+)\s+from\s+(\S+?):(\d+)\s+to\s+(\S+?):(\d+)/i) {
        printf {$log} "%s [%3s, %s] %s:%s -> %s:%s\n", scalar localtime, lc $1, $2, $3, $4, $5, $6;
    }
}
close $log or die "$file: $!\n";
